/**
 * The kill switch: while it is on, no Run is taken on and no job is started, on any replica. It is read where it counts
 * and never remembered, so that it holds from the moment in which the flip was acknowledged; whoever cannot read it has
 * to take it as on (trust.md R11, row 42).
 */
import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

/** A read that a majority does not confirm in this time counts as no answer. */
const READ_TIMEOUT_MS = 1_500
const TEXT_CHARS_MAX = 500
const ID = 'kill'

export interface KillSwitch {
  on: boolean
  /** Who flipped it last, why and when (ms since the epoch); null where nobody ever did. */
  by: string | null
  reason: string | null
  at: number | null
}

interface Document extends KillSwitch {
  _id: string
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    on: { type: Boolean, required: true },
    by: { type: String, default: null },
    reason: { type: String, default: null },
    at: { type: Number, default: null },
  },
  { collection: 'switches', versionKey: false, strict: 'throw' },
)

export type SwitchStore = ReturnType<typeof switchStore>

export function switchStore(connection: StoreConnection) {
  const model = modelOf(connection, 'Switch', schema)

  /** Linearizable, so that a primary that was voted out cannot answer with yesterday's word. Rejects when unsure. */
  const read = async (): Promise<KillSwitch> => {
    const asked = model.findById(ID, { _id: 0 }).readConcern('linearizable').maxTimeMS(READ_TIMEOUT_MS).lean().exec()
    const found = await inTime(asked)
    return found ?? { on: false, by: null, reason: null, at: null }
  }

  return {
    ensureIndexes: () => ensureIndexesOf(model),

    readSwitch: read,

    /** Flips it; the same position again changes nothing, not even who flipped it. */
    async setSwitch({ on, by, reason, at }: KillSwitch): Promise<{ state: KillSwitch; changed: boolean }> {
      const clipped = reason === null ? null : reason.slice(0, TEXT_CHARS_MAX)
      try {
        const { upsertedCount, modifiedCount } = await model.updateOne(
          { _id: ID, on: trusted({ $ne: on }) },
          { $set: { on, by, reason: clipped, at } },
          { upsert: true },
        )
        return { state: await read(), changed: upsertedCount + modifiedCount > 0 }
      } catch (error) {
        // The document is there and stands as it should: the upsert meets its own id.
        if (isDuplicateKey(error)) return { state: await read(), changed: false }
        throw error
      }
    },
  }
}

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The kill switch could not be read in time.')), READ_TIMEOUT_MS)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}
