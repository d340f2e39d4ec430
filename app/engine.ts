/**
 * The one door: nothing else changes a Run. Every change is load → decide → fold → one compare-and-set write of state,
 * events and effects together, so that there is no moment at which the state changed and the work was forgotten.
 */
import { LRUCache } from 'lru-cache'

import type { ExecutorEvent } from './contracts/callbacks.ts'
import { issueTarget, refusedAct } from './domain/acts.ts'
import type { Act } from './domain/acts.ts'
import { NotAdmitted } from './domain/admission.ts'
import type { Obstacle } from './domain/admission.ts'
import { IssueTaken } from './domain/attempts.ts'
import { apply, decideOn, requested, takeNext, withEffects } from './domain/change.ts'
import type { Change, RunRequest, StoredRun } from './domain/change.ts'
import { decide } from './domain/decide.ts'
import { finished, hurried } from './domain/effect-results.ts'
import type { ClaimedEffect, EffectResult, FinishedEffect } from './domain/effect-results.ts'
import type { Lane } from './domain/effects.ts'
import type { CallbackMark, PauseVia, RetryVia } from './domain/events.ts'
import type { Asked, Input, Refusal } from './domain/inputs.ts'
import { hasObeyed } from './domain/obeyed.ts'
import type { Clocks } from './domain/policy.ts'
import { notAdmittedText, staysOffText } from './domain/render/replies.ts'
import type { Run } from './domain/run.ts'
import { RunNotFound } from './domain/run-store.ts'
import type { RunStore } from './domain/run-store.ts'
import { settle } from './domain/schedule.ts'
import { SwitchedOff } from './domain/switched-off.ts'

/** Time, chance and hashing come from outside, so that a simulation can own them. */
export interface EngineDeps {
  store: RunStore
  now(): number
  chance(): number
  uuid(): string
  runId(): string
  sha256(text: string): string
  defaults: { clocks: Clocks; sandboxProvider: string; executorRepository: { owner: string; name: string } | null }
  /** Default `EFFECT_LEASE_MS`. */
  effectLeaseMs?: number
  /** Runs whose last seen state this process keeps; default `RUNS_REMEMBERED_MAX`. */
  runsRemembered?: number
  /** Lines of the audit trail that this process knows to be written; default `ACTS_REMEMBERED_MAX`. */
  actsRemembered?: number
  /** Whether the kill switch is on. Rejects when nobody can tell; then no Run is taken on. */
  switchedOff?(): Promise<boolean>
  /** Why a repository takes no more Runs now; null where it does. What is tried `again` was counted before. */
  obstacleTo?(what: 'new' | 'again', repositoryId: number): Promise<Obstacle | null>
  /** Writes lines of the audit trail; one that stands there already is left. Rejects when it cannot say that all do. */
  audit(acts: readonly Act[]): Promise<void>
  /** Called after a write, so that the loops need not wait for their next turn. A lost call costs one turn. */
  hurry?(runId: string, lane: Lane): void
}

export interface RequestAnswer {
  run: Run
  created: boolean
  conflict: 'same_trigger' | 'live' | null
}

export interface Callback {
  dispatchId: string
  bind: string
  jkt: string
  mark: CallbackMark
  event: ExecutorEvent
  jws: string
  at: number
}

const CONFLICT_RETRIES_MAX = 20
/** Some kilobytes each. */
const RUNS_REMEMBERED_MAX = 500
/** As many as a moment's Runs can owe. */
const ACTS_REMEMBERED_MAX = 2_000
const RUN_ID_RETRIES_MAX = 5

