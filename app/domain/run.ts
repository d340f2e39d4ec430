/**
 * A Run as it stands: the fold over its events. The state holds everything that `decide` needs and what people see,
 * and every state that is not terminal holds the deadline that was written when it was entered.
 */
import type { Handoff } from '../contracts/callbacks.ts'
import type { Isolation } from '../contracts/ids.ts'
import { isTerminal } from '../contracts/status.ts'
import type { Phase, ReasonCode, RunStatus } from '../contracts/status.ts'
import { nextAttempt } from './attempts.ts'
import { begin } from './begin.ts'
import { ciAtBind, workflowChanges } from './ci.ts'
import type { CiState } from './ci.ts'
import type { Binding, DraftEvent, IssueSnapshot, Person, RepositoryRef, Trigger } from './events.ts'
import { ended, stopping } from './endings.ts'
import { messageChanges } from './messages.ts'
import type { RunMessage } from './messages.ts'
import { obeyedAfter } from './obeyed.ts'
import { checkpointChanges, pauseChanges, withPause } from './pause.ts'
import { planWith } from './plan.ts'
import type { PlanStep } from './plan.ts'
import { ACQUIRE_REPORT_MARGIN_MS, INSPECT_MS, silenceUnansweredMs } from './policy.ts'
import type { Clocks } from './policy.ts'
import { turnChanges, waitsChanges, waitsNoMore } from './waiting.ts'
import type { Waits } from './waiting.ts'

export interface Dispatch {
  id: string
  sends: number
  firstSentAt: number | null
  binding: Binding | null
  boundAt: number | null
  /** The last callback folded, of this dispatch's own chain. */
  lastSeq: number
  lastDigest: string | null
  lastHeardAt: number | null
  /** When GitHub was asked about the job, because nothing was heard of it; null once it reports again. */
  silentAt: number | null
  finished: 'completed' | 'cancelled' | 'failed' | 'paused' | null
}

export interface SandboxState {
  provider: string
  attemptId: string
  id: string | null
  isolation: Isolation | null
  /** `paused`: the provider keeps it as it is, without a lifetime; it is owed like one that runs. */
  state: 'requested' | 'live' | 'paused' | 'gone'
  requestedAt: number
  /** The lifetime that heartbeats renew; after the last one the provider ends the sandbox by itself. */
  ttlMs: number
  /** When the provider itself ends it, whatever happens to us. */
  endsAt: number
}

export interface Run {
  id: string
  status: RunStatus
  phase: Phase | null
  reason: ReasonCode | null
  reasonDetail: string | null
  /** Who ended it, where a person did. */
  endedBy: string | null
  attempt: number
  repository: RepositoryRef
  executorRepository: { owner: string; name: string } | null
  issue: IssueSnapshot
  trigger: Trigger
  requestedBy: Person
  /** Who opened the present attempt by a retry. Absent or null: nobody did, or an older ledger does not tell. */
  retriedBy?: Person | null
  agent: string
  instructions: string
  /** What a retry told the agent instead. Absent or null: none did. */
  revised?: string | null
  /** Who asked for it turned the gates off. Absent: they did not. */
  gatesOff?: true
  /** Who asked for it wants the pull request as a draft. Absent: they did not say so. */
  draft?: true
  /** Where it stands in a line. Absent: as usual. */
  priority?: 'low' | 'high'
  /** When the present attempt was asked for, by GitHub's clock. Absent or null: it did not tell. */
  askedAt?: number | null
  /** Ids of the commands that it has obeyed, oldest first. Absent is none. */
  commands?: readonly string[]
  /** Nothing of what it makes is written to GitHub, in any attempt. Absent: it is. */
  dryRun?: true
  /** When it was asked for, open issues blocked its own. Absent: nobody knows. */
  blocked?: boolean
  baseRef: string
  baseSha: string | null
  branchName: string
  dispatch: Dispatch
  /** What keeps the present dispatch from leaving. Null: nothing does any more. Absent: nothing ever did. */
  waits?: Waits | null
  workflowRunId: number | null
  /** How the workflow run of the present job stands, by GitHub's own word. Absent or null: it said nothing. */
  ci?: CiState | null
  /** The workflow run of the job before the present one. Absent: there was none. */
  formerWorkflowRunId?: number
  sandboxProvider: string
  sandbox: SandboxState | null
  stop: { kind: 'cancel' | 'kill'; by: string; reason: string | null; at: number; code: ReasonCode } | null
  /** Who asked for a pause, and when; the status says whether it was reached. */
  pause: { by: string; at: number } | null
  /** What a resumed job goes on from: its digest in the store (null where only the paused sandbox has it), the last step done. */
  checkpoint: { digest: string | null; step: number; workedMs: number } | null
  /** What is left of the whole Run's clock, once it was paused. */
  runLeftMs: number | null
  progress: { step: number; of: number; title: string } | null
  /** The steps that the agent has told of, in order; the first `PLAN_STEPS_MAX`. Absent is none. */
  plan?: readonly PlanStep[]
  /** What people told the agent of the present attempt, in order. Absent is nothing. */
  messages?: readonly RunMessage[]
  /** How many messages there were in all attempts. Absent is none. */
  messagesSent?: number
  /** The agent of the present job is over, and reads nothing more. Absent or false: it is not, or an older ledger does not tell. */
  agentDone?: boolean
  git: { commits: number; files: number; additions: number; deletions: number; latestCommitMessage: string | null }
  summary: string | null
  handoff: Handoff | null
  proposal: { digest: string; bytes: number } | null
  branch: { name: string; sha: string } | null
  /** The present attempt's, after a person had it deleted. Absent or null: nobody did. */
  branchDropped?: { name: string; by: string } | null
  /** `draft`: whether GitHub opened it as one. Absent: an older ledger does not tell. */
  pullRequest: { number: number; url: string; draft?: boolean } | null
  /** A pull request that came into being after the Run had ended, and has to be closed again. */
  strayPullRequest: number | null
  comment: { id: number; url: string } | null
  checkRunId: number | null
  repeatedBy: Person | null
  clocks: Clocks
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  /** When the present attempt was asked for. Absent: it is the first one, or an older ledger does not tell. */
  attemptAt?: number
  /** Since when it stands paused; absent or null while it does not. */
  pausedAt?: number | null
  /** How long the present attempt stood paused before. Absent is never. */
  pausedMs?: number
  updatedAt: number
  /** The clock of the present state; null once the Run has ended. */
  deadlineAt: number | null
  /** The clock of the whole Run, from its bind. */
  runDeadlineAt: number | null
  /** Number of events folded. */
  seq: number
}

