/**
 * The rules: what an input does to a Run. Pure: time comes with the input, and the answer is a list of events or a
 * refusal that changes nothing. An input that fits no rule is refused by name, never swallowed.
 */
import { isTerminal } from '../contracts/status.ts'
import type { ReasonCode } from '../contracts/status.ts'
import { decideRetry } from './attempts.ts'
import { decideDrop } from './branch.ts'
import { decideChanged } from './ci.ts'
import { isCosmetic } from './effects.ts'
import type { EffectType } from './effects.ts'
import type { AppEventData, DraftEvent } from './events.ts'
import type { Input, Outcome, Refusal } from './inputs.ts'
import { decideSay, strangeReport } from './messages.ts'
import { hasObeyed, named } from './obeyed.ts'
import { DISPATCH_SENDS_MAX, silenceAskedMs } from './policy.ts'
import type { Run } from './run.ts'
import { decidePause, decideResume, givenUp, jobPaused } from './pause.ts'
import { decideWaits, isBaseOld, waitedText } from './waiting.ts'
import { heardAt, hurriedAt, isAsked, isAskedInTime, needsExecutor } from './schedule.ts'

type Of<T extends Input['type']> = Extract<Input, { type: T }>
type Decision = DraftEvent[] | Refusal

const APP = 'app'
const EXECUTOR = 'executor'

/** Decides what an input means for the Run as it stands. */
export function decide(run: Run, input: Input): Decision {
  if ('command' in input && hasObeyed(run, input.command)) return []
  switch (input.type) {
    case 'request.repeated':
      return repeated(run, input)
    case 'cancel':
      return cancel(run, input)
    case 'kill':
      return kill(run, input)
    case 'pause':
      return decidePause(run, input)
    case 'resume':
      return decideResume(run, input)
    case 'retry':
      return decideRetry(run, input)
    case 'say':
      return decideSay(run, input)
    case 'branch.drop':
      return decideDrop(run, input)
    case 'bind':
      return bind(run, input)
    case 'callback':
      return callback(run, input)
    case 'workflow.changed':
      return decideChanged(run, input)
    case 'tick':
      return tick(run, input)
    case 'outcome':
      return input.outcome === null ? [] : outcome(run, input.outcome, input.at)
    case 'effect.abandoned':
      return abandoned(run, input)
    default: {
      const unknown = (input as { type?: unknown }).type
      return { refused: 'unknown_input', message: `Unknown input ${JSON.stringify(unknown)}: nothing was changed.` }
    }
  }
}

function repeated(run: Run, { by, triggerId, at }: Of<'request.repeated'>): Decision {
  if (isTerminal(run.status)) return endedRefusal(run)
  // The answer is given once per Run (surfaces.md 1.4); the request itself has left its delivery behind.
  return run.repeatedBy ? [] : [{ type: 'run.request_repeated', data: { by, triggerId }, at, actor: by.login }]
}

function cancel(run: Run, { by, reason, via, command, at }: Of<'cancel'>): Decision {
  if (isTerminal(run.status)) return endedRefusal(run)
  if (run.stop) return { refused: 'not_allowed_now', message: `Run ${run.id} is being stopped already.` }
  const requested: DraftEvent = {
    type: 'run.cancel_requested',
    data: { by, reason, via, ...named(command) },
    at,
    actor: by,
  }
  // Nobody works on it yet, or not any more: there is no checkpoint to wait for.
  if (run.dispatch.binding === null || run.dispatch.finished !== null)
    return [requested, cancelled(via === 'label' ? 'label_removed' : 'cancelled_by_person', by, at)]
  return [requested]
}

function kill(run: Run, { by, reason, via, command, at }: Of<'kill'>): Decision {
  if (isTerminal(run.status)) return endedRefusal(run)
  if (run.stop?.kind === 'kill')
    return { refused: 'not_allowed_now', message: `Run ${run.id} is being killed already.` }
  const asked = { by, reason, ...(via === undefined ? {} : { via }), ...named(command) }
  return killNow(run, { ...asked, escalated: false, at })
}

function killNow(run: Run, { at, ...asked }: AppEventData['run.kill_requested'] & { at: number }): DraftEvent[] {
  const { by, escalated } = asked
  const requested: DraftEvent = { type: 'run.kill_requested', data: asked, at, actor: by }
  // The Run ends when the sandbox is confirmed gone; where none was asked for, that is now.
  const nothingToKill = run.sandbox === null || run.sandbox.state === 'gone'
  const code = escalated && run.stop ? run.stop.code : 'kill'
  return nothingToKill ? [requested, cancelled(code, escalated && run.stop ? run.stop.by : by, at)] : [requested]
}

