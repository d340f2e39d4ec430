/**
 * What was answered under an Idempotency-Key, for every replica and for a day: a request that is sent again gets the
 * first answer again. A claim keeps a second one out while the first is under way, and ends by itself when its replica
 * has died.
 */
import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, isDuplicateKey, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

export const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000
/** Longer than any of these requests takes; what is repeated after it does nothing twice either. */
export const IDEMPOTENCY_CLAIM_MS = 60_000

interface Document {
  _id: string
  request: string
  claim: string
  claimedUntil: Date
  answer: string | null
  expiresAt: Date
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    request: { type: String, required: true },
    claim: { type: String, required: true },
    claimedUntil: { type: Date, required: true },
    answer: { type: String, default: null },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'idempotency_keys', versionKey: false, strict: 'throw', autoIndex: false },
)
// MongoDB removes what is over once a minute; claims compare the time themselves.
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

/** A claim on a key: `request` is a digest of all that makes two requests the same one. */
export interface KeyClaim {
  key: string
  request: string
  claim: string
}

export type Claimed =
  | { kind: 'yours' }
  | { kind: 'running' }
  | { kind: 'other_request' }
  | { kind: 'answered'; answer: string }

export type IdempotencyStore = ReturnType<typeof idempotencyStore>

/** Times are in milliseconds since the epoch and come from the caller. */
export function idempotencyStore(connection: StoreConnection) {
  const model = modelOf(connection, 'IdempotencyKey', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /** Takes the key for this request, or says who has it. */
    async claimKey({ key, request, claim }: KeyClaim, now: number): Promise<Claimed> {
      const at = new Date(now)
      const dead = { request, answer: null, claimedUntil: trusted({ $lte: at }) }
      const free = { $or: [dead, { expiresAt: trusted({ $lte: at }) }] }
      const claimedUntil = new Date(now + IDEMPOTENCY_CLAIM_MS)
      const expiresAt = new Date(now + IDEMPOTENCY_KEPT_MS)
      const mine = { request, claim, claimedUntil, answer: null, expiresAt }
      try {
        await model.updateOne({ _id: key, ...free }, { $set: mine }, { upsert: true }).exec()
        return { kind: 'yours' }
      } catch (error) {
        // It is there and somebody else's: the insert of the upsert meets its id.
        if (!isDuplicateKey(error)) throw error
      }
      const found = await model.findById(key).lean()
      if (!found) return { kind: 'running' }
      if (found.request !== request) return { kind: 'other_request' }
      return found.answer === null ? { kind: 'running' } : { kind: 'answered', answer: found.answer }
    },

    /** Keeps the answer, unless somebody else has taken the key over. */
    async keepAnswer({ key, claim }: KeyClaim, answer: string): Promise<void> {
      await model.updateOne({ _id: key, claim }, { $set: { answer } }).exec()
    },

    /** Gives the key back, so that the request may be sent again. */
    async releaseKey({ key, claim }: KeyClaim): Promise<void> {
      await model.deleteOne({ _id: key, claim }).exec()
    },
  }
}
