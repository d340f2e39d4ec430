/**
 * Performs the effects that Runs owe. A worker takes an effect under a lease, performs it, and records what came of it
 * together with what follows; a worker that dies in between leaves the effect to the next one. What a kill owes has a
 * lane of its own.
 */
import { triedMemo } from '../domain/effect-results.ts'
import type { ClaimedEffect, EffectResult, FinishedEffect } from '../domain/effect-results.ts'
import type { Lane } from '../domain/effects.ts'
import type { Engine } from '../engine.ts'
import { failure } from '../perform/failure.ts'
import type { PerformDeps, PerformTable } from '../perform/perform.ts'

export interface DrainDeps {
  engine: Pick<Engine, 'dueEffects' | 'claimEffect' | 'finishEffect'>
  table: PerformTable
  perform: PerformDeps
  /** Called when there is a place again for what was due and did not fit. A lost call costs one turn. */
  hurry?(): void
}

/** Effects performed at once by one replica; GitHub allows 100 concurrent requests an installation. */
export const DRAIN_CONCURRENCY_MAX = 16
/** Deaths owed at once by one replica: a kill of everything waits for nothing, so this is far above any real number. */
const KILL_CONCURRENCY_MAX = 500
const DRAIN_BATCH_MAX = 100

export class Drain {
  readonly #deps: DrainDeps
  readonly #busy = new Map<string, Promise<void>>()
  /** Set when something became due of a Run that is being worked on. */
  readonly #again = new Set<string>()
  readonly #killing = new Set<Promise<void>>()
  /** Something was due for which there was no place. */
  #isLeft = false

  constructor(deps: DrainDeps) {
    this.#deps = deps
  }

  /** Starts what is due and free; resolves when all that it started is done. */
  async stepOrdinary(): Promise<void> {
    const ids = await this.#deps.engine.dueEffects(this.#deps.perform.now(), DRAIN_BATCH_MAX, 'ordinary')
    await Promise.all(ids.map((id) => this.#work(id)))
  }

  async stepKills(): Promise<void> {
    const ids = await this.#deps.engine.dueEffects(this.#deps.perform.now(), KILL_CONCURRENCY_MAX, 'kill')
    await Promise.all(ids.map((id) => this.kill(id)))
  }

  /**
   * Performs what is due of a Run's kill, side by side and past everything else that waits: both planes of a kill have
   * to start at once (design.md "The Run"). Leases keep two calls from performing the same effect.
   */
  async kill(runId: string): Promise<void> {
    const { engine, perform } = this.#deps
    const started: Promise<void>[] = []
    try {
      while (this.#killing.size < KILL_CONCURRENCY_MAX) {
        const claim = await engine.claimEffect(runId, perform.now(), 'kill')
        if (!claim) break
        const work = this.#fulfil(claim)
          .then(
            () => undefined,
            (error: unknown) => perform.log.error({ runId, err: error }, 'drain_failed'),
          )
          .finally(() => this.#killing.delete(work))
        this.#killing.add(work)
        started.push(work)
      }
    } catch (error) {
      perform.log.error({ runId, err: error }, 'drain_failed')
    }
    await Promise.all(started)
  }

  /** Resolves when nothing is being performed. */
  async idle(): Promise<void> {
    while (this.#busy.size + this.#killing.size > 0) await Promise.all([...this.#busy.values(), ...this.#killing])
  }

  async #work(runId: string): Promise<void> {
    if (this.#busy.has(runId)) {
      this.#again.add(runId)
      return
    }
    // What does not fit now is still due, and the next turn finds it.
    if (this.#busy.size >= DRAIN_CONCURRENCY_MAX) {
      this.#isLeft = true
      return
    }
    const work = this.#drainRun(runId).finally(() => this.#free(runId))
    this.#busy.set(runId, work)
    await work
  }

  #free(runId: string): void {
    this.#busy.delete(runId)
    const isLeft = this.#again.delete(runId) || this.#isLeft
    this.#isLeft = false
    if (isLeft) this.#deps.hurry?.()
  }

  /** One Run's ordinary effects, one after the other, until none is due. */
  async #drainRun(runId: string): Promise<void> {
    const { engine, perform } = this.#deps
    try {
      for (;;) {
        this.#again.delete(runId)
        let claim = await engine.claimEffect(runId, perform.now(), 'ordinary')
        let end: FinishedEffect['end'] = 'done'
        while (claim) ({ end, next: claim } = await this.#fulfil(claim, 'ordinary'))
        // Who lost a lease does not know what else is due; the others have just read or written it.
        if (end !== 'stale' && !this.#again.has(runId)) return
      }
    } catch (error) {
      perform.log.error({ runId, err: error }, 'drain_failed')
    }
  }

  async #fulfil(claim: ClaimedEffect, lane: Lane | null = null): Promise<FinishedEffect> {
    const { engine, perform } = this.#deps
    const result = await this.#perform(claim)
    // What became due before the next write is taken with it.
    if (lane === 'ordinary') this.#again.delete(claim.run.id)
    const finished = await engine.finishEffect(claim, result, lane)
    const { type: effect, attempts } = claim.effect
    const fields = { runId: claim.run.id, effect, attempts, end: finished.end }
    // A look that let nothing leave is not worth a line; what it found out stands in the ledger.
    if (result.ok && finished.end === 'retry') perform.log.debug(fields, 'effect_looked')
    else if (result.ok) perform.log.info(fields, 'effect_performed')
    else perform.log.warn({ ...fields, detail: result.detail }, 'effect_failed')
    return finished
  }

  async #perform(claim: ClaimedEffect): Promise<EffectResult> {
    const { run, effect, memo } = claim
    const retried = effect.attempts > 1 || triedMemo(effect.type) in memo
    try {
      const performed = await this.#deps.table[effect.type](this.#deps.perform, {
        run,
        memo,
        retried,
      })
      return { ok: true, ...performed }
    } catch (error) {
      return failure(error)
    }
  }
}
