/**
 * What a Run's stream says about each event of the ledger: the names that browsers listen to (S003-118 to S003-125),
 * from the names in which the Run's history is kept. The table is total, so a new kind of event has to be placed here.
 */
import type { LedgerEventBody, RunBody, RunStreamData, RunStreamEvent } from '../contracts/api.ts'
import type { EventType, RunEvent } from './events.ts'

type Name<T extends EventType> = RunStreamEvent | ((event: Extract<RunEvent, { type: T }>) => RunStreamEvent)

const names: { [T in EventType]: Name<T> } = {
  // The Run exists, and later its job does: both are the start of something that people wait for.
  'run.requested': 'workflow.started',
  'executor.bound': 'workflow.started',
  'run.retried': 'workflow.started',

  'base.resolved': 'workflow.step.completed',
  'run.dispatched': 'workflow.step.started',
  'executor.started': 'workflow.step.completed',
  'sandbox.requested': 'workflow.step.started',
  'sandbox.acquired': 'workflow.step.completed',
  'sandbox.acquire_failed': 'workflow.step.failed',
  'workspace.prepared': 'workflow.step.completed',
  'agent.started': 'workflow.step.started',
  'agent.progressed': ({ data }) => `workflow.step.${data.state}`,
  'agent.returned': 'workflow.step.completed',
  'agent.finished': 'workflow.step.completed',
  'agent.failed': 'workflow.step.failed',
  'proposal.submitted': 'workflow.step.started',
  'proposal.refused': 'workflow.step.failed',
  'branch.published': 'workflow.step.completed',
  'checkpoint.saved': 'workflow.step.completed',
  'sandbox.paused': 'workflow.step.completed',
  'sandbox.resumed': 'workflow.step.completed',
  'sandbox.destroyed': 'workflow.step.completed',
  'sandbox.reaped': 'workflow.step.completed',
  'executor.finished': ({ data }) =>
    data.outcome === 'completed' || data.outcome === 'paused' ? 'workflow.step.completed' : 'workflow.step.failed',
  // Stopping is work of its own, until run.cancelled ends it.
  'run.cancel_requested': 'workflow.step.started',
  'run.kill_requested': 'workflow.step.started',
  'run.pause_requested': 'workflow.step.started',
  'run.pause_given_up': 'workflow.step.failed',
  'run.paused': 'workflow.step.completed',
  'run.resumed': 'workflow.step.started',
  // To tell the agent something is a step of its own, which is done when the agent has read it.
  'message.sent': 'workflow.step.started',
  'message.delivered': 'workflow.step.completed',
  'message.seen': 'workflow.step.completed',

  // What GitHub's own machinery shows or is asked about.
  'dispatch.overdue': 'ci.status',
  'workflow.observed': 'ci.status',
  'workflow.changed': 'ci.status',
  'executor.silent': 'ci.status',
  'check.published': 'ci.status',

  // What a reader of the issue sees change there.
  'run.request_repeated': 'issue.updated',
  'status_comment.posted': 'issue.updated',
  'run.waits': 'issue.updated',
  'pull_request.opened': 'issue.updated',
  'pull_request.withdrawn': 'issue.updated',
  'branch.dropped': 'issue.updated',

  'run.succeeded': 'workflow.completed',
  'run.failed': 'workflow.failed',
  // It did not bring what was asked for; `run.status` in the data says that a person wanted it so.
  'run.cancelled': 'workflow.failed',
}

/** The name under which an event of the ledger goes out. */
export function streamName(event: RunEvent): RunStreamEvent {
  const name = names[event.type] as Name<EventType>
  return typeof name === 'function' ? name(event) : name
}

/** `id:` of the event on its Run's stream; the browser sends it back as `Last-Event-ID`. */
export const streamId = (event: RunEvent): string => `${event.runId}/${event.seq}`

/** The data of one event; `run` is the Run as it stands now, so that a reader who missed some is right at once. */
export function streamData(event: RunEvent, run: RunBody): RunStreamData {
  const { type, seq, runId } = event
  return { v: 1, topic: `run:${runId}`, type, seq, at: new Date(event.at).toISOString(), data: dataOf(event), run }
}

/** What was asked for is long, and stands in the ledger and in the issue; a stream carries what is news. */
function dataOf(event: RunEvent): Record<string, unknown> {
  if (event.type !== 'run.requested') return { ...event.data }
  const { agent, baseRef, branch, requestedBy, sandboxProvider } = event.data
  return { agent, baseRef, branch, requestedBy, sandboxProvider }
}

/** The place that `Last-Event-ID` or `?after=` names. Null when it names none in this Run. */
export function placeOf(runId: string, id: string): number | null {
  const [run, seq, more] = id.includes('/') ? id.split('/') : [runId, id]
  return run === runId && more === undefined && /^\d{1,7}$/.test(seq ?? '') ? Number(seq) : null
}

/** An event of the ledger as the API shows it, complete enough to verify its hash. */
export function toLedgerBody(event: RunEvent): LedgerEventBody {
  const { v, runId, attempt, seq, type, at, actor, data, prev, hash } = event
  return { v, runId, attempt, seq, type, at: new Date(at).toISOString(), actor, data: { ...data }, prev, hash }
}
