/** What came of an effect that was performed, and what it means for the Run that owes it. Pure, as one write. */
import { isTerminal } from '../contracts/status.ts'
import { apply, withEffects } from './change.ts'
import type { Change, StoredRun } from './change.ts'
import { decide } from './decide.ts'
import type { Effect, EffectType } from './effects.ts'
import type { DraftEvent } from './events.ts'
import type { Input, Outcome, Refusal } from './inputs.ts'
import type { Run } from './run.ts'
import {
  EFFECT_BACKOFF_CLOCKED_MAX_MS,
  EFFECT_BACKOFF_MAX_MS,
  EFFECT_BACKOFF_OWED_MAX_MS,
  EFFECT_WAITS_MAX,
  backoffMs,
} from './policy.ts'
import { attemptsMax, isObligation, settle, takenBack } from './schedule.ts'

export type EffectResult =
  /** `againAfterMs`: it could do nothing yet, and is kept for another look; a Run's own clocks end what waits for ever. */
  | { ok: true; outcome: Outcome | null; memo?: Record<string, string>; againAfterMs?: number }
  /**
   * `waits`: nothing failed, it is only not its turn. `away`: GitHub is down, whoever asks. Neither says anything of the
   * Run, so neither counts against its tries, but for those whose tries decide.
   */
  | { ok: false; detail: string; retryAfterMs: number | null; final: boolean; waits: boolean; away?: boolean }

export interface ClaimedEffect {
  run: Run
  effect: Effect
  memo: Record<string, string>
  token: string
}

export interface FinishedEffect {
  /** `stale`: somebody else has taken it since, and nothing was changed. */
  end: 'done' | 'retry' | 'abandoned' | 'stale'
  /** What was taken in the same write; null when nothing more is due. */
  next: ClaimedEffect | null
}

const ERROR_CHARS_MAX = 500

/** Under this name a Run remembers that an effect of the type was given up. */
export const triedMemo = (type: Effect['type']): string => `gave up ${type}`

interface Finished {
  write: Change
  end: 'done' | 'retry' | 'abandoned'
}

/** The write that records the result of an effect, which is one of the Run's own. */
export function finished(
  deps: { sha256(text: string): string; chance(): number },
  stored: StoredRun,
  effect: Effect,
  result: EffectResult,
  at: number,
): Finished {
  const rest = { ...stored, effects: stored.effects.filter((e) => e !== effect) }
  if (result.ok) return succeeded(deps, { ...rest, memo: { ...stored.memo, ...result.memo } }, effect, result, at)
  const held = result.waits || (result.away === true && !triesDecide.has(effect.type))
  const waited = (effect.waited ?? 0) + Number(held)
  const failures = effect.attempts - waited
  const isSpent = failures >= attemptsMax(effect.type) || (waited > EFFECT_WAITS_MAX && !isObligation(effect.type))
  if (result.final || (isSpent && !isInWaiting(stored.run, effect) && !isOwed(stored.run, effect, at))) {
    const input: Input = { type: 'effect.abandoned', effect: effect.type, detail: result.detail, at }
    // One of the tries may have gone through all the same: the next effect of this type has to look first, and
    // what may not stay is taken back.
    const memo = { ...stored.memo, [triedMemo(effect.type)]: effect.id }
    const left = { ...rest, memo, effects: [...rest.effects, ...takenBack(effect, at)] }
    return { write: apply(deps, left, eventsOf(decide(stored.run, input))), end: 'abandoned' }
  }
  const backoff = backoffMs(result.away ? effect.attempts : failures, deps.chance(), backoffMaxMs(effect, isSpent))
  const waitMs = Math.max(backoff, result.retryAfterMs ?? 0)
  const lastError = result.detail.slice(0, ERROR_CHARS_MAX)
  const again = { ...effect, waited, lease: null, dueAt: at + waitMs, lastError }
  return { write: withEffects(rest, settle(stored.run, [...rest.effects, again], [], at)), end: 'retry' }
}

/** A look that fails says nothing of the Run: the clock of its waiting ends it, and no number of tries. */
const isInWaiting = ({ waits }: Run, { type }: Effect): boolean => type === 'dispatch' && Boolean(waits)

/**
 * No clock runs while GitHub is asked what became of a job, or to cancel one: without an end to the tries a Run would
 * stand there, and its retry would wait, for as long as one of GitHub's services is broken.
 */
const triesDecide: ReadonlySet<EffectType> = new Set(['inspectWorkflow', 'cancelWorkflow'])

/**
 * What may still live is not given up, only asked for less often: its lifetime ends it, and a paused one has none. Nor is
 * the work that a job has left: the clock of its silence ends the question.
 */
function isOwed({ status, sandbox, clocks }: Run, { type }: Effect, at: number): boolean {
  if (type === 'settleFromWorkflow') return true
  // It waits for the end of the Run, which a kill may put off for long.
  if (type === 'withdrawPullRequest') return !isTerminal(status)
  if (type !== 'destroySandbox' || sandbox === null) return false
  return sandbox.state === 'paused' || at <= sandbox.endsAt + clocks.sandboxMarginMs
}

/** The longest wait between two tries: short where a clock runs, long where nothing does any more. */
function backoffMaxMs({ type }: Effect, isSpent: boolean): number {
  if (type === 'settleFromWorkflow') return EFFECT_BACKOFF_CLOCKED_MAX_MS
  return isSpent && type === 'destroySandbox' ? EFFECT_BACKOFF_OWED_MAX_MS : EFFECT_BACKOFF_MAX_MS
}

function succeeded(
  deps: { sha256(text: string): string },
  rest: StoredRun,
  effect: Effect,
  { outcome, againAfterMs }: Extract<EffectResult, { ok: true }>,
  at: number,
): Finished {
  const events = eventsOf(decide(rest.run, { type: 'outcome', outcome, at }))
  if (againAfterMs === undefined) {
    // GitHub has a pull request that the Run may not have any more.
    const isUnwanted = outcome?.type === 'pull_request.opened' && events.length === 0 && rest.run.pullRequest === null
    const left = isUnwanted ? { ...rest, effects: [...rest.effects, ...takenBack(effect, at)] } : rest
    return { write: apply(deps, left, events), end: 'done' }
  }
  const { hurriedAt: _, ...looked } = effect
  // A look is no try, and what failed before it is over: those that may fail are left for what comes after it.
  const dueAt = effect.hurriedAt === undefined ? at + againAfterMs : at
  const kept = { ...looked, attempts: 0, waited: 0, lease: null, dueAt, lastError: null }
  // The Run may have ended since the look began.
  const effects = settle(rest.run, [...rest.effects, kept], [], at)
  return { write: apply(deps, { ...rest, effects }, events), end: 'retry' }
}

/**
 * The write that has a dispatch looked at now which waits for its turn; one that is being looked at is so once more. One
 * that failed keeps its distance: whatever it failed of is not over because somebody is in a hurry.
 */
export function hurried(stored: StoredRun, at: number): Change {
  const effects = stored.effects.map((effect) => {
    if (effect.type !== 'dispatch') return effect
    if (effect.lease) return { ...effect, hurriedAt: at }
    return effect.lastError === null ? { ...effect, dueAt: Math.min(effect.dueAt, at) } : effect
  })
  return withEffects(stored, effects)
}

function eventsOf(decision: DraftEvent[] | Refusal): DraftEvent[] {
  return 'refused' in decision ? [] : decision
}