/** Folds one event into the Run. Pure: the same events give the same Run, on every machine and at any time. */
export function fold(run: Run, event: DraftEvent): Run {
  return foldInto({ ...run }, event)
}

/** Folds a whole history. Throws when it does not begin with `run.requested`. */
export function foldAll(id: string, events: readonly DraftEvent[]): Run {
  const [first, ...rest] = events
  if (first?.type !== 'run.requested') throw new Error(`Run ${id}: a history begins with run.requested`)
  return rest.reduce(foldInto, begin(id, first))
}

/** Writes to the copy that it is given: spreading one object over another costs several times as much (trust.md P4). */
function foldInto(run: Run, event: DraftEvent): Run {
  if ('callback' in event.data) {
    const dispatch = { ...run.dispatch }
    dispatch.lastSeq = event.data.callback.seq
    dispatch.lastDigest = event.data.callback.digest
    dispatch.lastHeardAt = event.at
    dispatch.silentAt = null
    run.dispatch = dispatch
  }
  if ('command' in event.data) run.commands = obeyedAfter(run, event.data.command)
  Object.assign(run, changes(run, event))
  run.seq += 1
  run.updatedAt = event.at
  return run
}

function changes(run: Run, event: DraftEvent): Partial<Run> {
  switch (event.type) {
    case 'run.requested':
      return {}
    case 'run.request_repeated':
      return { repeatedBy: event.data.by }
    case 'base.resolved':
      return { baseSha: event.data.sha, ...turnChanges(run) }
    case 'run.waits':
      return waitsChanges(run, event)
    case 'run.dispatched':
      return dispatched(run, event)
    case 'dispatch.overdue':
      return { deadlineAt: event.at + INSPECT_MS }
    case 'workflow.observed':
    case 'workflow.changed':
      return workflowChanges(run, event)
    case 'executor.silent':
      return {
        dispatch: { ...run.dispatch, silentAt: event.at },
        deadlineAt: Math.max(run.deadlineAt ?? 0, event.at + silenceUnansweredMs(run.clocks)),
      }
    case 'executor.bound':
      return bound(run, event)
    case 'status_comment.posted':
      return { comment: { id: event.data.commentId, url: event.data.url } }
    case 'check.published':
      return { checkRunId: event.data.checkRunId }
    case 'branch.published':
      return { branch: { name: event.data.name, sha: event.data.sha } }
    case 'branch.dropped':
      return { branch: null, branchDropped: { name: event.data.name, by: event.data.by } }
    case 'proposal.refused':
      return {}
    case 'pull_request.opened': {
      const { adopted: _, ...pullRequest } = event.data
      return isTerminal(run.status) ? { strayPullRequest: pullRequest.number } : { pullRequest }
    }
    case 'pull_request.withdrawn':
      return { strayPullRequest: null }
    case 'run.retried':
      return nextAttempt(run, event)
    case 'run.cancel_requested':
    case 'run.kill_requested':
      return stopping(run, event)
    case 'run.pause_requested':
    case 'run.pause_given_up':
    case 'run.paused':
    case 'run.resumed':
      return pauseChanges(run, event)
    case 'run.succeeded':
    case 'run.failed':
    case 'run.cancelled':
      return ended(run, event)
    case 'message.sent':
    case 'message.delivered':
    case 'message.seen':
      return messageChanges(run, event)
    default:
      return reported(run, event)
  }
}

