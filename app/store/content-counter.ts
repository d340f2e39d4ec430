/**
 * Counts the content that each installation creates on GitHub, for all replicas together: one document an installation
 * with the times of its calls of the last hour, read and written in one step, so that no two replicas take one place.
 */
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
}

export function contentCounter(connection: StoreConnection) {
  const collection = connection.collection<Document>('content')
  const take = (installationId: number, now: number) => {
    const within = (ms: number) => ({
      $filter: { input: { $ifNull: ['$at', []] }, cond: { $gt: ['$$this', now - ms] } },
    })
    const room = { $lt: [{ $size: '$at' }, CONTENT_AN_HOUR_MAX] }
    const roomNow = { $lt: [{ $size: within(MINUTE_MS) }, CONTENT_A_MINUTE_MAX] }
    return collection.findOneAndUpdate(
      { _id: installationId },
      [
        { $set: { at: within(HOUR_MS) } },
        { $set: { granted: { $and: [room, roomNow] } } },
        { $set: { at: { $cond: ['$granted', { $concatArrays: ['$at', [now]] }, '$at'] } } },
      ],
      { upsert: true, returnDocument: 'after' },
    )
  }
  return {
    /** Notes one call. Answers 0, or how many ms to wait when there is no room. */
    async takeContent(installationId: number, now: number): Promise<number> {
      const found = await take(installationId, now).catch((error: unknown) => {
        // Two replicas made the installation's document at once.
        if (isDuplicateKey(error)) return take(installationId, now)
        throw error
      })
      if (!found || found.granted) return 0
      const sorted = found.at.toSorted((a, b) => a - b)
      const hour = sorted.at(-CONTENT_AN_HOUR_MAX)
      const minute = sorted.at(-CONTENT_A_MINUTE_MAX)
      return Math.max(1, (hour ?? 0) + HOUR_MS - now, (minute ?? 0) + MINUTE_MS - now)
    },
  }
}
