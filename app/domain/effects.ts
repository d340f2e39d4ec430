/**
 * What must be done next, as data. Effects are stored in the same write as the events that call for them, and each may
 * be performed twice: whoever performs one looks up what is already there and acts on the difference.
 */
import { isTerminal } from '../contracts/status.ts'
import type { DraftEvent } from './events.ts'
import { COMMENT_COALESCE_MS } from './policy.ts'
import type { Run } from './run.ts'

export type EffectSpec =
  /** 🚀 on the triggering comment, once the Run exists, or is let go by the issues that block it. */
  | { type: 'react' }
  | { type: 'publishComment' }
  | { type: 'publishCheck' }
  /** Fix the commit that the Run works on. */
  | { type: 'resolveBase' }
  /** Check the requester's permission again, fire repository_dispatch. */
  | { type: 'dispatch' }
  /** Ask GitHub what became of a dispatch that nobody has answered. */
  | { type: 'inspectWorkflow' }
  /** The job fell silent: ask GitHub what became of it, and take what it left behind. */
  | { type: 'settleFromWorkflow' }
  | { type: 'cancelWorkflow' }
  | { type: 'publishBranch' }
  /** What a dry run does instead: the same judgement of what the agent made, and nothing is written. */
  | { type: 'checkProposal' }
  | { type: 'openPullRequest' }
  /** Compensation: a pull request that appeared after its Run had ended is closed again (S003-237). */
  | { type: 'withdrawPullRequest' }
  /** Owed by every Run that had a sandbox, until its death is confirmed. */
  | { type: 'destroySandbox' }
  /** A new comment, because a person is needed (surfaces.md 1.5 "Edit vs post"). */
  | { type: 'notify' }
  /** The answer to a second request while the Run is live; once per Run. */
  | { type: 'replyLive' }
  /** Take the trigger label off at the end, so that adding it again means "again". */
  | { type: 'removeLabel' }

export type EffectType = EffectSpec['type']

/** An effect as it is stored with its Run. There is at most one pending effect of each type. */
export interface Effect {
  /** `<seq of the event that called for it>.<n>`: unique in its Run. */
  id: string
  type: EffectType
  dueAt: number
  /** How often it was claimed. Above one, the first try may have had its effect already. */
  attempts: number
  /** How many of these were no failures: it had to wait for its turn, or for GitHub's limits. Absent is none. */
  waited?: number
  lease: { token: string; until: number } | null
  /** When somebody wanted it looked at again while it was being performed. Absent: nobody did. */
  hurriedAt?: number
  lastError: string | null
}

/** Effects that nobody would miss for long: they are given up after fewer failures. GitHub being away is none. */
const cosmetic: ReadonlySet<EffectType> = new Set([
  'react',
  'publishComment',
  'publishCheck',
  'notify',
  'replyLive',
  'removeLabel',
])
export const isCosmetic = (type: EffectType): boolean => cosmetic.has(type)

/**
 * What ends a sandbox or its job has a lane of its own: it waits for no other effect and is performed side by side, so
 * that a call to GitHub that hangs costs a kill nothing (S002-077).
 */
export type Lane = 'ordinary' | 'kill'
export const laneOf = (type: EffectType): Lane =>
  type === 'destroySandbox' || type === 'cancelWorkflow' ? 'kill' : 'ordinary'

interface Wanted {
  type: EffectType
  delayMs?: number
}

/** The effects that an event calls for, given the Run after it. */
export function effectsOf(run: Run, event: DraftEvent): Wanted[] {
  switch (event.type) {
    case 'run.requested':
      return [...(run.blocked ? [] : acknowledged(run)), { type: 'publishComment' }, { type: 'resolveBase' }]
    case 'run.retried':
      return [{ type: 'publishComment' }, { type: 'resolveBase' }, { type: 'publishCheck' }]
    case 'run.pause_requested':
    case 'run.pause_given_up':
    case 'run.paused':
      // What its job could not release is the app's to end: a paused Run holds no sandbox that runs.
      return [
        { type: 'publishComment' },
        ...(mayDestroy(run) ? [{ type: 'destroySandbox' as const }] : []),
        ...onEarlierCheck(run),
      ]
    case 'run.resumed':
      return [{ type: 'publishComment' }, { type: 'dispatch' }, ...onEarlierCheck(run)]
    case 'base.resolved':
      return [{ type: 'dispatch' }]
    case 'run.waits':
      return ofWaiting(run)
    case 'run.dispatched':
      return [...(run.blocked && run.startedAt === null ? acknowledged(run) : []), ...ofWaiting(run)]
    case 'run.request_repeated':
      return [{ type: 'replyLive' }]
    case 'dispatch.overdue':
      return [{ type: 'inspectWorkflow' }]
    case 'executor.silent':
      return [{ type: 'settleFromWorkflow' }]
    case 'workflow.changed':
      // It ended before its job reported: GitHub is asked at once, and not only when the dispatch is overdue.
      return event.data.status === 'completed' && run.dispatch.binding === null ? [{ type: 'inspectWorkflow' }] : []
    case 'workflow.observed':
      return event.data.state === 'absent' && run.phase === 'dispatching' && !run.stop ? [{ type: 'dispatch' }] : []
    case 'executor.bound':
      return [{ type: 'publishComment' }, ...onEarlierCheck(run)]
    case 'agent.started':
      return onEarlierCheck(run)
    case 'agent.progressed':
    case 'sandbox.acquired':
      return [{ type: 'publishComment', delayMs: COMMENT_COALESCE_MS }]
    case 'proposal.submitted':
      return run.phase === 'publishing'
        ? [
            { type: run.dryRun ? 'checkProposal' : 'publishBranch' },
            { type: 'publishComment', delayMs: COMMENT_COALESCE_MS },
          ]
        : []
    case 'branch.published':
      return run.phase === 'publishing' ? [{ type: 'openPullRequest' }, { type: 'publishCheck' }] : []
    case 'branch.dropped':
      return [{ type: 'publishCheck' }, { type: 'publishComment' }]
    case 'pull_request.opened':
      return run.strayPullRequest === null ? [] : [{ type: 'withdrawPullRequest' }]
    case 'run.cancel_requested':
      return [{ type: 'publishComment' }]
    case 'run.kill_requested':
      return [
        { type: 'destroySandbox' },
        ...(run.status === 'paused' ? [] : [{ type: 'cancelWorkflow' as const }]),
        { type: 'publishComment' },
      ]
    case 'run.succeeded':
    case 'run.failed':
    case 'run.cancelled':
      return atTheEnd(run)
    default:
      return []
  }
}

