/**
 * One write of a Run: its state, its events and its effects, made together from decided events. Pure; the engine loads,
 * lets these functions compute, and writes.
 */
import { isTerminal } from '../contracts/status.ts'
import { actsOf } from './acts.ts'
import type { Act } from './acts.ts'
import { windingUp } from './attempts.ts'
import { decide } from './decide.ts'
import type { Effect, Lane } from './effects.ts'
import { EVENT_VERSION, hashInput } from './events.ts'
import type { DraftEvent, IssueSnapshot, Person, RepositoryRef, RunEvent, Trigger } from './events.ts'
import type { Input, Refusal } from './inputs.ts'
import { ledgerFull } from './messages.ts'
import {
  LEDGER_BYTES_MAX,
  LEDGER_BYTES_RESERVE,
  LEDGER_EVENTS_MAX,
  LEDGER_EVENTS_RESERVE,
  MESSAGE_BYTES_HEADROOM,
  MESSAGE_EVENTS_HEADROOM,
  silenceUnansweredMs,
} from './policy.ts'
import type { Clocks } from './policy.ts'
import type { Priority } from './places.ts'
import { begin } from './begin.ts'
import { fold } from './run.ts'
import type { Run } from './run.ts'
import { effectAtOf, leaseMsOf, lookAgainAt, nextDue, settle, wantedEffects } from './schedule.ts'
import { branchName } from './slug.ts'

/** A Run with everything that is stored beside its state. */
export interface StoredRun {
  run: Run
  version: number
  lastHash: string | null
  ledgerBytes: number
  effects: Effect[]
  /** Small facts that effects remember between performances, such as the digest of the last comment sent. */
  memo: Record<string, string>
  heartbeatAt: number | null
  sweepAt: number | null
  /** What people did and the audit trail is not known to say, oldest first. */
  acts: Act[]
}

/** Decides on a Run with what is stored beside it, where that matters. */
export function decideOn(stored: StoredRun, input: Input): DraftEvent[] | Refusal {
  const { run, effects } = stored
  const decision = decide(run, input)
  if ('refused' in decision) return decision
  // One that was obeyed before opens nothing, so it waits for nothing.
  if (input.type === 'retry' && decision.length > 0) return windingUp(run, effects) ?? decision
  if (input.type === 'say') return outgrown(stored, decision, ROOM_AFTER_MESSAGE) === null ? decision : ledgerFull(run)
  return input.type === 'tick' && isUnanswered(run, effects, input.at) ? decision.filter(isNotOfSilence) : decision
}

/** Whether GitHub is still to say what became of a silent job, and what it has left. */
function isUnanswered({ dispatch, clocks, runDeadlineAt }: Run, effects: readonly Effect[], at: number): boolean {
  const until = Math.min((dispatch.silentAt ?? 0) + silenceUnansweredMs(clocks), runDeadlineAt ?? Infinity)
  return at < until && effects.some(({ type }) => type === 'settleFromWorkflow')
}

const isNotOfSilence = (event: DraftEvent): boolean =>
  event.type !== 'run.failed' || event.data.reason !== 'heartbeat_lost'

/** One write: all of it or nothing. The `…At` are when the loops have to look again; null is never. */
export interface Change {
  run: Run
  /** Whether it left one status for another, and with it the lists of that status. */
  moved: boolean
  events: RunEvent[]
  ledgerBytes: number
  effects: Effect[]
  memo: Record<string, string>
  acts: Act[]
  sweepAt: number | null
  effectAt: number | null
  /** The same for effects of the kill's lane. */
  killAt: number | null
}

export interface RunRequest {
  repository: RepositoryRef
  issue: Omit<IssueSnapshot, 'digest'>
  trigger: Trigger
  requestedBy: Person
  agent: string
  instructions: string
  baseRef: string
  clocks?: Partial<Clocks>
  /** `gate=none`; whoever calls has checked that they may. */
  gatesOff?: boolean
  /** `draft=true` */
  draft?: boolean
  /** `priority=`; whoever calls has checked that they may. */
  priority?: Priority
  /** `dry-run` */
  dryRun?: boolean
  /** What GitHub said with the issue: open ones block it. Null or absent: nothing. */
  isBlocked?: boolean | null
  /** When the comment or label said so, by GitHub's clock. Null or absent: it did not tell. */
  askedAt?: number | null
  /** Where a request over HTTP came from, for the audit trail. */
  ip?: string
}

/** What a write needs from outside: time, ids and hashing are arguments here, as everywhere in the domain. */
interface Stamps {
  now(): number
  uuid(): string
  runId(): string
  sha256(text: string): string
  defaults: { clocks: Clocks; sandboxProvider: string; executorRepository: { owner: string; name: string } | null }
}

