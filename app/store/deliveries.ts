/**
 * The durable inbox: every webhook as bytes, unique by GitHub's delivery id and by the digest of its body, because the
 * signature covers the body and not the id. Webhooks are written here before they are answered and read before they run.
 */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

import { mongo, Schema, trusted } from 'mongoose'
import type { Model } from 'mongoose'

import { deliveryStates } from '../contracts/admin.ts'
import { ensureIndexesOf, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

const DELIVERY_DAYS_MAX = 30
export const DELIVERY_BODY_BYTES_MAX = 25 * 1024 * 1024
/** From here on a body is stored compressed: MongoDB takes no document above 16 MiB, GitHub sends up to 25. */
const COMPRESS_FROM_BYTES = 1024 * 1024
const STORED_BYTES_MAX = 15 * 1024 * 1024
export const LIST_DELIVERIES_MAX = 200
/** Counting stops here; what is larger is as alarming. */
const COUNTED_MAX = 10_000
const QUERY_MS_MAX = 2_000
const REASON_CHARS_MAX = 500

export type DeliveryState = (typeof deliveryStates)[number]
const unfinished: DeliveryState[] = ['received', 'processing']
const finished: DeliveryState[] = ['processed', 'ignored', 'refused']

export interface NewDelivery {
  /** `X-GitHub-Delivery`. */
  id: string
  /** SHA-256 of the body, lower-case hex. */
  digest: string
  event: string
  receivedAt: number
  body: Buffer
}

/** What people see of a delivery; times in milliseconds since the epoch. */
export interface DeliveryRecord {
  id: string
  digest: string
  event: string
  receivedAt: number
  state: DeliveryState
  reason: string | null
  attempts: number
  bytes: number
}

export interface ClaimedDelivery extends DeliveryRecord {
  body: Buffer
}

export interface DeliveryFilter {
  states?: readonly DeliveryState[]
  /** The last delivery of the page before. */
  after?: { receivedAt: number; id: string }
  limit?: number
}

interface Document {
  _id: string
  digest: string
  event: string
  receivedAt: Date
  state: DeliveryState
  reason: string | null
  attempts: number
  /** When it may be claimed (again); absent once it is finished, so that the index holds only what is due. */
  leaseUntil?: Date
  bytes: number
  encoding: 'identity' | 'gzip'
  body: Buffer
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    digest: { type: String, required: true },
    event: { type: String, required: true },
    receivedAt: { type: Date, required: true },
    state: { type: String, enum: deliveryStates, required: true },
    reason: { type: String, default: null },
    attempts: { type: Number, required: true },
    leaseUntil: { type: Date },
    bytes: { type: Number, required: true },
    encoding: { type: String, enum: ['identity', 'gzip'], required: true },
    body: { type: Buffer, required: true },
  },
  { collection: 'deliveries', versionKey: false, strict: 'throw' },
)
schema.index({ digest: 1 }, { unique: true })
schema.index({ receivedAt: 1 }, { expireAfterSeconds: DELIVERY_DAYS_MAX * 86_400 })
schema.index({ state: 1, receivedAt: -1, _id: -1 })
schema.index({ leaseUntil: 1 }, { partialFilterExpression: { leaseUntil: { $exists: true } } })

const compress = promisify(gzip)
const decompress = promisify(gunzip)

export type Inserted = 'inserted' | 'duplicate'
export type DeliveryStore = ReturnType<typeof deliveryStore>

export function deliveryStore(connection: StoreConnection) {
  const model = modelOf(connection, 'Delivery', schema)
  const finish = { $unset: { leaseUntil: 1 as const } }
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /**
     * Inserts many at once and says of each whether it was new. Goes past mongoose, whose documents cost three times
     * what the insert does (trust.md facts 6). Rejects when not all of the others are known to be durable.
     */
    async insertMany(deliveries: readonly NewDelivery[]): Promise<Inserted[]> {
      const documents = await Promise.all(deliveries.map(asDocument))
      const answers = deliveries.map((): Inserted => 'inserted')
      try {
        await connection.collection<Document>('deliveries').insertMany(documents, { ordered: false })
      } catch (error) {
        for (const index of duplicatesOf(error)) answers[index] = 'duplicate'
      }
      return answers
    },

    /** Takes the delivery that has waited longest and is free, or null. Whoever took it before has lost its lease. */
    async claimDelivery(now: number, leaseMs: number): Promise<ClaimedDelivery | null> {
      const found = await model
        .findOneAndUpdate(
          { leaseUntil: trusted({ $lte: new Date(now) }) },
          { $set: { state: 'processing', leaseUntil: new Date(now + leaseMs) }, $inc: { attempts: 1 } },
          { sort: { leaseUntil: 1 }, returnDocument: 'after', lean: true },
        )
        .exec()
      return found ? { ...asRecord(found), body: await bodyOf(found) } : null
    },

    async finishDelivery(
      id: string,
      state: 'processed' | 'ignored' | 'refused',
      reason: string | null = null,
    ): Promise<void> {
      const $set = { state, reason: reason?.slice(0, REASON_CHARS_MAX) ?? null }
      await model.updateOne({ _id: id }, { $set, ...finish }).exec()
    },

    /** Gives a claimed delivery back, to be taken again at `dueAt`. What only waited has made no attempt. */
    async postponeDelivery(id: string, dueAt: number, reason: string, counts = true): Promise<void> {
      const $set = { state: 'received', reason: reason.slice(0, REASON_CHARS_MAX), leaseUntil: new Date(dueAt) }
      // A worker that was slower than its lease takes nothing back that another one has finished.
      const update = { $set, ...(counts ? {} : { $inc: { attempts: -1 } }) }
      await model.updateOne({ _id: id, state: 'processing' }, update).exec()
    },

    ...listsOf(model),

    /** One delivery with its body, or null. */
    async readDelivery(id: string): Promise<ClaimedDelivery | null> {
      const found = await model.findById(id, null, { lean: true }).exec()
      return found ? { ...asRecord(found), body: await bodyOf(found) } : null
    },

    /** Which of these delivery ids are here already; the others are to be fetched from GitHub again. */
    async knownDeliveries(ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set()
      const found = await model.find({ _id: trusted({ $in: ids }) }, { _id: 1 }, { lean: true }).exec()
      return new Set(found.map((delivery) => delivery._id))
    },

    /** Puts a delivery that is finished back to the start of its way. False when there is none, or it is on its way. */
    async redeliver(id: string, now: number): Promise<boolean> {
      const $set = { state: 'received', reason: null, attempts: 0, leaseUntil: new Date(now) }
      const place = { _id: id, state: trusted({ $in: finished }) }
      const { matchedCount } = await model.updateOne(place, { $set }).exec()
      return matchedCount === 1
    },
  }
}