/** Any number of replicas may use engines over one store at once. */
export class Engine {
  readonly #deps: EngineDeps
  readonly #store: RunStore
  /** What this process last saw of each Run: a guess to start from. Whatever is written is compared with the version. */
  readonly #seen: LRUCache<string, StoredRun>
  readonly #listed: LRUCache<string, true>

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#store = deps.store
    this.#seen = new LRUCache({ max: deps.runsRemembered ?? RUNS_REMEMBERED_MAX })
    this.#listed = new LRUCache({ max: deps.actsRemembered ?? ACTS_REMEMBERED_MAX })
  }

  /** Decides an input and writes what follows; `ip` is where a person's came from. A refusal changes nothing. */
  submit(runId: string, input: Input, ip?: string): Promise<Run | Refusal> {
    return this.#mutate<Run | Refusal>(runId, (stored) => {
      const decision = decideOn(stored, input)
      if ('refused' in decision) return { write: null, answer: decision }
      const change = apply(this.#deps, stored, decision, ip)
      const unchanged = decision.length === 0 && change.sweepAt === stored.sweepAt
      return { write: unchanged ? null : change, answer: change.run }
    })
  }

  /** Opens the next attempt of a Run that failed or was cancelled, unless another Run works on its issue. */
  async retry(
    runId: string,
    by: string,
    byId?: number,
    { ip, ...how }: { via?: RetryVia; instructions?: string; askedAt?: number } & Asked = {},
  ): Promise<Run | Refusal> {
    const { via = 'api', command } = how
    const held = await this.#heldBack(runId, { action: 'run.retry', login: by, via, ip, command })
    if (held) return held
    try {
      const who = { by, ...(byId === undefined ? {} : { byId }), ...how }
      const next = { dispatchId: this.#deps.uuid(), at: this.#deps.now() }
      return await this.submit(runId, { type: 'retry', ...who, ...next }, ip)
    } catch (error) {
      if (error instanceof IssueTaken) return { refused: 'not_allowed_now', message: error.message }
      throw error
    }
  }

  /** Goes on with a paused Run. It stays paused while the kill switch is on, or nobody can tell. */
  async resume(runId: string, by: string, via: PauseVia, { ip, command }: Asked = {}): Promise<Run | Refusal> {
    const held = await this.#heldBack(runId, { action: 'run.resume', login: by, via, ip, command })
    if (held) return held
    const next = { dispatchId: this.#deps.uuid(), at: this.#deps.now() }
    return this.submit(runId, { type: 'resume', by, via, command, ...next }, ip)
  }

  /** Why a Run may not go on: all agents are off, or nobody fits into the line any more. Null when it may. */
  async #heldBack(
    runId: string,
    { command, ...asked }: Asked & Pick<Act, 'action' | 'via'> & { login: string },
  ): Promise<Run | Refusal | null> {
    const run = this.seen(runId) ?? (await this.#load(runId)).run
    if (hasObeyed(run, command)) return run
    if (await this.#deps.switchedOff?.()) {
      const { repository, issue } = run
      const where = { target: `run:${runId}`, issue: issue.number, repository }
      await this.#refuse({ ...asked, ...where, reason: 'switched_off', at: this.#deps.now() })
      return { refused: 'not_allowed_now', message: staysOffText(run) }
    }
    const obstacle = await this.#deps.obstacleTo?.('again', run.repository.id)
    return obstacle ? { refused: 'not_allowed_now', message: notAdmittedText(obstacle) } : null
  }

  /** Creates the Run of a request, or says which one stands in its way. @throws SwitchedOff, NotAdmitted */
  async request(spec: RunRequest): Promise<RequestAnswer> {
    if (await this.#deps.switchedOff?.()) {
      const first = await this.#store.byTrigger(spec.trigger.id)
      if (first) return { run: first, created: false, conflict: 'same_trigger' }
      await this.#refuseRequest(spec, 'switched_off', issueTarget(spec.repository, spec.issue.number))
      throw new SwitchedOff()
    }
    const obstacle = await this.#deps.obstacleTo?.('new', spec.repository.id)
    if (obstacle) {
      const first = await this.#inTheWayOf(spec)
      if (first) return first
      await this.#refuseRequest(spec, obstacle.code, issueTarget(spec.repository, spec.issue.number))
      throw new NotAdmitted(obstacle)
    }
    for (let attempt = 0; attempt < RUN_ID_RETRIES_MAX; attempt++) {
      const change = requested(this.#deps, spec)
      if ((await this.#store.insert(change)) === 'inserted') {
        this.#deps.hurry?.(change.run.id, 'ordinary')
        await this.#list(change.run.id, change.acts)
        return { run: change.run, created: true, conflict: null }
      }
      const first = await this.#inTheWayOf(spec)
      if (first) return first
      // The Run in the way ended between the two reads, or the random id was taken: ask again.
    }
    throw new Error(`No Run could be created for trigger ${spec.trigger.id} after ${RUN_ID_RETRIES_MAX} tries`)
  }

  /** The Run that this request started before, or that works on its issue. */
  async #inTheWayOf(spec: RunRequest): Promise<RequestAnswer | null> {
    const first = await this.#store.byTrigger(spec.trigger.id)
    if (first) return { run: first, created: false, conflict: 'same_trigger' }
    const live = await this.#store.liveRun(spec.repository.id, spec.issue.number)
    if (!live) return null
    await this.#refuseRequest(spec, 'run_live', `run:${live.id}`)
    return { run: live, created: false, conflict: 'live' }
  }

  /**
   * Folds a verified callback. The JWS is kept first, so that an event in the ledger always has its signature; a
   * sequence number binds its content once it was folded (trust.md rows 17 to 20).
   */
  async acceptCallback(runId: string, callback: Callback): Promise<{ run: Run; replay: boolean } | Refusal> {
    const { dispatchId, mark, jws, at } = callback
    const input: Input = { type: 'callback', ...callback }
    const guess = this.#seen.get(runId)
    const fits = guess !== undefined && !('refused' in decide(guess.run, input))
    const stored = fits ? guess : await this.#load(runId)
    const decision = decide(stored.run, input)
    if ('refused' in decision) return decision.refused === 'duplicate' ? this.#replayed(stored.run, mark) : decision
    await this.#store.keepCallback({ runId, dispatchId, seq: mark.seq, digest: mark.digest, jws, at })
    const answer = await this.submit(runId, input)
    if (!('refused' in answer)) return { run: answer, replay: false }
    // This number arrived twice at once, and the other callback was folded in between.
    return answer.refused === 'duplicate' ? this.acceptCallback(runId, callback) : answer
  }

  async #replayed(run: Run, { seq, digest }: CallbackMark): Promise<{ run: Run; replay: true } | Refusal> {
    const { lastSeq, lastDigest } = run.dispatch
    const folded = seq === lastSeq ? lastDigest : await this.#store.foldedDigest(run.id, seq)
    if (folded === digest) return { run, replay: true }
    return { refused: 'fork', message: 'This sequence number was used for another callback.' }
  }

  /** Takes the lease of the Run's next due effect of a lane, or of any. Null when there is none. */
  claimEffect(runId: string, at: number, lane: Lane | null = null): Promise<ClaimedEffect | null> {
    const token = this.#deps.uuid()
    return this.#mutate<ClaimedEffect | null>(runId, (stored) => {
      const settled = withEffects(stored, settle(stored.run, stored.effects, [], at))
      const taken = this.#take(settled, at, lane, token)
      if (taken) return { write: taken.write, answer: taken.claim }
      return { write: settled.effects.length === stored.effects.length ? null : settled, answer: null }
    })
  }

  /**
   * Records what an effect brought back, in the same write as what follows from it. A stale lease changes nothing. The
   * same write takes what is due next of `lane`, where one is named: whoever works off a Run writes once an effect.
   */
  finishEffect(claim: ClaimedEffect, result: EffectResult, lane: Lane | null = null): Promise<FinishedEffect> {
    const token = lane && this.#deps.uuid()
    return this.#mutate<FinishedEffect>(claim.run.id, (stored) => {
      const at = this.#deps.now()
      const effect = stored.effects.find((e) => e.id === claim.effect.id && e.lease?.token === claim.token)
      if (!effect) return { write: null, answer: { end: 'stale', next: null } }
      const { write, end } = finished(this.#deps, stored, effect, result, at)
      const taken = token === null ? null : this.#take(write, at, lane, token)
      return { write: taken?.write ?? write, answer: { end, next: taken?.claim ?? null } }
    })
  }

  #take(change: Change, at: number, lane: Lane | null, token: string): { write: Change; claim: ClaimedEffect } | null {
    const taken = takeNext(change, at, lane, { token, ms: this.#deps.effectLeaseMs })
    if (!taken) return null
    const { run, memo } = taken.change
    return { write: taken.change, claim: { run, effect: taken.effect, memo, token } }
  }

  /** Has a Run that waits for its turn looked at now; null when it does not wait. */
  advance(runId: string): Promise<Run | null> {
    return this.#mutate<Run | null>(runId, (stored) => {
      const { run } = stored
      return run.waits ? { write: hurried(stored, this.#deps.now()), answer: run } : { write: null, answer: null }
    })
  }

  /** Ids of the Runs of a repository that wait for one of its issues. */
  waitingFor(repositoryId: number, issueNumber: number): Promise<string[]> {
    return this.#store.waitingFor(repositoryId, issueNumber)
  }

  /** Lets time pass for one Run: what its clocks ask for is decided and written. */
  async tick(runId: string, at: number): Promise<Run | Refusal> {
    const { heartbeatAt, acts } = await this.#load(runId)
    await this.#list(runId, acts)
    return this.submit(runId, { type: 'tick', heartbeatAt, at })
  }

  /** The Run as it stands in the store. */
  async load(runId: string): Promise<Run | null> {
    return (await this.#look(runId))?.run ?? null
  }

  /** The Run as this process last saw it, if it did; perhaps another replica has written since. */
  seen(runId: string): Run | null {
    return this.#seen.get(runId)?.run ?? null
  }

  /** The Run as this process last saw it, when its hash chain ended so; else null. Another one may have written since. */
  seenAt(runId: string, lastHash: string): Run | null {
    const stored = this.#seen.get(runId)
    return stored?.lastHash === lastHash ? stored.run : null
  }

  /** The Runs of an issue, newest first. */
  latestRuns(repositoryId: number, issueNumber: number, limit: number): Promise<Run[]> {
    return this.#store.latestRunsOfIssue(repositoryId, issueNumber, limit)
  }

  liveRun(repositoryId: number, issueNumber: number): Promise<Run | null> {
    return this.#store.liveRun(repositoryId, issueNumber)
  }

  heartbeat(runId: string, at: number): Promise<void> {
    return this.#store.heartbeat(runId, at)
  }

  dueEffects(at: number, limit: number, lane: Lane): Promise<string[]> {
    return this.#store.dueEffects(at, limit, lane)
  }

  dueSweeps(at: number, limit: number): Promise<string[]> {
    return this.#store.dueSweeps(at, limit)
  }

  /**
   * Lets `change` compute on what was last seen, and writes; again on what the store has when that was out of date. An
   * answer without a write is only given from what the store has.
   */
  async #mutate<T>(runId: string, change: (stored: StoredRun) => { write: Change | null; answer: T }): Promise<T> {
    let seen = this.#seen.get(runId)
    for (let attempt = 0; attempt < CONFLICT_RETRIES_MAX; attempt++) {
      const stored = seen ?? (await this.#load(runId))
      const { write, answer } = change(stored)
      if (write === null && !seen) return answer
      seen = undefined
      if (write === null || !(await this.#append(runId, stored, write))) continue
      // Most writes owe nothing now, and a look for due work costs a query.
      const isDue = (dueAt: number | null) => dueAt !== null && dueAt <= this.#deps.now()
      if (isDue(write.killAt)) this.#deps.hurry?.(runId, 'kill')
      if (isDue(write.effectAt)) this.#deps.hurry?.(runId, 'ordinary')
      // After the work was called for: nothing waits for its line, least of all a kill.
      await this.#list(runId, write.acts.slice(stored.acts.length))
      return answer
    }
    throw new Error(`Run ${runId}: ${CONFLICT_RETRIES_MAX} write conflicts in a row`)
  }

  async #append(runId: string, stored: StoredRun, write: Change): Promise<boolean> {
    // Whatever comes of it, what was seen before is old now: an answer can be lost, too.
    this.#seen.delete(runId)
    if (!(await this.#store.append(runId, stored.version, write))) return false
    const { run, ledgerBytes, effects, memo, sweepAt, acts } = write
    const lastHash = write.events.at(-1)?.hash ?? stored.lastHash
    const beside = { lastHash, ledgerBytes, effects, memo, heartbeatAt: stored.heartbeatAt, sweepAt, acts }
    this.#see(runId, { run, version: stored.version + 1, ...beside })
    return true
  }

  /** Writes lines of the audit trail. What could not be written stays owed, and the sweep tries again. */
  async #list(runId: string, acts: readonly Act[]): Promise<void> {
    if (acts.length === 0 || !(await this.#audited(acts))) return
    for (const { once } of acts) this.#listed.set(once, true)
    const seen = this.#seen.get(runId)
    if (seen) this.#seen.set(runId, this.#owing(seen))
  }

  /** Whoever writes lines logs what fails; no act fails of it. */
  async #audited(acts: readonly Act[]): Promise<boolean> {
    return this.#deps.audit(acts).then(
      () => true,
      () => false,
    )
  }

  #owing(stored: StoredRun): StoredRun {
    return { ...stored, acts: stored.acts.filter(({ once }) => !this.#listed.has(once)) }
  }

  #refuseRequest(
    spec: RunRequest,
    reason: 'run_live' | 'switched_off' | Obstacle['code'],
    target: string,
  ): Promise<void> {
    const { repository, ip } = spec
    const what = { action: 'run.assign', target, issue: spec.issue.number, repository, reason, ip } as const
    return this.#refuse({ ...what, login: spec.requestedBy.login, via: spec.trigger.via, at: this.#deps.now() })
  }

  async #refuse(refused: Parameters<typeof refusedAct>[0]): Promise<void> {
    await this.#audited([refusedAct(refused)])
  }

  async #load(runId: string): Promise<StoredRun> {
    const stored = await this.#look(runId)
    if (!stored) throw new RunNotFound(runId)
    return stored
  }

  async #look(runId: string): Promise<StoredRun | null> {
    const found = await this.#store.load(runId)
    const stored = found && this.#owing(found)
    if (stored) this.#see(runId, stored)
    return stored
  }

  /** Reads and writes of one Run may overtake each other on their way back: the newest version stays. */
  #see(runId: string, stored: StoredRun): void {
    if ((this.#seen.get(runId)?.version ?? 0) <= stored.version) this.#seen.set(runId, stored)
  }
}