function bind(run: Run, { dispatchId, binding, at }: Of<'bind'>): Decision {
  if (dispatchId !== run.dispatch.id)
    return { refused: 'foreign_job', message: 'This dispatch is not the current one.' }
  const bound = run.dispatch.binding
  if (bound) {
    const same = bound.bind === binding.bind && bound.jkt === binding.jkt
    return same ? [] : { refused: 'already_bound', message: 'Another job is bound to this dispatch.' }
  }
  if (isTerminal(run.status)) return endedRefusal(run)
  if (run.stop) return { refused: 'not_allowed_now', message: 'This Run is being stopped.' }
  return [{ type: 'executor.bound', data: { ...binding, dispatchId }, at, actor: EXECUTOR }]
}

function callback(run: Run, input: Of<'callback'>): Decision {
  const { dispatchId, bind, jkt, mark, event, at } = input
  const { binding, lastSeq, lastDigest, id } = run.dispatch
  if (!binding) return { refused: 'not_bound', message: 'No job is bound to this Run.' }
  if (dispatchId !== id || bind !== binding.bind || jkt !== binding.jkt) {
    return { refused: 'foreign_job', message: 'This job is not the one that the Run is bound to.' }
  }
  const expectedSeq = lastSeq + 1
  if (mark.seq < expectedSeq) return { refused: 'duplicate', message: 'This callback was folded before.', expectedSeq }
  if (mark.seq > expectedSeq)
    return { refused: 'expected_seq', message: `Callback ${expectedSeq} comes first.`, expectedSeq }
  if (mark.prev !== lastDigest)
    return { refused: 'fork', message: 'This callback follows another history.', expectedSeq }

  const farewell = event.type === 'sandbox.destroyed' || event.type === 'executor.finished'
  if (isTerminal(run.status) && !farewell) return { ...endedRefusal(run), expectedSeq }
  if (run.status === 'paused' && event.type !== 'sandbox.destroyed') {
    return { refused: 'not_allowed_now', message: 'This Run is paused: its job has said all that it had.', expectedSeq }
  }
  if (run.stop?.kind === 'kill' && event.type !== 'sandbox.destroyed') {
    return {
      refused: 'only_destroyed',
      message: 'This Run is being killed: only sandbox.destroyed is heard.',
      expectedSeq,
    }
  }
  if (!isTerminal(run.status) && run.runDeadlineAt !== null && at > run.runDeadlineAt && !farewell) {
    return { refused: 'past_deadline', message: 'The deadline of this Run has passed.', expectedSeq }
  }
  const ofMessage = event.type === 'message.delivered' || event.type === 'message.seen'
  const strange = ofMessage ? strangeReport(run, event.type, event.data.id) : null
  if (strange) return { ...strange, expectedSeq }
  // The branch is written of what was judged; what comes afterwards would be published unseen.
  if (event.type === 'proposal.submitted' && run.proposal !== null)
    return { refused: 'not_allowed_now', message: 'This Run has its proposal already.', expectedSeq }
  const folded = { type: event.type, data: { ...event.data, callback: mark }, at, actor: EXECUTOR } as DraftEvent
  return [folded, ...consequences(run, event, at)]
}

/** What a report means for the Run's own life. */
function consequences(run: Run, event: Of<'callback'>['event'], at: number): DraftEvent[] {
  if (isTerminal(run.status)) return []
  switch (event.type) {
    case 'sandbox.acquire_failed':
      return run.stop ? [] : [failed(event.data.reason, event.data.detail, at)]
    case 'agent.failed':
      return run.stop ? [] : [failed(event.data.reason, event.data.detail, at)]
    case 'sandbox.destroyed':
      return run.stop?.kind === 'kill' ? [killed(run.stop, at)] : []
    case 'executor.finished':
      return finished(run, event.data, at)
    default:
      return []
  }
}

