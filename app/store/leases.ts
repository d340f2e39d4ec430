/**
 * Leases: what only one replica needs to do at a time. Whoever has a lease keeps it by asking again; when its holder is
 * gone it falls to whoever asks after its end. A lease spares work and guards nothing: two holders for a moment are
 * harmless, because everything that is done under one may be done twice.
 */
import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

interface Document {
  _id: string
  holder: string
  until: Date
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    holder: { type: String, required: true },
    until: { type: Date, required: true },
  },
  { collection: 'leases', versionKey: false, strict: 'throw' },
)

export function leaseStore(connection: StoreConnection) {
  const model = modelOf(connection, 'Lease', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /** Takes or renews the lease for `ms`. False while another holder has it. */
    async holdLease(name: string, holder: string, now: number, ms: number): Promise<boolean> {
      const free = { $or: [{ holder }, { until: trusted({ $lte: new Date(now) }) }] }
      try {
        await model
          .updateOne({ _id: name, ...free }, { $set: { holder, until: new Date(now + ms) } }, { upsert: true })
          .exec()
        return true
      } catch (error) {
        // It is there and somebody else's: the insert of the upsert meets its id.
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    /** Lets go, so that another replica need not wait for the end. */
    async releaseLease(name: string, holder: string): Promise<void> {
      await model.deleteOne({ _id: name, holder }).exec()
    },
  }
}
