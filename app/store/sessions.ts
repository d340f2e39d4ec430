/**
 * Who is signed in, and who is on the way to GitHub and back. The random ids that browsers hold are stored as their
 * SHA-256 only, so that a copy of the database signs nobody in.
 */
import { createHash, randomBytes } from 'node:crypto'

import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

export const SESSION_IDLE_MS = 12 * 3_600_000
export const SESSION_TOTAL_MS = 7 * 24 * 3_600_000
export const SIGN_IN_MS = 10 * 60_000
/** How much a session's end may lag behind its use: one write in this time, not one for every request. */
const SESSION_TOUCH_MS = 60_000
const ID_BYTES = 32
const ID = /^[A-Za-z0-9_-]{43}$/

export interface SessionUser {
  id: number
  login: string
  avatarUrl: string
}

interface SessionDocument {
  _id: string
  user: SessionUser
  createdAt: Date
  expiresAt: Date
}

interface SignInDocument {
  _id: string
  /** PKCE: what proves to GitHub that the one who exchanges the code is the one who asked for it. */
  verifier: string
  returnTo: string
  expiresAt: Date
}

const userSchema = new Schema<SessionUser>(
  {
    id: { type: Number, required: true },
    login: { type: String, required: true },
    avatarUrl: { type: String, default: '' },
  },
  { _id: false },
)
const sessionSchema = new Schema<SessionDocument>(
  {
    _id: { type: String, required: true },
    user: { type: userSchema, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'sessions', versionKey: false, strict: 'throw', autoIndex: false },
)
const signInSchema = new Schema<SignInDocument>(
  {
    _id: { type: String, required: true },
    verifier: { type: String, required: true },
    returnTo: { type: String, required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'sign_ins', versionKey: false, strict: 'throw', autoIndex: false },
)
// MongoDB removes what is over once a minute; reads compare the time themselves.
sessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
signInSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

const newId = (): string => randomBytes(ID_BYTES).toString('base64url')
const keyOf = (id: string): string => createHash('sha256').update(id).digest('hex')

export type SessionStore = ReturnType<typeof sessionStore>

/** Times are in milliseconds since the epoch and come from the caller. */
export function sessionStore(connection: StoreConnection) {
  const sessions = modelOf(connection, 'Session', sessionSchema)
  const signIns = modelOf(connection, 'SignIn', signInSchema)
  return {
    async ensureIndexes(): Promise<void> {
      await ensureIndexesOf(sessions)
      await ensureIndexesOf(signIns)
    },

    /** Opens a session under a new random id, which only the browser keeps. */
    async open(user: SessionUser, now: number): Promise<string> {
      const id = newId()
      const expiresAt = new Date(now + SESSION_IDLE_MS)
      await sessions.create({ _id: keyOf(id), user, createdAt: new Date(now), expiresAt })
      return id
    },

    /** The person behind an id, or null. Reading keeps the session for another 12 hours, 7 days in all. */
    async read(id: string, now: number): Promise<SessionUser | null> {
      if (!ID.test(id)) return null
      const found = await sessions.findOne({ _id: keyOf(id), expiresAt: trusted({ $gt: new Date(now) }) }).lean()
      if (!found) return null
      const until = Math.min(now + SESSION_IDLE_MS, found.createdAt.getTime() + SESSION_TOTAL_MS)
      if (until - found.expiresAt.getTime() > SESSION_TOUCH_MS) {
        await sessions.updateOne({ _id: found._id }, { $max: { expiresAt: new Date(until) } })
      }
      return found.user
    },

    /** Ends a session; one that is not there is fine. */
    async close(id: string): Promise<void> {
      await sessions.deleteOne({ _id: keyOf(id) })
    },

    /** Remembers that somebody left for GitHub. The state goes along and comes back once, within ten minutes. */
    async beginSignIn(returnTo: string, now: number): Promise<{ state: string; verifier: string }> {
      const state = newId()
      const verifier = newId()
      await signIns.create({ _id: keyOf(state), verifier, returnTo, expiresAt: new Date(now + SIGN_IN_MS) })
      return { state, verifier }
    },

    /** Takes a state out; a second try, or a late one, finds nothing. */
    async finishSignIn(state: string, now: number): Promise<{ verifier: string; returnTo: string } | null> {
      if (!ID.test(state)) return null
      const found = await signIns.findOneAndDelete({ _id: keyOf(state) }).lean()
      if (!found || found.expiresAt.getTime() <= now) return null
      return { verifier: found.verifier, returnTo: found.returnTo }
    },
  }
}