function finished(
  run: Run,
  data: { outcome: string; reason: ReasonCode | null; detail: string | null },
  at: number,
): DraftEvent[] {
  if (run.stop) return [cancelled(run.stop.code, run.stop.by, at)]
  if (data.outcome === 'paused') return jobPaused(run, at)
  if (data.outcome === 'failed') return [failed(data.reason ?? 'executor_failed', data.detail, at)]
  if (data.outcome === 'cancelled') {
    // The job was cancelled on GitHub itself, where the app is not asked first.
    const by = 'GitHub Actions'
    return [
      { type: 'run.cancel_requested', data: { by, reason: data.detail, via: 'actions' }, at, actor: EXECUTOR },
      cancelled('cancelled_by_person', by, at),
    ]
  }
  return run.proposal === null ? [{ type: 'run.succeeded', data: { reason: 'no_changes' }, at, actor: APP }] : []
}

function tick(run: Run, { heartbeatAt, at }: Of<'tick'>): Decision {
  if (isTerminal(run.status)) return []
  const heard = heardAt(run, heartbeatAt)
  const inTime = run.runDeadlineAt === null || at < run.runDeadlineAt
  if (heard !== null && needsExecutor(run) && inTime && at >= hurriedAt(run, heard)) return [silent(run, heard, at)]
  if (heard !== null && needsExecutor(run) && at - heard >= run.clocks.heartbeatLostMs) {
    if (run.stop) return killNow(run, { by: APP, reason: 'no heartbeat while cancelling', escalated: true, at })
    if (inTime && !isAskedInTime(run, heard)) return [silent(run, heard, at)]
    if (!inTime || at >= run.dispatch.silentAt! + silenceAskedMs(run.clocks))
      return [failed('heartbeat_lost', `Nothing was heard for ${Math.round((at - heard) / 1000)} s.`, at)]
  }
  if (run.deadlineAt === null || at < run.deadlineAt) return []
  // It may be we who were away: then the sandbox is long there, and only the report is missing.
  const missed = heard !== null && at - heard >= silenceAskedMs(run.clocks)
  if (run.phase === 'acquiring_sandbox' && missed && !isAsked(run, heard)) return [silent(run, heard, at)]
  return overdue(run, at)
}

function silent(run: Run, heard: number, at: number): DraftEvent {
  return { type: 'executor.silent', data: { dispatchId: run.dispatch.id, silentMs: at - heard }, at, actor: APP }
}

function overdue(run: Run, at: number): DraftEvent[] {
  if (run.stop?.kind === 'kill') {
    // No lifetime ends a paused sandbox: its death stays owed beyond the end of its Run.
    if (run.sandbox?.state === 'paused') return [killed(run.stop, at)]
    return [
      { type: 'sandbox.reaped', data: { sandboxId: run.sandbox?.id ?? 'unknown', how: 'expired' }, at, actor: APP },
      killed(run.stop, at),
    ]
  }
  if (run.stop) return killNow(run, { by: APP, reason: 'the cancel was not answered in time', escalated: true, at })
  if (run.status === 'paused') return [failed('pause_timeout', null, at)]
  const goesOn = givenUp(run, at)
  if (goesOn) return [goesOn]
  switch (run.phase) {
    case 'dispatching':
      if (run.waits) return [failed('waiting_timeout', waitedText(run.waits), at)]
      if (run.dispatch.sends === 0)
        return [failed('dispatch_failed', 'GitHub did not accept the dispatch in time.', at)]
      return [{ type: 'dispatch.overdue', data: { dispatchId: run.dispatch.id }, at, actor: APP }]
    case 'acquiring_sandbox':
      return [failed('sandbox_acquire_timeout', null, at)]
    case 'publishing':
      return run.dryRun
        ? [failed('proposal_unchecked', 'There was no answer in time.', at)]
        : [failed('publish_failed', 'The pull request could not be opened in time.', at)]
    default:
      return [failed('run_timeout', null, at)]
  }
}