/** 🚀; whose Run waits for issues has had 👀 alone until then. */
const acknowledged = ({ trigger }: Run): Wanted[] => (trigger.commentId === null ? [] : [{ type: 'react' }])

/** That a Run waits is told at once; how the line moves, and that it waits no more, with what else is new. */
function ofWaiting({ waits }: Run): Wanted[] {
  if (waits === undefined) return []
  return [{ type: 'publishComment', ...(waits?.told === 1 ? {} : { delayMs: COMMENT_COALESCE_MS }) }]
}

/** A later attempt tells on the check of an earlier one how far it is, until it has pushed. A first one has none. */
const onEarlierCheck = ({ attempt }: Run): Wanted[] => (attempt > 1 ? [{ type: 'publishCheck' }] : [])

function atTheEnd(run: Run): Wanted[] {
  const effects: Wanted[] = [{ type: 'publishComment' }]
  // A later attempt also speaks on the branch of an earlier one.
  if (run.branch || run.attempt > 1) effects.push({ type: 'publishCheck' })
  if (run.status === 'failed') effects.push({ type: 'notify' })
  if (run.trigger.via === 'label') effects.push({ type: 'removeLabel' })
  if (owesSandbox(run)) effects.push({ type: 'destroySandbox' })
  // A job that is still there after a failure or a cancel has nothing left to do.
  if (run.status !== 'succeeded' && run.dispatch.sends > 0 && run.dispatch.finished === null) {
    effects.push({ type: 'cancelWorkflow' })
  }
  return effects
}

/** True while a sandbox may exist whose death nobody has confirmed. */
export function owesSandbox(run: Run): boolean {
  return run.sandbox !== null && run.sandbox.state !== 'gone'
}

/** True when the sandbox has no work to do any more: its Run ended, is being killed, or is paused without it. */
function mayDestroy(run: Run): boolean {
  if (!owesSandbox(run)) return false
  if (isTerminal(run.status) || run.stop?.kind === 'kill') return true
  return run.status === 'paused' && run.sandbox!.state !== 'paused'
}

/**
 * What takes the place of an effect that is dropped after it was tried: the try may have opened a pull request that
 * nobody recorded, and a Run that did not succeed has none.
 */
export function compensationFor(effect: Effect): EffectType | null {
  return effect.type === 'openPullRequest' && effect.attempts > 0 ? 'withdrawPullRequest' : null
}

/** True when a pending effect has nothing left to do in the Run as it now stands; the engine drops it. */
export function isObsolete(run: Run, type: EffectType): boolean {
  const over = isTerminal(run.status)
  switch (type) {
    case 'resolveBase':
    case 'dispatch':
    case 'inspectWorkflow':
      return over || run.stop !== null || run.dispatch.binding !== null
    case 'settleFromWorkflow':
      return over || run.stop !== null || run.dispatch.silentAt === null
    case 'publishBranch':
    case 'checkProposal':
    case 'openPullRequest':
      return over || run.stop !== null
    case 'destroySandbox':
      return !mayDestroy(run)
    case 'notify':
      // Somebody has retried it, and needs nobody's call any more.
      return run.status !== 'failed'
    case 'removeLabel':
      // The label stands for the attempt that has begun since.
      return !over
    case 'cancelWorkflow':
      // It was owed by an earlier attempt; the job that would be found now is the next one's.
      return !over && run.stop === null
    default:
      return false
  }
}
