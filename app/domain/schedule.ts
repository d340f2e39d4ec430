/** When a Run has to be looked at again, and which effects are pending after a change. Pure, like all of the domain. */
import { isTerminal } from '../contracts/status.ts'
import type { Act } from './acts.ts'
import { endedOnGitHubAt } from './ci.ts'
import { compensationFor, effectsOf, isCosmetic, isObsolete, laneOf } from './effects.ts'
import type { Effect, EffectType, Lane } from './effects.ts'
import type { RunEvent } from './events.ts'
import {
  ACT_LISTED_MS_MAX,
  EFFECT_ATTEMPTS_COSMETIC_MAX,
  EFFECT_ATTEMPTS_MAX,
  EFFECT_ATTEMPTS_OBLIGATION_MAX,
  EFFECT_LEASE_MS,
  SHORT_LEASE_MS,
  silenceAskedMs,
} from './policy.ts'
import type { Run } from './run.ts'

/** The effects that an event calls for, as they are stored. */
export function wantedEffects(run: Run, event: RunEvent): Effect[] {
  return effectsOf(run, event).map(({ type, delayMs = 0 }, n) =>
    pendingEffect(`${event.seq}.${n}`, type, event.at + delayMs),
  )
}

function pendingEffect(id: string, type: EffectType, dueAt: number): Effect {
  return { id, type, dueAt, attempts: 0, lease: null, lastError: null }
}

/**
 * Merges newly wanted effects into the pending ones: one waiting effect of each type, due when the earlier of the two
 * was. What is being performed stays as it is until its lease ends or its outcome comes.
 */
export function settle(run: Run, pending: readonly Effect[], wanted: readonly Effect[], at: number): Effect[] {
  const effects: Effect[] = []
  for (const effect of [...pending, ...wanted]) {
    const leased = effect.lease !== null && effect.lease.until > at
    if (leased || !isObsolete(run, effect.type)) merge(effects, effect, at)
    else for (const compensation of takenBack(effect, at)) merge(effects, compensation, at)
  }
  return effects
}

/** What has to be done because an effect that was tried is not tried any more; nothing for most. */
export function takenBack(effect: Effect, at: number): Effect[] {
  const type = compensationFor(effect)
  return type ? [pendingEffect(`${effect.id}.c`, type, at)] : []
}

function merge(effects: Effect[], effect: Effect, at: number): void {
  const waiting = (e: Effect) => e.lease === null || e.lease.until <= at
  const twin = effects.findIndex((e) => e.type === effect.type && waiting(e))
  if (twin < 0 || !waiting(effect)) effects.push(effect)
  else {
    const earlier = effects[twin]!
    // The number of tries is kept: above zero it tells the performer to look for what an earlier try left behind.
    effects[twin] = {
      ...effect,
      lease: null,
      dueAt: Math.min(effect.dueAt, earlier.dueAt),
      attempts: Math.max(effect.attempts, earlier.attempts),
      waited: Math.max(effect.waited ?? 0, earlier.waited ?? 0),
    }
  }
}

/** A word to people that failed before: while GitHub is away it may take long, and the work does not wait for it. */
const canWait = ({ type, attempts }: Effect): boolean => isCosmetic(type) && attempts > 0

/**
 * The effect of a lane (null: of any) to perform next: due, and no other of its type being performed. The earliest, but
 * what failed as a word to people after all others.
 */
export function nextDue(effects: readonly Effect[], at: number, lane: Lane | null): Effect | null {
  const active = new Set(effects.filter((e) => e.lease !== null && e.lease.until > at).map((e) => e.type))
  const due = effects.filter((e) => e.dueAt <= at && !active.has(e.type) && (lane === null || laneOf(e.type) === lane))
  return due.sort((a, b) => Number(canWait(a)) - Number(canWait(b)) || a.dueAt - b.dueAt)[0] ?? null
}

/** What no outage and no wait may leave undone. */
export const isObligation = (type: EffectType): boolean => type === 'destroySandbox' || type === 'withdrawPullRequest'

