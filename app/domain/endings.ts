/** How a Run is stopped and how it ends, whoever wants it so: what these events change in it. */
import type { ReasonCode } from '../contracts/status.ts'
import type { DraftEvent } from './events.ts'
import { pausedUntil } from './pause.ts'
import type { Run } from './run.ts'
import { waitsNoMore } from './waiting.ts'

export function stopping(
  run: Run,
  event: Extract<DraftEvent, { type: 'run.cancel_requested' | 'run.kill_requested' }>,
): Partial<Run> {
  const kind = event.type === 'run.kill_requested' ? 'kill' : 'cancel'
  const escalated = event.type === 'run.kill_requested' && event.data.escalated && run.stop
  const viaLabel = event.type === 'run.cancel_requested' && event.data.via === 'label'
  const code: ReasonCode = escalated
    ? run.stop!.code
    : kind === 'kill'
      ? 'kill'
      : viaLabel
        ? 'label_removed'
        : 'cancelled_by_person'
  const by = escalated ? run.stop!.by : event.data.by
  // A kill waits for the confirmed death of the sandbox, which the provider's own lifetime bounds.
  const endsAt = Math.max(run.sandbox?.endsAt ?? event.at, event.at + (run.sandbox?.ttlMs ?? 0))
  const killDeadline = endsAt + run.clocks.sandboxMarginMs
  return {
    stop: { kind, by, reason: event.data.reason, at: event.at, code },
    phase: 'cancelling',
    deadlineAt: kind === 'kill' ? killDeadline : event.at + run.clocks.cancelGraceMs,
  }
}

const statuses = { 'run.succeeded': 'succeeded', 'run.failed': 'failed', 'run.cancelled': 'cancelled' } as const

export function ended(
  run: Run,
  event: Extract<DraftEvent, { type: 'run.succeeded' | 'run.failed' | 'run.cancelled' }>,
): Partial<Run> {
  return {
    ...waitsNoMore(run),
    status: statuses[event.type],
    phase: null,
    reason: event.data.reason,
    reasonDetail: event.type === 'run.failed' ? event.data.detail : null,
    endedBy: event.type === 'run.cancelled' ? event.data.by : null,
    pause: null,
    pausedAt: null,
    pausedMs: pausedUntil(run, event.at),
    // Nobody reads them any more; the ledger has them.
    messages: [],
    endedAt: event.at,
    deadlineAt: null,
  }
}