/** What people read of the inbox. */
function listsOf(model: Model<Document>) {
  return {
    /** The newest first, without their bodies. All states are merged from one index, so that none more is kept. */
    async listDeliveries(filter: DeliveryFilter = {}): Promise<DeliveryRecord[]> {
      const { states = deliveryStates, after } = filter
      // A branch for each state: MongoDB merges those in order, and sorts in memory what is nested any deeper.
      const behind = (state: DeliveryState, at: number, id: string) => [
        { state, receivedAt: trusted({ $lt: new Date(at) }) },
        { state, receivedAt: new Date(at), _id: trusted({ $lt: id }) },
      ]
      const query = after
        ? { $or: states.flatMap((state) => behind(state, after.receivedAt, after.id)) }
        : { state: trusted({ $in: [...states] }) }
      const limit = Math.min(filter.limit ?? LIST_DELIVERIES_MAX, LIST_DELIVERIES_MAX)
      const sort = { receivedAt: -1, _id: -1 } as const
      const found = await model.find(query, { body: 0 }, { sort, limit, lean: true }).exec()
      return found.map(asRecord)
    },

    /** What has not been worked off: how much, and since when the oldest waits; and what was refused since then. */
    async backlog(since: number): Promise<{ waiting: number; oldestAt: number | null; refused: number }> {
      const limits = { limit: COUNTED_MAX, maxTimeMS: QUERY_MS_MAX }
      const open = { state: trusted({ $in: unfinished }) }
      const refusals = { state: 'refused' as const, receivedAt: trusted({ $gte: new Date(since) }) }
      const first = { sort: { receivedAt: 1, _id: 1 } as const, lean: true, maxTimeMS: QUERY_MS_MAX } as const
      const [waiting, oldest, refused] = await Promise.all([
        model.countDocuments(open, limits).exec(),
        model.findOne(open, { _id: 0, receivedAt: 1 }, first).exec(),
        model.countDocuments(refusals, limits).exec(),
      ])
      return { waiting, oldestAt: oldest?.receivedAt.getTime() ?? null, refused }
    },
  }
}

async function asDocument(delivery: NewDelivery): Promise<Document> {
  const { id, digest, event, body } = delivery
  const receivedAt = new Date(delivery.receivedAt)
  const large = body.length >= COMPRESS_FROM_BYTES
  const stored = large ? await compress(body) : body
  const fits = stored.length <= STORED_BYTES_MAX
  return {
    _id: id,
    digest,
    event,
    receivedAt,
    state: fits ? 'received' : 'refused',
    reason: fits ? null : 'The body is too large to store, even compressed.',
    attempts: 0,
    ...(fits ? { leaseUntil: receivedAt } : {}),
    bytes: body.length,
    encoding: large && fits ? 'gzip' : 'identity',
    body: fits ? stored : Buffer.alloc(0),
  }
}

/** The indexes of those that were there already; throws when anything else went wrong. */
function duplicatesOf(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError) || error.result.getWriteConcernError()) throw error
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  // The driver wraps what stopped the whole batch (no primary, a lost connection) in the same error, with no failures:
  // then nothing is known to be stored, and GitHub must not be told that it is.
  if (failures.length === 0 || failures.some((failure) => failure?.code !== 11_000)) throw error
  return failures.map((failure) => failure.index)
}

function asRecord(found: Omit<Document, 'body'>): DeliveryRecord {
  const { _id, digest, event, receivedAt, state, reason, attempts, bytes } = found
  return { id: _id, digest, event, receivedAt: receivedAt.getTime(), state, reason, attempts, bytes }
}

async function bodyOf(found: Document): Promise<Buffer> {
  // A lean document brings the driver's Binary where mongoose would give a Buffer.
  const stored = found.body instanceof mongo.Binary ? Buffer.from(found.body.buffer) : found.body
  return found.encoding === 'gzip' ? decompress(stored, { maxOutputLength: DELIVERY_BODY_BYTES_MAX }) : stored
}
