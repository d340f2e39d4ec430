/**
 * Who did what to what, and how it ended. Appended, never edited; kept longer than what it speaks of. As with Runs, an
 * event keeps the name of every list that it stands in, so that each mix of filters reads what it shows and no more.
 * An event that may be written again, such as the line of an act (`domain/acts.ts`), has a name that it has once.
 */
import { createHash } from 'node:crypto'

import { mongo, Schema, trusted, Types } from 'mongoose'

import type { ActVia } from '../domain/acts.ts'
import { ensureIndexesOf, modelOf } from './connect.ts'
import type { StoreConnection } from './connect.ts'

const AUDIT_DAYS_MAX = 400
export const AUDIT_PAGE_MAX = 200
const TEXT_CHARS_MAX = 300
const ID_HEX_CHARS = 24
const DUPLICATE_KEY = 11_000

export interface AuditEvent {
  at: number
  /** `person:<login>`, `token:<name>`, `executor:<bind>`, `github:<delivery id>` or `app`. */
  actor: string
  action: string
  /** `run:<id>`, `issue:<owner>/<name>#<number>`, `repository:<owner>/<name>`, … */
  target: string
  /** `<owner>/<name>` of the repository that it happened in; its admins may read of it. */
  repository?: string | null
  /** Number of the issue in that repository. */
  issue?: number | null
  outcome: 'allowed' | 'refused'
  /** A low-cardinality word. */
  reason: string | null
  /** What the person said of it. */
  why?: string | null
  /** By which way it was asked. */
  via?: ActVia | null
  ip?: string
  /** Of events with the same name the first stays. */
  once?: string
}

export interface AuditRecord extends Omit<AuditEvent, 'once'> {
  id: string
  repository: string | null
}

/** A `target` is a list of its own: it goes with no other filter but the times. */
export interface AuditFilter {
  target?: string
  actor?: string
  action?: string
  repository?: string
  outcome?: AuditEvent['outcome']
  /** Not before, and before (ms since the epoch). */
  from?: number
  before?: number
  /** The last event of the page before. */
  after?: { at: number; id: string }
  limit?: number
}

interface Document extends Omit<AuditEvent, 'at' | 'once'> {
  _id: Types.ObjectId
  at: Date
  repository: string | null
  lists: string[]
}

const schema = new Schema<Document>(
  {
    _id: { type: Schema.Types.ObjectId, auto: true },
    at: { type: Date, required: true },
    actor: { type: String, required: true },
    action: { type: String, required: true },
    target: { type: String, required: true },
    repository: { type: String, default: null },
    issue: { type: Number },
    outcome: { type: String, enum: ['allowed', 'refused'], required: true },
    reason: { type: String, default: null },
    why: { type: String },
    via: { type: String },
    ip: { type: String },
    lists: { type: [String], required: true },
  },
  { collection: 'audit', versionKey: false, strict: 'throw' },
)
schema.index({ lists: 1, at: -1, _id: -1 })
schema.index({ at: 1 }, { expireAfterSeconds: AUDIT_DAYS_MAX * 86_400 })

type Listed = Pick<AuditFilter, 'actor' | 'action' | 'repository' | 'outcome'>

/** GitHub's names do not tell upper from lower case. */
function listName({ actor, action, repository, outcome }: Listed): string {
  return JSON.stringify([actor ?? 0, action ?? 0, repository?.toLowerCase() ?? 0, outcome ?? 0])
}
const targetList = (target: string): string => JSON.stringify([target])

function listsOf({ actor, action, repository, outcome, target }: AuditEvent): string[] {
  let subsets: Listed[] = [{}]
  for (const [name, value] of Object.entries({ actor, action, repository, outcome })) {
    if (typeof value === 'string') subsets = subsets.flatMap((subset) => [subset, { ...subset, [name]: value }])
  }
  return [...subsets.map(listName), targetList(target)]
}

export function auditStore(connection: StoreConnection) {
  const model = modelOf(connection, 'AuditEvent', schema)
  return {
    ensureIndexes: () => ensureIndexesOf(model),

    async record(event: AuditEvent): Promise<void> {
      const { at, reason, why, via, issue, ip, repository, once } = event
      const clipped = {
        actor: clip(event.actor),
        action: clip(event.action),
        target: clip(event.target),
        repository: typeof repository === 'string' ? clip(repository) : null,
        outcome: event.outcome,
        reason: reason === null ? null : clip(reason),
      }
      const written = model.create({
        ...clipped,
        ...(once === undefined ? {} : { _id: idOf(once) }),
        at: new Date(at),
        ...(typeof issue === 'number' ? { issue } : {}),
        ...(typeof via === 'string' ? { via } : {}),
        ...(typeof why === 'string' ? { why: clip(why) } : {}),
        ...(ip === undefined ? {} : { ip: clip(ip) }),
        lists: listsOf({ ...clipped, at }),
      })
      await written.catch((error: unknown) => {
        if (once !== undefined && error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY) return
        throw error
      })
    },

    /** The newest first. */
    async listAudit(filter: AuditFilter = {}): Promise<AuditRecord[]> {
      const { target, from, before, after } = filter
      const list = target === undefined ? listName(filter) : targetList(target)
      const since = from === undefined ? {} : { $gte: new Date(from) }
      const until = (end: number | undefined) => (end === undefined ? {} : { $lt: new Date(end) })
      const between = (end: number | undefined) => {
        const range = { ...since, ...until(end) }
        return Object.keys(range).length === 0 ? { lists: list } : { lists: list, at: trusted(range) }
      }
      const query = after
        ? {
            $or: [
              between(Math.min(after.at, before ?? after.at)),
              { lists: list, at: new Date(after.at), _id: trusted({ $lt: new Types.ObjectId(after.id) }) },
            ],
          }
        : between(before)
      const limit = Math.min(filter.limit ?? AUDIT_PAGE_MAX, AUDIT_PAGE_MAX)
      const sort = { at: -1, _id: -1 } as const
      const found = await model.find(query, { lists: 0 }, { sort, limit, lean: true }).exec()
      return found.map(asRecord)
    },
  }
}

/** The place that a name gives, so that the collection's own key keeps it from being taken twice. */
const idOf = (once: string): Types.ObjectId =>
  new Types.ObjectId(createHash('sha256').update(once).digest('hex').slice(0, ID_HEX_CHARS))

const clip = (value: string): string => value.slice(0, TEXT_CHARS_MAX)

function asRecord(found: Omit<Document, 'lists'>): AuditRecord {
  const { _id, at, actor, action, target, repository, issue, outcome, reason, why, via, ip } = found
  return {
    id: String(_id),
    at: at.getTime(),
    actor,
    action,
    target,
    repository: repository ?? null,
    outcome,
    reason,
    ...(issue === undefined ? {} : { issue }),
    ...(why === undefined ? {} : { why }),
    ...(via === undefined ? {} : { via }),
    ...(ip === undefined ? {} : { ip }),
  }
}
