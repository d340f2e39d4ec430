/**
 * Counts the content that each installation creates on GitHub, for all replicas together: one document an installation
 * with the times of its calls of the last hour, read and written in one step, so that no two replicas take one place.
 * It also says until when GitHub wants to hear nothing more, which one replica was told and all have to heed.
 */
import pLimit from 'p-limit'

import type { StoreConnection } from './connect.ts'
import { isDuplicateKey } from './connect.ts'

/** GitHub: "no more than 80 content-generating requests per minute and 500 per hour". */
export const CONTENT_A_MINUTE_MAX = 80
export const CONTENT_AN_HOUR_MAX = 500
/** GitHub counts when a call arrives and we when it leaves; a second more keeps both inside. */
const TRAVEL_MS = 1_000
const MINUTE_MS = 60_000 + TRAVEL_MS
const HOUR_MS = 3_600_000 + TRAVEL_MS

interface Document {
  _id: number
  at: number[]
  granted: boolean
  /** ms since the epoch; absent where GitHub never asked to wait. */
  blockedUntil?: number
}

export function contentCounter(connection: StoreConnection) {
  const collection = connection.collection<Document>('content')
  // In turn, because MongoDB lets those that write one document at once try again, each the later the more they are.
  const inTurn = pLimit(1)
  const take = (installationId: number, now: number, reserve: number) => {
    const within = (ms: number) => ({
      $filter: { input: { $ifNull: ['$at', []] }, cond: { $gt: ['$$this', now - ms] } },
    })
    const room = { $lt: [{ $size: '$at' }, CONTENT_AN_HOUR_MAX - reserve] }
    const roomNow = { $lt: [{ $size: within(MINUTE_MS) }, CONTENT_A_MINUTE_MAX] }
    const free = { $lte: [{ $ifNull: ['$blockedUntil', 0] }, now] }
    return collection.findOneAndUpdate(
      { _id: installationId },
      [
        { $set: { at: within(HOUR_MS) } },
        { $set: { granted: { $and: [room, roomNow, free] } } },
        { $set: { at: { $cond: ['$granted', { $concatArrays: ['$at', [now]] }, '$at'] } } },
      ],
      { upsert: true, returnDocument: 'after' },
    )
  }
  return {
    /** Notes one call. Answers 0, or how many ms to wait when there is no room; `reserve` places of the hour are left. */
    async takeContent(installationId: number, now: number, reserve = 0): Promise<number> {
      const found = await inTurn(() =>
        take(installationId, now, reserve).catch((error: unknown) => {
          // Two replicas made the installation's document at once.
          if (isDuplicateKey(error)) return take(installationId, now, reserve)
          throw error
        }),
      )
      if (!found || found.granted) return 0
      const sorted = found.at.toSorted((a, b) => a - b)
      const hour = sorted.at(reserve - CONTENT_AN_HOUR_MAX)
      const minute = sorted.at(-CONTENT_A_MINUTE_MAX)
      const waits = [(hour ?? 0) + HOUR_MS - now, (minute ?? 0) + MINUTE_MS - now, (found.blockedUntil ?? 0) - now]
      return Math.max(1, ...waits)
    },

    /** No replica gets a place before then. */
    async blockContent(installationId: number, until: number): Promise<void> {
      await collection.updateOne({ _id: installationId }, { $max: { blockedUntil: until } }, { upsert: true })
    },
  }
}
