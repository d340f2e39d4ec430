/**
 * Pause and resume, as the same Run: the job ends at a checkpoint, the Run's clock stands still and a clock of its own
 * runs; a resume is a new dispatch of the same attempt, which goes on from the checkpoint.
 */
import { isTerminal } from '../contracts/status.ts'
import { newDispatch } from './attempts.ts'
import { ciOfNextJob } from './ci.ts'
import type { DraftEvent } from './events.ts'
import type { Input, Refusal } from './inputs.ts'
import { queuedAgain } from './messages.ts'
import { named } from './obeyed.ts'
import { ACQUIRE_REPORT_MARGIN_MS, PAUSE_GRACE_MS } from './policy.ts'
import { notAllowedText, stoppedAlreadyText } from './render/replies.ts'
import type { Run } from './run.ts'

type Of<T extends Input['type']> = Extract<Input, { type: T }>
type EventOf<T extends DraftEvent['type']> = Extract<DraftEvent, { type: T }>

const refusal = (message: string): Refusal => ({ refused: 'not_allowed_now', message })

/** A Run that ended, or is about to, can be neither paused nor resumed. */
function overFor(run: Run, verb: 'pause' | 'resume'): Refusal | null {
  if (isTerminal(run.status)) return { refused: 'ended', message: notAllowedText(run, verb) }
  return run.stop ? refusal(stoppedAlreadyText(run)) : null
}

/** Only what works can be paused; what is handed over already is published first. */
export function decidePause(run: Run, { by, via, command, at }: Of<'pause'>): DraftEvent[] | Refusal {
  const over = overFor(run, 'pause')
  if (over) return over
  if (run.status !== 'running') return refusal(notAllowedText(run, 'pause'))
  if (run.pause) return refusal(`Run ${run.id} is being paused already.`)
  if (run.phase === 'publishing')
    return refusal(`Run ${run.id} is publishing its change, so there is nothing to pause.`)
  return [{ type: 'run.pause_requested', data: { by, via, ...named(command) }, at, actor: by }]
}

export function decideResume(run: Run, { by, via, command, dispatchId, at }: Of<'resume'>): DraftEvent[] | Refusal {
  const over = overFor(run, 'resume')
  if (over) return over
  if (run.status !== 'paused') {
    const early = `Run ${run.id} is still being paused. Resume it when it is paused.`
    return refusal(run.pause ? early : notAllowedText(run, 'resume'))
  }
  // What still runs would be taken for the new job's, and be destroyed with it.
  if (run.sandbox && run.sandbox.state !== 'gone' && run.sandbox.state !== 'paused')
    return refusal(`The sandbox of Run ${run.id} is not confirmed gone yet. Try again in a minute.`)
  return [{ type: 'run.resumed', data: { by, via, dispatchId, ...named(command) }, at, actor: by }]
}

/** The job ended at a checkpoint. One that paused after its pause had been given up is believed all the same. */
export function jobPaused(run: Run, at: number): DraftEvent[] {
  const by = run.pause?.by ?? 'GitHub Actions'
  const leftMs = Math.max(0, (run.runDeadlineAt ?? at) - at)
  return [{ type: 'run.paused', data: { by, reason: 'paused_by_person', leftMs }, at, actor: 'app' }]
}

/** When a pause that the job does not come to is given up; null while none is asked for of a job that is there. */
function pauseDueAt(run: Pick<Run, 'pause' | 'status'>, boundAt: number | null): number | null {
  if (!run.pause || run.status === 'paused' || boundAt === null) return null
  return Math.max(run.pause.at, boundAt) + PAUSE_GRACE_MS
}

/** The job works on as if nobody had asked. Null when there is no pause to give up. */
export function givenUp(run: Run, at: number): DraftEvent | null {
  const dueAt = pauseDueAt(run, run.dispatch.boundAt)
  const outOfTime = run.runDeadlineAt !== null && at >= run.runDeadlineAt
  if (dueAt === null || at < dueAt || outOfTime) return null
  const data = { by: run.pause!.by, waitedMs: at - run.pause!.at }
  return { type: 'run.pause_given_up', data, at, actor: 'app' }
}

/** The clock of a state, or the end of the patience with a pause where that comes first. */
export function withPause(
  run: Pick<Run, 'pause' | 'status'>,
  deadlineAt: number | null,
  boundAt: number | null,
): number | null {
  const dueAt = pauseDueAt(run, boundAt)
  if (dueAt === null || deadlineAt === null) return deadlineAt
  return Math.min(deadlineAt, dueAt)
}

type PauseEvent = EventOf<'run.pause_requested' | 'run.pause_given_up' | 'run.paused' | 'run.resumed'>

/** What these events change in the Run. */
export function pauseChanges(run: Run, event: PauseEvent): Partial<Run> {
  const { at } = event
  switch (event.type) {
    case 'run.pause_requested': {
      const pause = { by: event.data.by, at }
      return { pause, deadlineAt: withPause({ ...run, pause }, run.deadlineAt, run.dispatch.boundAt) }
    }
    case 'run.pause_given_up': {
      const acquiring = run.phase === 'acquiring_sandbox' && run.dispatch.boundAt !== null
      const acquiredBy = (run.dispatch.boundAt ?? at) + run.clocks.acquireMs + ACQUIRE_REPORT_MARGIN_MS
      return { pause: null, deadlineAt: acquiring ? acquiredBy : run.runDeadlineAt }
    }
    case 'run.paused':
      return {
        status: 'paused',
        phase: null,
        reason: event.data.reason,
        pause: { by: event.data.by, at: run.pause?.at ?? at },
        runLeftMs: event.data.leftMs,
        pausedAt: at,
        ...queuedAgain(run),
        runDeadlineAt: null,
        deadlineAt: at + run.clocks.pauseMs,
      }
    case 'run.resumed':
      return {
        status: 'running',
        phase: 'dispatching',
        reason: null,
        pause: null,
        pausedAt: null,
        pausedMs: pausedUntil(run, at),
        dispatch: newDispatch(event.data.dispatchId),
        workflowRunId: null,
        agentDone: false,
        ...ciOfNextJob(run),
        deadlineAt: at + run.clocks.dispatchMs,
      }
  }
}

/** How long the present attempt stood paused until then: no time of work, whether it goes on or ends. */
export function pausedUntil({ pausedAt, pausedMs = 0 }: Run, at: number): number {
  return typeof pausedAt === 'number' ? pausedMs + Math.max(0, at - pausedAt) : pausedMs
}

/** What the job says of its checkpoint and of a sandbox that is put away or brought back. */
export function checkpointChanges(
  run: Run,
  event: EventOf<'checkpoint.saved' | 'sandbox.paused' | 'sandbox.resumed'>,
): Partial<Run> {
  const { data, at } = event
  switch (event.type) {
    case 'checkpoint.saved': {
      const { digest, step, commits, ms } = event.data
      const workedMs = (run.checkpoint?.workedMs ?? 0) + ms
      return { checkpoint: { digest, step, workedMs }, git: { ...run.git, commits } }
    }
    case 'sandbox.paused':
      // From now on the provider keeps it for as long as nobody says otherwise.
      return { sandbox: run.sandbox && { ...run.sandbox, state: 'paused', endsAt: at + run.clocks.pauseMs } }
    case 'sandbox.resumed': {
      const { ttlMs, sandboxId } = data as EventOf<'sandbox.resumed'>['data']
      return { sandbox: run.sandbox && { ...run.sandbox, id: sandboxId, state: 'live', ttlMs, endsAt: at + ttlMs } }
    }
  }
}
