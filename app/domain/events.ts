/** The ledger's vocabulary: what happened to a Run, in the past tense. Appended, never edited. */
import type { ExecutorEvent } from '../contracts/callbacks.ts'
import type { ReasonCode, WorkflowStatus } from '../contracts/status.ts'
import type { Clocks } from './policy.ts'

/** Bump together with an upcaster in `upcast`; a stored history of every version stays foldable. */
export const EVENT_VERSION = 1

export interface Person {
  id: number
  login: string
}

export interface RepositoryRef {
  id: number
  owner: string
  name: string
  private: boolean
  defaultBranch: string
  installationId: number
}

/** The issue as it stood when the Run was requested; later edits do not reach the agent (trust.md row 32). */
export interface IssueSnapshot {
  number: number
  title: string
  body: string
  url: string
  /** SHA-256 of title and body. */
  digest: string
}

export interface Trigger {
  via: 'comment' | 'label' | 'api'
  /** Node id of the comment or label event, or the API's idempotency key: one trigger starts at most one Run, for ever. */
  id: string
  commentId: number | null
  url: string | null
}

/** Issues of the repository that block the Run's own, or where it stands in line for a place, from 1. */
export type WaitReason = { issues: readonly number[] } | { position: number }

/** Where a callback stood in its executor's own chain. */
export interface CallbackMark {
  seq: number
  prev: string | null
  digest: string
}

export interface Binding {
  /** `<workflow run id>.<run attempt>.<check run id>` */
  bind: string
  workflowRunId: number
  runAttempt: number
  checkRunId: number
  /** RFC 7638 thumbprint of the executor's public key, and the key itself. */
  jkt: string
  publicKeyX: string
  trust: 'oidc' | 'ticket'
  workflowSha: string
  /** What the job's action understands, by its own word. Absent: nothing besides the first version of the contract. */
  abilities?: readonly string[]
}

export type PauseVia = 'comment' | 'api'
export type SayVia = 'comment' | 'api'
export type RetryVia = 'comment' | 'check' | 'api'

/** The comment, label or press that asked for it. Absent: nothing on GitHub did, or an older ledger does not tell. */
interface Commanded {
  command?: string
}

