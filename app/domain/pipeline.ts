/**
 * A Run in the words of OpenTelemetry's conventions for CI/CD pipelines (`cicd.*`): how it came out, and how long it was
 * in each of the three states that the convention knows.
 */
import type { ReasonCode } from '../contracts/status.ts'
import type { RunEvent } from './events.ts'
import type { Run } from './run.ts'

export type PipelineResult = 'success' | 'failure' | 'error' | 'timeout' | 'cancellation'

/** What the agent did, or what became of what it made; every other failure is the sandbox's, the runner's or ours. */
const agents: ReadonlySet<ReasonCode> = new Set([
  'agent_failed',
  'proposal_refused',
  'protected_path',
  'proposal_too_large',
  'secret_in_output',
])
const timeouts: ReadonlySet<ReasonCode> = new Set(['agent_timeout', 'run_timeout', 'pause_timeout', 'waiting_timeout'])

/** How a Run came out; null while it lives. */
export function pipelineResult({ status, reason }: Pick<Run, 'status' | 'reason'>): PipelineResult | null {
  if (status === 'succeeded') return 'success'
  if (status === 'cancelled') return 'cancellation'
  if (status !== 'failed') return null
  if (reason && agents.has(reason)) return 'failure'
  return reason && timeouts.has(reason) ? 'timeout' : 'error'
}

export interface PipelineStretch {
  /** Waiting for a job; from the bind; from the proposal on. */
  state: 'pending' | 'executing' | 'finalizing'
  from: number
  to: number
}

/** The stretches of an ended Run, in their order, without holes. Times are milliseconds since the epoch. */
export function pipelineStretches(run: Run, events: readonly RunEvent[]): PipelineStretch[] {
  const end = run.endedAt ?? run.updatedAt
  const at = (type: RunEvent['type']): number =>
    Math.min(events.find((event) => event.type === type && event.attempt === run.attempt)?.at ?? end, end)
  const [bound, proposed] = [at('executor.bound'), at('proposal.submitted')]
  const stretches: PipelineStretch[] = [
    { state: 'pending', from: run.createdAt, to: bound },
    { state: 'executing', from: bound, to: Math.max(bound, proposed) },
    { state: 'finalizing', from: Math.max(bound, proposed), to: end },
  ]
  return stretches.filter(({ from, to }) => to > from)
}