/** How often an effect is tried before it is given up. */
export function attemptsMax(type: EffectType): number {
  if (isObligation(type)) return EFFECT_ATTEMPTS_OBLIGATION_MAX
  return isCosmetic(type) ? EFFECT_ATTEMPTS_COSMETIC_MAX : EFFECT_ATTEMPTS_MAX
}

/** For how long whoever performs an effect has it to itself. */
export function leaseMsOf(type: EffectType, ordinaryMs = EFFECT_LEASE_MS): number {
  const isShort = laneOf(type) === 'kill' || type === 'inspectWorkflow' || type === 'settleFromWorkflow'
  return isShort ? Math.min(ordinaryMs, SHORT_LEASE_MS) : ordinaryMs
}

/** The last time that something was heard of the executor; null before its bind. */
export function heardAt(run: Run, heartbeatAt: number | null): number | null {
  const { binding, boundAt, lastHeardAt } = run.dispatch
  return binding ? Math.max(heartbeatAt ?? 0, lastHeardAt ?? 0, boundAt ?? 0) : null
}

/** True while silence means that the job is lost: once its part is done, or it is being killed, it owes nothing. */
export function needsExecutor(run: Run): boolean {
  return (
    run.status === 'running' &&
    run.phase !== 'publishing' &&
    run.dispatch.finished === null &&
    run.stop?.kind !== 'kill'
  )
}

/** When silence has to be acted on: GitHub is asked first, and given a while to answer. */
function lostAt(run: Run, heard: number): number {
  if (isAskedInTime(run, heard)) return run.dispatch.silentAt! + silenceAskedMs(run.clocks)
  return Math.min(heard + run.clocks.heartbeatLostMs, hurriedAt(run, heard))
}

/** True when GitHub was asked about this silence already. */
export function isAsked({ dispatch: { silentAt } }: Run, heard: number): boolean {
  return silentAt !== null && silentAt >= heard
}

/** The same, where a question that a webhook hurried does not count: a silence that lasts is asked about once more. */
export function isAskedInTime(run: Run, heard: number): boolean {
  const inAHurry = endedOnGitHubAt(run) !== null && run.dispatch.silentAt! < heard + run.clocks.heartbeatLostMs
  return isAsked(run, heard) && !inAHurry
}

/**
 * When GitHub is to be asked about a job that it says has ended, while we have not heard its farewell: sooner than about
 * one that only fell silent, but callbacks that may be on their way have the time of two heartbeats first.
 */
export function hurriedAt(run: Run, heard: number): number {
  const endedAt = endedOnGitHubAt(run)
  if (endedAt === null || run.stop !== null || isAsked(run, heard)) return Infinity
  return Math.max(heard, endedAt) + silenceAskedMs(run.clocks)
}

/** When the sweep has to look at the Run: its deadline, or the moment at which silence is too long. Null is never. */
export function sweepAtOf(run: Run, heartbeatAt: number | null): number | null {
  if (isTerminal(run.status)) return null
  const heard = heardAt(run, heartbeatAt)
  const silentAt = heard !== null && needsExecutor(run) ? lostAt(run, heard) : Infinity
  const at = Math.min(run.deadlineAt ?? Infinity, silentAt)
  return Number.isFinite(at) ? at : null
}

/** The same, or when the audit trail still lacks what people did to it, which is looked at after its end, too. */
export function lookAgainAt(run: Run, heartbeatAt: number | null, acts: readonly Act[]): number | null {
  const own = sweepAtOf(run, heartbeatAt)
  const oldest = acts[0]
  return oldest ? Math.min(own ?? Infinity, oldest.at + ACT_LISTED_MS_MAX) : own
}

/** When a lane's drain has to look: the earliest effect, or the end of the lease of one that is being performed. */
export function effectAtOf(effects: readonly Effect[], lane: Lane): number | null {
  const own = effects.filter((e) => laneOf(e.type) === lane)
  if (own.length === 0) return null
  return Math.min(...own.map((e) => (e.lease ? Math.max(e.dueAt, e.lease.until) : e.dueAt)))
}