/** The first write of a Run. */
export function requested(deps: Stamps, spec: RunRequest): Change {
  const id = deps.runId()
  const { title, body } = spec.issue
  const draft: Extract<DraftEvent, { type: 'run.requested' }> = {
    type: 'run.requested',
    at: deps.now(),
    actor: spec.requestedBy.login,
    data: {
      repository: spec.repository,
      issue: { ...spec.issue, digest: deps.sha256(JSON.stringify([title, body])) },
      trigger: spec.trigger,
      requestedBy: spec.requestedBy,
      agent: spec.agent,
      instructions: spec.instructions,
      baseRef: spec.baseRef,
      branch: branchName(spec.issue.number, title, id),
      sandboxProvider: deps.defaults.sandboxProvider,
      executorRepository: deps.defaults.executorRepository,
      dispatchId: deps.uuid(),
      clocks: { ...deps.defaults.clocks, ...spec.clocks },
      ...(spec.gatesOff ? { gatesOff: true } : {}),
      ...(spec.draft ? { draft: true } : {}),
      ...(spec.priority === 'low' || spec.priority === 'high' ? { priority: spec.priority } : {}),
      ...(spec.dryRun ? { dryRun: true } : {}),
      ...(typeof spec.isBlocked === 'boolean' ? { blocked: spec.isBlocked } : {}),
      ...(typeof spec.askedAt === 'number' ? { askedAt: spec.askedAt } : {}),
    },
  }
  const run = begin(id, draft)
  const event = chain(deps, run, 0, null, draft)
  const effects = settle(run, [], wantedEffects(run, event), draft.at)
  const acts = actsOf(run, event, spec.ip)
  return {
    run,
    moved: true,
    events: [event],
    ledgerBytes: sizeOf(event),
    effects,
    memo: {},
    acts,
    sweepAt: lookAgainAt(run, null, acts),
    ...lookAt(effects),
  }
}

/**
 * Folds decided events into a change; `ip` is where their request came from. A ledger that is nearly full ends the Run
 * instead of growing on.
 */
export function apply(deps: Pick<Stamps, 'sha256'>, stored: StoredRun, decided: DraftEvent[], ip?: string): Change {
  let { run, lastHash, ledgerBytes, effects } = stored
  const acts = [...stored.acts]
  const events: RunEvent[] = []
  for (const draft of withinBounds(stored, decided)) {
    const event = chain(deps, run, run.seq, lastHash, draft)
    run = fold(run, event)
    lastHash = event.hash
    ledgerBytes += sizeOf(event)
    effects = settle(run, effects, wantedEffects(run, event), event.at)
    events.push(event)
    acts.push(...actsOf(run, event, ip))
  }
  const sweepAt = lookAgainAt(run, stored.heartbeatAt, acts)
  const moved = run.status !== stored.run.status
  return { run, moved, events, ledgerBytes, effects, memo: stored.memo, acts, sweepAt, ...lookAt(effects) }
}

/** A write that changes nothing but the pending effects. */
export function withEffects(stored: StoredRun, effects: Effect[]): Change {
  const { run, ledgerBytes, memo, acts, heartbeatAt } = stored
  const sweepAt = lookAgainAt(run, heartbeatAt, acts)
  return { run, moved: false, events: [], ledgerBytes, effects, memo, acts, sweepAt, ...lookAt(effects) }
}

/**
 * A write that also takes the next due effect of a lane, or of any, under a lease: whoever holds its token is the one who
 * may record what came of it. What nobody wants any more is never taken. Null when none is due.
 */
export function takeNext(
  change: Change,
  at: number,
  lane: Lane | null,
  lease: { token: string; ms: number | undefined },
): { change: Change; effect: Effect } | null {
  const settled = settle(change.run, change.effects, [], at)
  const due = nextDue(settled, at, lane)
  if (!due) return null
  const until = at + leaseMsOf(due.type, lease.ms)
  const effect = { ...due, attempts: due.attempts + 1, lease: { token: lease.token, until } }
  const effects = settled.map((each) => (each === due ? effect : each))
  return { change: { ...change, effects, ...lookAt(effects) }, effect }
}

/** When each lane has to look again. */
function lookAt(effects: readonly Effect[]): Pick<Change, 'effectAt' | 'killAt'> {
  return { effectAt: effectAtOf(effects, 'ordinary'), killAt: effectAtOf(effects, 'kill') }
}

const endings: ReadonlySet<DraftEvent['type']> = new Set(['run.succeeded', 'run.failed', 'run.cancelled'])

/** What has to be left of a ledger's bounds. */
interface Room {
  events: number
  bytes: number
}
const ROOM_TO_END: Room = { events: LEDGER_EVENTS_RESERVE, bytes: LEDGER_BYTES_RESERVE }
const ROOM_AFTER_MESSAGE: Room = {
  events: LEDGER_EVENTS_RESERVE + MESSAGE_EVENTS_HEADROOM,
  bytes: LEDGER_BYTES_RESERVE + MESSAGE_BYTES_HEADROOM,
}

/** The bound of the ledger of which these events would leave too little; null when there is room for them. */
function outgrown({ run, ledgerBytes }: StoredRun, decided: DraftEvent[], left: Room): string | null {
  if (decided.length === 0) return null
  if (run.seq + decided.length > LEDGER_EVENTS_MAX - left.events) return `${LEDGER_EVENTS_MAX} events`
  return ledgerBytes + sizeOf(decided) > LEDGER_BYTES_MAX - left.bytes ? `${LEDGER_BYTES_MAX} bytes` : null
}

function withinBounds(stored: StoredRun, decided: DraftEvent[]): DraftEvent[] {
  const last = decided.at(-1)
  if (!last || isTerminal(stored.run.status) || decided.some((e) => endings.has(e.type))) return decided
  const bound = outgrown(stored, decided, ROOM_TO_END)
  if (bound === null) return decided
  const detail = `The ledger reached ${bound}.`
  return [{ type: 'run.failed', data: { reason: 'ledger_full', detail }, at: last.at, actor: 'app' }]
}

function chain(deps: Pick<Stamps, 'sha256'>, run: Run, seq: number, prev: string | null, draft: DraftEvent): RunEvent {
  const event = { ...draft, v: EVENT_VERSION, runId: run.id, attempt: run.attempt, seq: seq + 1, prev }
  return { ...event, hash: deps.sha256(hashInput(event)) }
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length
}
