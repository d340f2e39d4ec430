/**
 * A Run that waits for its turn: for issues that block its own, or for a place among those that its repository may have
 * at work at once. It stays queued, is looked at again and again, and has a clock of its own.
 */
import { isTerminal } from '../contracts/status.ts'
import type { DraftEvent, WaitReason } from './events.ts'
import {
  BLOCKERS_ASKED_MS,
  BLOCKERS_ASKED_MS_MAX,
  LEDGER_EVENTS_MAX,
  LEDGER_EVENTS_RESERVE,
  MESSAGE_EVENTS_HEADROOM,
  PLACE_ASKED_MS,
  WAITING_MS_MAX,
  WAITS_TOLD_MAX,
} from './policy.ts'
import type { Run } from './run.ts'

/** What a Run waits for: numbers of issues of its repository that block its own, or where it stands in line. */
export interface Waits {
  issues: readonly number[]
  /** From 1; null while it is issues that it waits for. */
  position: number | null
  /** Since when the present dispatch waits, whatever it waited for first. */
  since: number
  /** The event that told of it, by its number. */
  seq: number
  /** How many events told of the waiting of this dispatch. */
  told: number
  /** Its turn has come, and its base is fixed for it; until the dispatch has left it may have to wait again. Absent: not yet. */
  isTurn?: true
}

/** What the waiting changes in the Run. */
export function waitsChanges(run: Run, { data, at }: Extract<DraftEvent, { type: 'run.waits' }>): Partial<Run> {
  const since = run.waits?.since ?? at
  return {
    // One that was resumed is at work no more than one that was never started.
    status: 'queued',
    waits: {
      issues: 'issues' in data ? data.issues : [],
      position: 'position' in data ? data.position : null,
      since,
      seq: run.seq + 1,
      told: (run.waits?.told ?? 0) + 1,
    },
    deadlineAt: since + WAITING_MS_MAX,
  }
}

/** What the base means that was asked for when the turn of a waiting Run came. */
export const turnChanges = ({ waits }: Run): Partial<Run> => (waits ? { waits: { ...waits, isTurn: true } } : {})

/** Whether the base has to be fixed anew before this dispatch leaves: what it waited for may have been merged since. */
export const isBaseOld = ({ waits, dispatch }: Run): boolean => Boolean(waits) && !waits?.isTurn && dispatch.sends === 0

/** It waits no more. Nothing for a Run that never did: it has nothing to tell of it, either. */
export const waitsNoMore = (run: Run): Partial<Run> => (run.waits ? { waits: null } : {})

/** The event of a waiting; none when the Run waits for the same already, or for nothing any more. */
export function decideWaits(run: Run, reason: WaitReason, at: number): DraftEvent[] {
  const { binding, sends } = run.dispatch
  if (isTerminal(run.status) || run.stop || run.phase !== 'dispatching' || binding || sends > 0) return []
  const { waits } = run
  if (waits && (isSame(waits, reason) || (isMove(waits, reason) && isToldEnough(run, waits)))) return []
  return [{ type: 'run.waits', data: reason, at, actor: 'app' }]
}

/** Once its turn had come it waits anew, and for the same only in name: it has to be told, or it would keep its place. */
function isSame({ issues, position, isTurn }: Waits, reason: WaitReason): boolean {
  if (isTurn) return false
  return 'issues' in reason ? issues.join() === reason.issues.join() : position === reason.position
}

/** That the line moved; any other change is a fact about the Run, which its place depends on. */
const isMove = ({ position }: Waits, reason: WaitReason): boolean => position !== null && 'position' in reason

/** The moves of a line leave the ledger what messages leave it, over all the dispatches of the Run. */
function isToldEnough({ seq }: Run, { told, isTurn }: Waits): boolean {
  if (isTurn) return false
  return told >= WAITS_TOLD_MAX || seq >= LEDGER_EVENTS_MAX - LEDGER_EVENTS_RESERVE - MESSAGE_EVENTS_HEADROOM
}

/** When a waiting Run is looked at again: what GitHub is asked, the less often the longer it has waited. */
export function askedAgainMs({ waits }: Pick<Run, 'waits'>, reason: WaitReason, at: number): number {
  if ('position' in reason) return PLACE_ASKED_MS
  return Math.min(BLOCKERS_ASKED_MS_MAX, Math.max(BLOCKERS_ASKED_MS, at - (waits?.since ?? at)))
}

/** Why it waited in vain, for the sentence of its end. */
export function waitedText({ issues, position }: Waits): string {
  return position === null ? `It waited for ${numbered(issues)}.` : `It stood at position ${position} of the line.`
}

/** `#101, #102` */
export const numbered = (issues: readonly number[]): string => issues.map((number) => `#${number}`).join(', ')