function outcome(run: Run, result: Outcome, at: number): Decision {
  const over = isTerminal(run.status)
  const event = { ...result, at, actor: APP } as DraftEvent
  switch (result.type) {
    case 'refused':
      if (over) return []
      // Nothing went wrong: nobody wants it any more.
      if (result.data.reason === 'issue_closed') return [cancelled('issue_closed', null, at)]
      return [failed(result.data.reason, result.data.detail, at)]
    case 'proposal.refused':
      return over ? [] : [event, failed(result.data.reason, result.data.detail, at)]
    case 'proposal.accepted':
      // Nothing was written, so that a stop is never too late.
      return over || run.stop ? [] : [{ type: 'run.succeeded', data: { reason: 'dry_run' }, at, actor: APP }]
    case 'workflow.observed':
      return over ? [] : [event, ...observed(run, result.data, at)]
    case 'executor.gone': {
      const how = `The job ended (${result.data.conclusion ?? 'no conclusion'}) without a report of how.`
      return over || run.stop || !needsExecutor(run) ? [] : [failed('heartbeat_lost', how, at)]
    }
    case 'pull_request.opened':
      // A kill ends a Run when its sandbox is gone, and by nothing else; who opened it takes it back.
      if (!over && run.stop?.kind === 'kill') return []
      if (over || run.pullRequest) return over && run.pullRequest === null ? [event] : []
      // A cancel that comes after the pull request exists comes too late, and says so by ending succeeded.
      return [event, { type: 'run.succeeded', data: { reason: 'pull_request_opened' }, at, actor: APP }]
    case 'sandbox.reaped':
      if (run.sandbox?.state === 'gone') return []
      return over || run.stop?.kind !== 'kill' ? [event] : [event, killed(run.stop, at)]
    case 'branch.published':
      return run.branch ? [] : [event]
    case 'status_comment.posted':
      return run.comment?.id === result.data.commentId ? [] : [event]
    case 'check.published':
      // Without a branch it is the late answer to the attempt before.
      return run.branch === null || run.checkRunId === result.data.checkRunId ? [] : [event]
    case 'run.waits':
      return decideWaits(run, result.data, at)
    case 'base.resolved':
      return run.baseSha === null || isBaseOld(run) ? [event] : []
    case 'run.dispatched':
    case 'pull_request.withdrawn':
      return [event]
  }
}

function observed(run: Run, data: { state: string; conclusion: string | null }, at: number): DraftEvent[] {
  if (run.dispatch.binding || run.stop) return []
  const waitedMs = at - (run.dispatch.firstSentAt ?? at)
  switch (data.state) {
    case 'absent':
      return run.dispatch.sends < DISPATCH_SENDS_MAX
        ? []
        : [failed('dispatch_timeout', 'GitHub shows no workflow run for it.', at)]
    case 'completed':
      return [
        failed('dispatch_failed', `The workflow ended (${data.conclusion ?? 'no conclusion'}) before it reported.`, at),
      ]
    default:
      return waitedMs >= run.clocks.queuedMs
        ? [
            failed(
              'dispatch_timeout',
              `The workflow was still ${data.state} after ${Math.round(waitedMs / 1000)} s.`,
              at,
            ),
          ]
        : []
  }
}

const reasonOfAbandoned: Partial<Record<EffectType, ReasonCode>> = {
  resolveBase: 'dispatch_failed',
  dispatch: 'dispatch_failed',
  inspectWorkflow: 'dispatch_timeout',
  publishBranch: 'publish_failed',
  checkProposal: 'proposal_unchecked',
  openPullRequest: 'publish_failed',
}

/** An effect that was tried for the last time. Surfaces that only show the Run do not end it. */
function abandoned(run: Run, { effect, detail, at }: Of<'effect.abandoned'>): Decision {
  if (effect === 'destroySandbox' && run.sandbox) {
    const data = { sandboxId: run.sandbox.id ?? 'unknown', how: 'expired' } as const
    return outcome(run, { type: 'sandbox.reaped', data }, at)
  }
  const reason = reasonOfAbandoned[effect as EffectType]
  if (!reason || isCosmetic(effect as EffectType) || isTerminal(run.status)) return []
  return [failed(reason, detail, at)]
}

function failed(reason: ReasonCode, detail: string | null, at: number): DraftEvent {
  return { type: 'run.failed', data: { reason, detail }, at, actor: APP }
}

function cancelled(reason: ReasonCode, by: string | null, at: number): DraftEvent {
  return { type: 'run.cancelled', data: { reason, by }, at, actor: APP }
}

/** The sandbox is confirmed gone. How long that took stands in the ledger (S002-078, S002-120). */
function killed({ code, by, at: since }: NonNullable<Run['stop']>, at: number): DraftEvent {
  return { type: 'run.cancelled', data: { reason: code, by, killMs: Math.max(0, at - since) }, at, actor: APP }
}

function endedRefusal(run: Run): Refusal {
  return { refused: 'ended', message: `Run ${run.id} already ended: ${run.status}.` }
}