function dispatched(run: Run, { data, at }: Extract<DraftEvent, { type: 'run.dispatched' }>): Partial<Run> {
  const dispatch = { ...run.dispatch, sends: data.send, firstSentAt: run.dispatch.firstSentAt ?? at }
  return {
    dispatch,
    ...waitsNoMore(run),
    ...(run.phase === 'dispatching' && !run.stop ? { deadlineAt: at + run.clocks.dispatchMs } : {}),
  }
}

function bound(run: Run, { data, at }: Extract<DraftEvent, { type: 'executor.bound' }>): Partial<Run> {
  const { dispatchId: _, ...binding } = data
  const runDeadlineAt = at + (run.runLeftMs ?? run.clocks.runMs)
  const acquiredBy = Math.min(at + run.clocks.acquireMs + ACQUIRE_REPORT_MARGIN_MS, runDeadlineAt)
  return {
    ...waitsNoMore(run),
    status: 'running',
    phase: 'acquiring_sandbox',
    startedAt: run.startedAt ?? at,
    workflowRunId: binding.workflowRunId,
    ci: ciAtBind(run, binding),
    dispatch: { ...run.dispatch, binding, boundAt: at, lastHeardAt: at },
    runDeadlineAt,
    deadlineAt: withPause({ pause: run.pause, status: 'running' }, acquiredBy, at),
  }
}

type Reported = Exclude<DraftEvent, { type: `${'run' | 'message'}.${string}` }>

/** Moves the phase on unless the Run is being stopped or has ended: late reports add facts, not life. */
function reported(run: Run, event: Reported): Partial<Run> {
  const active = run.status === 'running' && !run.stop
  const enter = (phase: Phase): Partial<Run> =>
    active ? { phase, deadlineAt: withPause(run, run.runDeadlineAt, run.dispatch.boundAt) } : {}
  switch (event.type) {
    case 'sandbox.requested':
      return {
        sandbox: {
          provider: event.data.provider,
          attemptId: event.data.attemptId,
          id: null,
          isolation: null,
          state: 'requested',
          requestedAt: event.at,
          ttlMs: 0,
          endsAt: (run.runDeadlineAt ?? event.at) + run.clocks.sandboxMarginMs,
        },
      }
    case 'sandbox.acquired':
      return {
        ...enter('preparing'),
        sandbox: {
          provider: event.data.provider,
          attemptId: run.sandbox?.attemptId ?? run.id,
          id: event.data.sandboxId,
          isolation: event.data.isolation,
          state: 'live',
          requestedAt: run.sandbox?.requestedAt ?? event.at,
          ttlMs: event.data.ttlMs,
          endsAt: event.at + event.data.ttlMs,
        },
      }
    case 'sandbox.resumed':
      return { ...enter('preparing'), ...checkpointChanges(run, event) }
    case 'checkpoint.saved':
    case 'sandbox.paused':
      return checkpointChanges(run, event)
    case 'sandbox.destroyed':
    case 'sandbox.reaped':
      return { sandbox: run.sandbox && { ...run.sandbox, state: 'gone' } }
    case 'workspace.prepared':
      return {}
    case 'agent.started':
      return enter('executing')
    case 'agent.progressed':
      return {
        progress: { step: event.data.step, of: event.data.of, title: event.data.title },
        plan: planWith(run.plan, event),
      }
    case 'agent.returned':
      return { agentDone: true }
    case 'agent.finished': {
      const { commits, files, additions, deletions, summary, handoff } = event.data
      return { git: { ...run.git, commits, files, additions, deletions }, summary, handoff, agentDone: true }
    }
    case 'proposal.submitted': {
      const { digest, bytes, commits, files, additions, deletions, latestCommitMessage } = event.data
      const proposal = { digest, bytes }
      const git = { commits, files, additions, deletions, latestCommitMessage }
      // A pause comes too late for what is handed over.
      return active
        ? { phase: 'publishing', deadlineAt: event.at + run.clocks.publishMs, pause: null, proposal, git }
        : { proposal, git }
    }
    case 'executor.finished':
      return { dispatch: { ...run.dispatch, finished: event.data.outcome } }
    default:
      return {}
  }
}
