/** The documents of the collections `runs` and `callbacks`, their schemas and every index that the app relies on. */
import { Schema } from 'mongoose'

import type { RunStatus } from '../contracts/status.ts'
import type { Act } from '../domain/acts.ts'
import type { Effect } from '../domain/effects.ts'
import type { RunEvent } from '../domain/events.ts'
import type { Run } from '../domain/run.ts'

export interface RunDocument {
  _id: string
  version: number
  run: Run
  events: RunEvent[]
  lastHash: string
  ledgerBytes: number
  effects: Effect[]
  memo: Record<string, string>
  heartbeatAt: number | null
  /** What the audit trail is not known to say yet; absent when nothing. */
  acts?: Act[]
  /** When the loops have to look again. Absent when never, so that the partial indexes hold only what is due some day. */
  sweepAt?: number
  effectAt?: number
  /** The same for what a kill owes: see `laneOf`. */
  killAt?: number
  triggerId: string
  repositoryId: number
  issueNumber: number
  status: RunStatus
  agent: string
  requestedBy: string
  createdAt: number
  /** Present while the Run is live: the key of "one live Run per issue". */
  live?: true
  /** Where the Run stands among all, newest last; see `run-lists.ts`. */
  place: string
  /** Every list that the Run stands in; see `run-lists.ts`. */
  lists: string[]
}

/** A repository that has Runs, as it was last seen. */
export interface RepositoryDocument {
  _id: number
  repository: Run['repository']
}

export interface CallbackDocument {
  runId: string
  dispatchId: string
  seq: number
  digest: string
  jws: string
  at: number
}

export const runSchema = new Schema<RunDocument>(
  {
    _id: { type: String, required: true },
    version: { type: Number, required: true },
    run: { type: Schema.Types.Mixed, required: true },
    events: { type: Schema.Types.Mixed, required: true },
    lastHash: { type: String, required: true },
    ledgerBytes: { type: Number, required: true },
    effects: { type: Schema.Types.Mixed, required: true },
    memo: { type: Schema.Types.Mixed, default: {} },
    heartbeatAt: { type: Number, default: null },
    acts: { type: Schema.Types.Mixed },
    sweepAt: Number,
    effectAt: Number,
    killAt: Number,
    triggerId: { type: String, required: true },
    repositoryId: { type: Number, required: true },
    issueNumber: { type: Number, required: true },
    status: { type: String, required: true },
    agent: { type: String, required: true },
    requestedBy: { type: String, required: true },
    createdAt: { type: Number, required: true },
    live: Boolean,
    place: { type: String, required: true },
    lists: { type: [String], required: true },
  },
  { collection: 'runs', versionKey: false, minimize: false, strict: 'throw', autoIndex: false },
)
runSchema.index({ triggerId: 1 }, { unique: true, name: 'trigger' })
runSchema.index(
  { repositoryId: 1, issueNumber: 1 },
  { unique: true, name: 'live', partialFilterExpression: { live: true } },
)
// With the id at the end, so that the loops read what is due from the index alone.
runSchema.index({ sweepAt: 1, _id: 1 }, { name: 'sweep', partialFilterExpression: { sweepAt: { $exists: true } } })
runSchema.index({ effectAt: 1, _id: 1 }, { name: 'effects', partialFilterExpression: { effectAt: { $exists: true } } })
runSchema.index({ lists: 1, place: -1 }, { name: 'lists' })
// Holds all that the figures of agents are made of, so that no Run is read for them.
runSchema.index(
  { agent: 1, repositoryId: 1, createdAt: -1, status: 1, 'run.startedAt': 1, 'run.endedAt': 1 },
  { name: 'figures' },
)

// Holds all that Runs are searched by and chosen from, newest first, so that only those that are shown are fetched.
runSchema.index(
  {
    repositoryId: 1,
    place: -1,
    status: 1,
    agent: 1,
    requestedBy: 1,
    issueNumber: 1,
    'run.issue.title': 1,
  },
  { name: 'headings' },
)

export const repositorySchema = new Schema<RepositoryDocument>(
  { _id: { type: Number, required: true }, repository: { type: Schema.Types.Mixed, required: true } },
  { collection: 'repositories', versionKey: false, strict: 'throw', autoIndex: false },
)

// Of its own, so that a kill is found at once among any number of Runs with something to do.
runSchema.index({ killAt: 1, _id: 1 }, { name: 'kills', partialFilterExpression: { killAt: { $exists: true } } })

export const callbackSchema = new Schema<CallbackDocument>(
  {
    runId: { type: String, required: true },
    dispatchId: { type: String, required: true },
    seq: { type: Number, required: true },
    digest: { type: String, required: true },
    jws: { type: String, required: true },
    at: { type: Number, required: true },
  },
  { collection: 'callbacks', versionKey: false, strict: 'throw', autoIndex: false },
)
callbackSchema.index({ runId: 1, dispatchId: 1, seq: 1, digest: 1 }, { unique: true, name: 'content' })
