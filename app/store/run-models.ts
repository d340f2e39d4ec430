/** The documents of the collections `runs` and `callbacks`, their schemas and every index that the app relies on. */
import { Schema } from 'mongoose'

import type { RunStatus } from '../contracts/status.ts'
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
  /** When the loops have to look again. Absent when never, so that the partial indexes hold only what is due some day. */
  sweepAt?: number
  effectAt?: number
  triggerId: string
  repositoryId: number
  issueNumber: number
  status: RunStatus
  agent: string
  requestedBy: string
  createdAt: number
  /** Present while the Run is live: the key of "one live Run per issue". */
  live?: true
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
    sweepAt: Number,
    effectAt: Number,
    triggerId: { type: String, required: true },
    repositoryId: { type: Number, required: true },
    issueNumber: { type: Number, required: true },
    status: { type: String, required: true },
    agent: { type: String, required: true },
    requestedBy: { type: String, required: true },
    createdAt: { type: Number, required: true },
    live: Boolean,
  },
  { collection: 'runs', versionKey: false, minimize: false, strict: 'throw', autoIndex: false },
)
runSchema.index({ triggerId: 1 }, { unique: true, name: 'trigger' })
runSchema.index(
  { repositoryId: 1, issueNumber: 1 },
  { unique: true, name: 'live', partialFilterExpression: { live: true } },
)
runSchema.index({ sweepAt: 1 }, { name: 'sweep', partialFilterExpression: { sweepAt: { $exists: true } } })
runSchema.index({ effectAt: 1 }, { name: 'effects', partialFilterExpression: { effectAt: { $exists: true } } })
runSchema.index({ createdAt: -1, _id: -1 }, { name: 'newest' })
runSchema.index({ repositoryId: 1, createdAt: -1, _id: -1 }, { name: 'repository' })
runSchema.index({ repositoryId: 1, issueNumber: 1, createdAt: -1, _id: -1 }, { name: 'issue' })
runSchema.index({ status: 1, createdAt: -1, _id: -1 }, { name: 'status' })

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
callbackSchema.index({ runId: 1, dispatchId: 1, seq: 1 }, { unique: true, name: 'place' })
