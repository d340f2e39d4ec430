/** Who did what to what, and how it ended. Appended, never edited; kept longer than what it speaks of. */
import { Schema, trusted } from 'mongoose'

import { ensureIndexesOf, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

const AUDIT_DAYS_MAX = 400
const AUDIT_PAGE_MAX = 200
const TEXT_CHARS_MAX = 300

export interface AuditEvent {
  at: number
  /** `person:<login>`, `token:<name>`, `executor:<bind>`, `github:<delivery id>` or `app`. */
  actor: string
  action: string
  /** `run:<id>`, `repository:<owner>/<name>`, … */
  target: string
  outcome: 'allowed' | 'refused'
  /** A low-cardinality word. */
  reason: string | null
  /** What the person said of it. */
  why?: string | null
  ip?: string
}

interface Document extends Omit<AuditEvent, 'at'> {
  at: Date
}

const schema = new Schema<Document>(
  {
    at: { type: Date, required: true },
    actor: { type: String, required: true },
    action: { type: String, required: true },
    target: { type: String, required: true },
    outcome: { type: String, enum: ['allowed', 'refused'], required: true },
    reason: { type: String, default: null },
    why: { type: String },
    ip: { type: String },
  },
  { collection: 'audit', versionKey: false, strict: 'throw' },
)
schema.index({ target: 1, at: -1 })
schema.index({ at: 1 }, { expireAfterSeconds: AUDIT_DAYS_MAX * 86_400 })

export function auditStore(connection: StoreConnection) {
  const model = modelOf(connection, 'AuditEvent', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    async record(event: AuditEvent): Promise<void> {
      const text = (value: string): string => value.slice(0, TEXT_CHARS_MAX)
      const { actor, action, target, outcome, reason, why, ip } = event
      await model.create({
        at: new Date(event.at),
        actor: text(actor),
        action: text(action),
        target: text(target),
        outcome,
        reason: reason === null ? null : text(reason),
        ...(typeof why === 'string' ? { why: text(why) } : {}),
        ...(ip === undefined ? {} : { ip: text(ip) }),
      })
    },

    /** The newest first. */
    async listAudit(filter: { target?: string; before?: number; limit?: number } = {}): Promise<AuditEvent[]> {
      const query = {
        ...(filter.target === undefined ? {} : { target: filter.target }),
        ...(filter.before === undefined ? {} : { at: trusted({ $lt: new Date(filter.before) }) }),
      }
      const limit = Math.min(filter.limit ?? AUDIT_PAGE_MAX, AUDIT_PAGE_MAX)
      const found = await model.find(query, { _id: 0 }, { sort: { at: -1 }, limit, lean: true }).exec()
      return found.map(({ at, ...event }) => Object.assign(event, { at: at.getTime() }))
    },
  }
}
