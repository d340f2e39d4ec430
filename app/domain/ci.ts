/**
 * What GitHub says of the workflow run that does a Run, as its webhooks tell it. They are signed by GitHub, but a
 * workflow's name is text of whoever can run workflows there. So what they say is shown, and may hurry a question that is
 * put to GitHub itself; it never ends a Run. Once a job is bound, only its own workflow run is listened to.
 */
import { isTerminal, workflowStatuses } from '../contracts/status.ts'
import type { WorkflowStatus } from '../contracts/status.ts'
import type { DraftEvent } from './events.ts'
import type { Input, Refusal } from './inputs.ts'
import { CLOCK_SKEW_MS } from './policy.ts'
import type { Run } from './run.ts'

/** One attempt of a workflow run on GitHub, as it was last told of. */
export interface CiState {
  workflowRunId: number
  runAttempt: number
  status: WorkflowStatus
  /** GitHub's word for how it ended; null while it has not. */
  conclusion: string | null
  /** When we were told, in ms since the epoch. */
  at: number
}

type Place = Pick<CiState, 'workflowRunId' | 'runAttempt'>
const isSame = (a: Place, b: Place): boolean => a.workflowRunId === b.workflowRunId && a.runAttempt === b.runAttempt
/** GitHub's answers and webhooks overtake each other, and none leads back. */
const isNews = (ci: CiState | null | undefined, told: Place & { status: WorkflowStatus }): boolean =>
  !ci || !isSame(ci, told) || workflowStatuses.indexOf(told.status) > workflowStatuses.indexOf(ci.status)

/** Webhooks come twice and in any order: what is not news changes nothing, so a dispatch has at most two such events. */
export function decideChanged(run: Run, input: Extract<Input, { type: 'workflow.changed' }>): DraftEvent[] | Refusal {
  const { workflowRunId, runAttempt, status, conclusion, at } = input
  const { binding, id: dispatchId } = run.dispatch
  if (!(binding ? isSame(binding, input) : mayBeOurs(run, input))) {
    return { refused: 'foreign_job', message: 'This workflow run is not that of the Run.' }
  }
  if (!isNews(run.ci, input)) return []
  const data = { dispatchId, workflowRunId, runAttempt, status, conclusion }
  return [{ type: 'workflow.changed', data, at, actor: 'github' }]
}

/**
 * Before a job is bound its workflow run is known by its name alone. It is none of an earlier attempt; the first that
 * begins keeps the place until the bind, and only what was told to begin is believed to have ended.
 */
function mayBeOurs(run: Run, input: Extract<Input, { type: 'workflow.changed' }>): boolean {
  const since = run.dispatch.firstSentAt ?? run.attemptAt ?? run.createdAt
  if (isTerminal(run.status) || run.phase !== 'dispatching' || input.createdAt < since - CLOCK_SKEW_MS) return false
  if (input.workflowRunId === run.formerWorkflowRunId) return false
  return run.ci ? isSame(run.ci, input) : input.status === 'in_progress'
}

type EventOf<T extends DraftEvent['type']> = Extract<DraftEvent, { type: T }>

/** What a webhook told, or GitHub answered when it was asked about a dispatch. */
export function workflowChanges(run: Run, event: EventOf<'workflow.changed' | 'workflow.observed'>): Partial<Run> {
  if (event.type === 'workflow.changed') {
    const { dispatchId: _, ...told } = event.data
    return { ci: { ...told, at: event.at } }
  }
  return {
    workflowRunId: event.data.workflowRunId ?? run.workflowRunId,
    ...observed(run, event),
    // The answer may come when a job is bound already, and has another clock.
    ...(run.phase === 'dispatching' ? { deadlineAt: event.at + run.clocks.dispatchMs } : {}),
  }
}

/** Older ledgers do not tell which attempt of the workflow run was seen. */
function observed({ ci, dispatch }: Run, { data, at }: EventOf<'workflow.observed'>): Pick<Run, 'ci'> {
  const { state: status, workflowRunId, runAttempt, conclusion } = data
  if (status === 'absent' || workflowRunId === null || runAttempt === undefined || dispatch.binding) return {}
  const seen = { workflowRunId, runAttempt, status, conclusion, at }
  return isNews(ci, seen) ? { ci: seen } : {}
}

/** At the bind: what was told of another workflow run than the job's own is forgotten. */
export const ciAtBind = ({ ci }: Run, bound: Place): CiState | null => (ci && isSame(ci, bound) ? ci : null)

/** For the next job of a Run: nothing is known of it, and what is told of the last one is not taken for it. */
export function ciOfNextJob({ ci, workflowRunId }: Run): Pick<Run, 'ci' | 'formerWorkflowRunId'> {
  const former = workflowRunId ?? ci?.workflowRunId ?? null
  return { ...(ci ? { ci: null } : {}), ...(former === null ? {} : { formerWorkflowRunId: former }) }
}

/** When GitHub told that the bound job has ended, in ms since the epoch; null while it did not. */
export const endedOnGitHubAt = ({ ci, dispatch }: Run): number | null =>
  ci?.status === 'completed' && dispatch.binding ? ci.at : null
