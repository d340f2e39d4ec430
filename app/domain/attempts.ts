/** What a retry opens: the next attempt of the same Run, on a fresh base, with a dispatch and a branch of its own. */
import { isTerminal } from '../contracts/status.ts'
import { ciOfNextJob } from './ci.ts'
import { isCosmetic, owesSandbox } from './effects.ts'
import type { Effect } from './effects.ts'
import type { DraftEvent, Person } from './events.ts'
import type { Input, Refusal } from './inputs.ts'
import { named } from './obeyed.ts'
import { ATTEMPTS_MAX } from './policy.ts'
import type { Dispatch, Run } from './run.ts'

/** Thrown by a store: another Run became the live one of the issue in between. */
export class IssueTaken extends Error {
  constructor(runId: string) {
    super(`Another Run works on the issue of Run ${runId}.`)
    this.name = 'IssueTaken'
  }
}

/** In whose name the present attempt works: their access is checked, and they are told when it needs somebody. */
export const askerOf = (run: Run): Person => run.retriedBy ?? run.requestedBy

/** What the agent is told besides the issue. */
export const instructionsOf = (run: Run): string => run.revised ?? run.instructions

/** Under this name a sandbox is made for the present attempt. */
export const attemptIdOf = ({ id, attempt }: Pick<Run, 'id' | 'attempt'>): string => `${id}.${attempt}`

export function newDispatch(id: string): Dispatch {
  return {
    id,
    sends: 0,
    firstSentAt: null,
    binding: null,
    boundAt: null,
    lastSeq: 0,
    lastDigest: null,
    lastHeardAt: null,
    silentAt: null,
    finished: null,
  }
}

/** Terminal is absorbing within an attempt; this is the one way to the next one. */
export function decideRetry(
  run: Run,
  { by, byId, via, command, dispatchId, instructions, askedAt, at }: Extract<Input, { type: 'retry' }>,
): DraftEvent[] | Refusal {
  const refuse = (message: string): Refusal => ({ refused: 'not_allowed_now', message })
  if (!isTerminal(run.status)) return refuse(`Run ${run.id} is still ${run.status}, so there is nothing to retry.`)
  if (run.status === 'succeeded') return refuse(`Run ${run.id} already succeeded, so there is nothing to retry.`)
  if (owesSandbox(run)) return refuse(`The sandbox of Run ${run.id} is not confirmed gone yet. Try again in a minute.`)
  if (run.attempt >= ATTEMPTS_MAX) return refuse(`Run ${run.id} had ${ATTEMPTS_MAX} attempts. Assign the agent anew.`)
  const attempt = run.attempt + 1
  const branch = `${run.branchName.replace(/\.\d+$/, '')}.${attempt}`
  const who = { by, ...(byId === undefined ? {} : { byId }), ...(via === undefined ? {} : { via }) }
  const told = {
    ...(instructions === undefined ? {} : { instructions }),
    ...(askedAt === undefined ? {} : { askedAt }),
    ...named(command),
  }
  return [{ type: 'run.retried', data: { ...who, attempt, dispatchId, branch, ...told }, at, actor: by }]
}

/**
 * Why a Run cannot have its next attempt yet; null when it can. What was begun for the last one may still have its
 * effect, and would have it on the next: its pull request would become theirs, or their job would be cancelled.
 */
export function windingUp(run: Run, pending: readonly Effect[]): Refusal | null {
  const acts = ({ type, attempts }: Effect) => type === 'withdrawPullRequest' || (attempts > 0 && !isCosmetic(type))
  if (!pending.some(acts)) return null
  const message = `Attempt ${run.attempt} of Run ${run.id} is not wound up yet. Try again in a minute.`
  return { refused: 'not_allowed_now', message }
}

/** The Run at the start of its next attempt. What people asked for stays; what the last attempt did is history. */
export function nextAttempt(run: Run, { data, at }: Extract<DraftEvent, { type: 'run.retried' }>): Partial<Run> {
  return {
    status: 'queued',
    phase: 'dispatching',
    reason: null,
    reasonDetail: null,
    endedBy: null,
    attempt: data.attempt,
    ...(data.instructions === undefined ? {} : { revised: data.instructions }),
    attemptAt: at,
    ...(run.askedAt === undefined && data.askedAt === undefined ? {} : { askedAt: data.askedAt ?? null }),
    pausedAt: null,
    pausedMs: 0,
    baseSha: null,
    branchName: data.branch,
    dispatch: newDispatch(data.dispatchId),
    workflowRunId: null,
    agentDone: false,
    ...ciOfNextJob(run),
    sandbox: null,
    stop: null,
    pause: null,
    checkpoint: null,
    runLeftMs: null,
    progress: null,
    plan: [],
    git: { commits: 0, files: 0, additions: 0, deletions: 0, latestCommitMessage: null },
    summary: null,
    handoff: null,
    proposal: null,
    branch: null,
    branchDropped: null,
    checkRunId: null,
    repeatedBy: null,
    retriedBy: data.byId === undefined ? null : { id: data.byId, login: data.by },
    startedAt: null,
    endedAt: null,
    deadlineAt: at + run.clocks.dispatchMs,
    runDeadlineAt: null,
  }
}
