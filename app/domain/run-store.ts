/** The port to the store: what the engine asks of whatever keeps the Runs. app/store has it on MongoDB. */
import type { Change, StoredRun } from './change.ts'
import type { Lane } from './effects.ts'
import type { Run } from './run.ts'

export interface CallbackRecord {
  runId: string
  dispatchId: string
  seq: number
  digest: string
  jws: string
  at: number
}

/** Times are milliseconds since the epoch. */
export interface RunStore {
  /** Unique by trigger for ever, and by issue while live. */
  insert(change: Change): Promise<'inserted' | 'conflict'>
  load(runId: string): Promise<StoredRun | null>
  byTrigger(triggerId: string): Promise<Run | null>
  liveRun(repositoryId: number, issueNumber: number): Promise<Run | null>
  /** Ids of the Runs of the repository that wait for this issue of it; at most `WAITING_RUNS_MAX`. */
  waitingFor(repositoryId: number, issueNumber: number): Promise<string[]>
  /** Newest first. */
  latestRunsOfIssue(repositoryId: number, issueNumber: number, limit: number): Promise<Run[]>
  /** False when another writer got there first. */
  append(runId: string, version: number, change: Change): Promise<boolean>
  heartbeat(runId: string, at: number): Promise<void>
  /** Keeps a callback's JWS, beside any other one of the same number: which of them counts, the ledger says. */
  keepCallback(record: CallbackRecord): Promise<void>
  /** Digest of the callback that was folded under this number, in the newest dispatch that has one. */
  foldedDigest(runId: string, seq: number): Promise<string | null>
  /** Ids of Runs with an effect of the lane, or a clock, that is due. */
  dueEffects(at: number, limit: number, lane: Lane): Promise<string[]>
  dueSweeps(at: number, limit: number): Promise<string[]>
}

/** Thrown by whoever needs a Run that the store does not have. */
export class RunNotFound extends Error {
  constructor(runId: string) {
    super(`Run ${runId} does not exist.`)
    this.name = 'RunNotFound'
  }
}
