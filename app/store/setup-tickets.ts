/**
 * The three short-lived secrets of set-up: the token of the log, the browser that used it, and the state that goes to
 * GitHub and comes back. Their SHA-256 alone is stored, each is for one hour, and token and state are taken out by use.
 */
import { createHash, randomBytes } from 'node:crypto'

import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'
import type { Seal, Sealed } from './seal.ts'

/** GitHub's own limit for the manifest flow. */
export const TICKET_MS = 3_600_000
const ID_BYTES = 32
const ID = /^[A-Za-z0-9_-]{43}$/

export type TicketKind = 'token' | 'browser' | 'state'

interface Document {
  _id: string
  sealed: Sealed | null
  expiresAt: Date
}

const schema = new Schema<Document>(
  {
    _id: { type: String, required: true },
    sealed: { type: Schema.Types.Mixed, default: null },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'setup_tickets', versionKey: false, strict: 'throw' },
)
// MongoDB removes what is over once a minute; reads compare the time themselves.
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

const keyOf = (kind: TicketKind, id: string): string => createHash('sha256').update(`${kind} ${id}`).digest('hex')

export type TicketStore = ReturnType<typeof ticketStore>

/** Times are in milliseconds since the epoch and come from the caller. */
export function ticketStore(connection: StoreConnection, seal: Seal) {
  const model = modelOf(connection, 'SetupTicket', schema)
  const opened = ({ _id, sealed }: Pick<Document, '_id' | 'sealed'>) => ({
    memory: sealed ? seal.open(_id, sealed) : '',
  })
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    /** A new random id, known to whoever is given it. What it remembers is sealed. */
    async issue(kind: TicketKind, now: number, memory: string | null = null): Promise<string> {
      const id = randomBytes(ID_BYTES).toString('base64url')
      const key = keyOf(kind, id)
      const sealed = memory === null ? null : seal.close(key, memory)
      await model.create({ _id: key, sealed, expiresAt: new Date(now + TICKET_MS) })
      return id
    },

    /** Takes it out: a second try, a late one and another kind find nothing. `memory` is '' where there is none. */
    async take(kind: TicketKind, id: string, now: number): Promise<{ memory: string } | null> {
      if (!ID.test(id)) return null
      const found = await model.findOneAndDelete({ _id: keyOf(kind, id) }).lean()
      return found && found.expiresAt.getTime() > now ? opened(found) : null
    },

    /** The same, and it stays. */
    async peek(kind: TicketKind, id: string, now: number): Promise<{ memory: string } | null> {
      if (!ID.test(id)) return null
      const found = await model.findOne({ _id: keyOf(kind, id), expiresAt: trusted({ $gt: new Date(now) }) }).lean()
      return found && opened(found)
    },

    /** Set-up is over, and nothing of it is good for anything any more. */
    async clear(): Promise<void> {
      await model.deleteMany({ expiresAt: trusted({ $gte: new Date(0) }) })
    },
  }
}