/** What the app itself writes; the executor's own events join them below. */
export type AppEventData = {
  'run.requested': {
    repository: RepositoryRef
    issue: IssueSnapshot
    trigger: Trigger
    requestedBy: Person
    agent: string
    instructions: string
    baseRef: string
    branch: string
    sandboxProvider: string
    executorRepository: { owner: string; name: string } | null
    dispatchId: string
    clocks: Clocks
    /** `gate=none`; absent where nobody asked for it. */
    gatesOff?: true
    /** `draft=true`; absent where nobody asked for it. */
    draft?: true
    /** `priority=`; absent where it is normal. */
    priority?: 'low' | 'high'
    /** `dry-run`; absent where nobody asked for it. */
    dryRun?: true
    /** What GitHub said with the request: open issues block its own. Absent: it said nothing. */
    blocked?: boolean
    /** When the comment or label said so, by GitHub's clock. Absent: it was asked otherwise, or an older ledger. */
    askedAt?: number
  }
  'run.request_repeated': { by: Person; triggerId: string }
  'base.resolved': { ref: string; sha: string }
  /** It may not start yet; appended when what it waits for changes. */
  'run.waits': WaitReason
  'run.dispatched': { dispatchId: string; send: number; nonceDigest: string }
  'dispatch.overdue': { dispatchId: string }
  'workflow.observed': {
    dispatchId: string
    state: 'absent' | 'queued' | 'in_progress' | 'completed'
    workflowRunId: number | null
    conclusion: string | null
    /** Which attempt of the workflow run it is; older ledgers lack it. */
    runAttempt?: number
  }
  /** GitHub's webhook told of the workflow run; it shows how that stands and ends nothing. */
  'workflow.changed': {
    dispatchId: string
    workflowRunId: number
    runAttempt: number
    status: WorkflowStatus
    conclusion: string | null
  }
  /** Nothing was heard of the job for too long: GitHub is asked what became of it before the Run is given up. */
  'executor.silent': { dispatchId: string; silentMs: number }
  'executor.bound': Binding & { dispatchId: string }
  'status_comment.posted': { commentId: number; url: string }
  'check.published': { checkRunId: number }
  'branch.published': { name: string; sha: string; commits: number }
  /** Somebody had the branch of a Run deleted that failed. */
  'branch.dropped': { name: string; by: string; via: 'check' }
  'proposal.refused': { reason: ReasonCode; detail: string }
  /** `draft`: whether it is one on GitHub; older ledgers lack it. */
  'pull_request.opened': { number: number; url: string; adopted: boolean; draft?: boolean }
  'pull_request.withdrawn': { number: number }
  'run.cancel_requested': Commanded & {
    by: string
    reason: string | null
    via: 'comment' | 'label' | 'api' | 'actions'
  }
  /** `via`: how a person asked; older ledgers lack it. */
  'run.kill_requested': Commanded & {
    by: string
    reason: string | null
    escalated: boolean
    via?: 'comment' | 'api'
  }
  'run.pause_requested': Commanded & { by: string; via: PauseVia }
  /** The job did not come to a checkpoint in time, and works on. */
  'run.pause_given_up': { by: string; waitedMs: number }
  /** The job ended at a checkpoint; `leftMs` is what is left of the Run's own clock. */
  'run.paused': { by: string; reason: ReasonCode; leftMs: number }
  'run.resumed': Commanded & { by: string; via: PauseVia; dispatchId: string }
  /** `byId`: the numeric id of who retried, `via` how; older ledgers lack them. `instructions` where they are new ones. */
  'run.retried': Commanded & {
    by: string
    byId?: number
    via?: RetryVia
    attempt: number
    dispatchId: string
    branch: string
    instructions?: string
    askedAt?: number
  }
  /** Somebody told the agent something; `id` is the comment's, or made for the request. */
  'message.sent': { id: string; by: string; text: string; via: SayVia }
  'sandbox.reaped': { sandboxId: string; how: 'destroyed' | 'absent' | 'expired' | 'never_made' }
  'run.succeeded': { reason: ReasonCode }
  'run.failed': { reason: ReasonCode; detail: string | null }
  /** `killMs`: from the request to kill until the sandbox was confirmed gone; not there when there was none. */
  'run.cancelled': { reason: ReasonCode; by: string | null; killMs?: number }
}

export type AppEventType = keyof AppEventData
type AppEvent = { [T in AppEventType]: { type: T; data: AppEventData[T] } }[AppEventType]
type ReportedEvent = {
  [T in ExecutorEvent['type']]: {
    type: T
    data: Extract<ExecutorEvent, { type: T }>['data'] & { callback: CallbackMark }
  }
}[ExecutorEvent['type']]

/** An event before the engine gives it its place in the chain. `at` is in milliseconds since the epoch. */
export type DraftEvent = (AppEvent | ReportedEvent) & { at: number; actor: string }
export type EventType = DraftEvent['type']

/** An event of the ledger: `prev` and `hash` chain it to the one before (SHA-256 over canonical JSON). */
export type RunEvent = DraftEvent & {
  v: number
  runId: string
  attempt: number
  seq: number
  prev: string | null
  hash: string
}

/** The text that an event's hash covers; offline verification rebuilds exactly this. */
export function hashInput(event: Omit<RunEvent, 'hash'>): string {
  const { v, runId, attempt, seq, type, at, actor, data, prev } = event
  return canonicalJson([v, runId, attempt, seq, type, new Date(at).toISOString(), actor, data, prev])
}

/** JSON with sorted keys, so that a document that went through a database hashes the same. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key]
    if (member === undefined) continue
    members += `${members && ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${members}}`
}
