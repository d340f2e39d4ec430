/**
 * The executor's part of the protocol, as the action plays it: bind, report in order, obey the answers, destroy the
 * sandbox whatever happens. It may be lost at any moment, and it may be started twice.
 */
import type { CallbackPayload, ExecutorEvent } from '../../app/contracts/callbacks.ts'
import { actionAbilities } from '../../app/contracts/executor.ts'
import type { DispatchPayload } from '../../app/contracts/executor.ts'
import { attemptIdOf } from '../../app/domain/attempts.ts'
import type { Refusal } from '../../app/domain/inputs.ts'
import { messagesToBegin, undeliveredOf } from '../../app/domain/messages.ts'
import type { Run } from '../../app/domain/run.ts'
import { wantedOf } from '../../app/domain/wanted.ts'
import { SandboxAcquireError } from '../../app/sandboxes/provider.ts'
import { happyReports } from '../support/story.ts'
import { pack } from './artifact.ts'
import type { LeftCallback } from './artifact.ts'
import type { FaultRates, Mutant } from './faults.ts'
import type { SimSandbox, SimSandboxes } from './sandboxes.ts'
import type { Scheduler } from './scheduler.ts'
import type { App } from './replicas.ts'

export interface ExecutorDeps {
  scheduler: Scheduler
  faults: FaultRates
  quiet: () => boolean
  sandboxes: SimSandboxes
  /** Any living replica; rejects while there is none, and when the answer is lost. */
  app<T>(ask: (app: App) => Promise<T>): Promise<T>
  digest: (text: string) => string
  mutant: Mutant | null
}

export interface SimJob {
  workflowRunId: number
  /** Of this job to its dispatch. */
  bind: string
  lost: boolean
  cancelled: boolean
  /** What it could not say to the app, in its order. */
  left: LeftCallback[]
  /** Resolves when the job's process is over. */
  done: Promise<{ conclusion: 'success' | 'failure'; artifact: Uint8Array | null }>
}

const RETRIES_MAX = 200
const RETRY_MS = 2_000
const STEP_MS_MAX = 4_000
const SANDBOX_MS = 3_660_000
const REPORTS_MAX = happyReports.length

class Stop extends Error {}

/** Starts one job of a dispatch. */
export function startJob(deps: ExecutorDeps, payload: DispatchPayload, workflowRunId: number): SimJob {
  const done: SimJob['done'] = new Promise(() => {})
  const bind = `${workflowRunId}.1.${workflowRunId}`
  const job: SimJob = { workflowRunId, bind, lost: false, cancelled: false, left: [], done }
  const loses = !deps.quiet() && deps.scheduler.happens(deps.faults.runnerLost)
  if (loses) deps.scheduler.after(deps.scheduler.between(500, 20_000), () => (job.lost = true))
  job.done = new Executor(deps, payload, job).run()
  return job
}

class Executor {
  readonly #deps: ExecutorDeps
  readonly #payload: DispatchPayload
  readonly #job: SimJob
  #seq = 0
  #prev: string | null = null
  #wanted: ReturnType<typeof wantedOf> = 'continue'
  #over = false
  #sandbox: SimSandbox | null = null
  #attemptId = ''
  /** The agent's work that is done: before this job, and before its checkpoint. */
  #done = 0
  #paused: string | null = null
  /** Nothing is left to do: a wish to pause comes too late. */
  #complete = false
  /** What people said: known by id, not told of as delivered, and not given to the agent. */
  readonly #known = new Set<string>()
  readonly #heard: string[] = []
  readonly #unseen: string[] = []
  /** From this report on the app cannot be reached. */
  readonly #cutOffAt: number

  constructor(deps: ExecutorDeps, payload: DispatchPayload, job: SimJob) {
    this.#deps = deps
    this.#payload = payload
    this.#job = job
    const { scheduler, faults, quiet } = deps
    const isCutOff = !quiet() && scheduler.happens(faults.cutOff)
    this.#cutOffAt = isCutOff ? scheduler.between(1, REPORTS_MAX) : Infinity
  }

  async run(): SimJob['done'] {
    try {
      await this.#bind()
      void this.#beat()
      await this.#work()
      this.#complete = true
    } catch (error) {
      if (!(error instanceof Stop) && !(error instanceof SandboxAcquireError)) throw error
    }
    if (this.#job.lost) return new Promise(() => {})
    this.#over = true
    if (this.#wanted === 'pause' && !this.#complete && !this.#job.cancelled) await this.#putAway()
    if (this.#sandbox) this.#deps.sandboxes.destroy(this.#sandbox.id)
    await this.#farewell()
    const { left } = this.#job
    return { conclusion: 'success', artifact: left.length > 0 ? pack(this.#payload.run_id, left) : null }
  }

  async #bind(): Promise<void> {
    const { scheduler, mutant } = this.#deps
    const { run_id: runId, dispatch_id: dispatchId } = this.#payload
    const { bind } = this.#job
    const bound = (app: App) =>
      app.engine.submit(runId, {
        type: 'bind',
        dispatchId,
        binding: {
          bind,
          workflowRunId: this.#job.workflowRunId,
          runAttempt: 1,
          checkRunId: this.#job.workflowRunId,
          jkt: bind,
          publicKeyX: '',
          trust: 'oidc',
          workflowSha: '',
          abilities: actionAbilities,
        },
        at: scheduler.now,
      })
    const answer = await this.#ask(() => this.#deps.app(bound))
    if ('refused' in answer && mutant !== 'no-bind') throw new Stop()
    if (!('refused' in answer)) {
      this.#done = answer.checkpoint?.step ?? 0
      this.#paused = answer.sandbox?.state === 'paused' ? answer.sandbox.id : null
      this.#wanted = wantedOf(answer)
      for (const { id, seen } of messagesToBegin(answer)) if (seen) this.#known.add(id)
      this.#hear(messagesToBegin(answer))
    }
    this.#attemptId = attemptIdOf({ id: runId, attempt: this.#payload.attempt })
  }

  async #work(): Promise<void> {
    for (const event of happyReports) {
      if (event.type === 'agent.progressed' && this.#done > 0) continue
      if (event.type === 'sandbox.requested') await this.#acquire()
      else if (event.type === 'sandbox.acquired') continue
      else if (event.type === 'sandbox.destroyed' || event.type === 'executor.finished') continue
      else {
        await this.#listen(event.type === 'agent.progressed' || event.type === 'agent.finished')
        await this.#report(event)
      }
      if (event.type === 'agent.progressed') this.#done = 1
      await this.#deps.scheduler.sleep(this.#deps.scheduler.between(50, STEP_MS_MAX))
      const pauses = this.#wanted === 'pause' && event.type === 'proposal.submitted'
      if (this.#job.cancelled || (this.#wanted !== 'continue' && !pauses)) throw new Stop()
    }
  }

  #hear(messages: readonly { id: string }[]): void {
    for (const { id } of messages) {
      if (this.#known.has(id) || this.#deps.mutant === 'deaf-job') continue
      this.#known.add(id)
      this.#heard.push(id)
    }
  }

  /** Says what came, and before a step of the agent that it took it. */
  async #listen(isStep: boolean): Promise<void> {
    for (let id = this.#heard.shift(); id !== undefined; id = this.#heard.shift()) {
      await this.#report({ type: 'message.delivered', data: { id } })
      this.#unseen.push(id)
    }
    if (!isStep) return
    for (const id of this.#unseen.splice(0)) await this.#report({ type: 'message.seen', data: { id } })
  }

  async #acquire(): Promise<void> {
    const { sandboxes, scheduler } = this.#deps
    const back = this.#paused === null ? null : sandboxes.resume(this.#paused, SANDBOX_MS)
    if (back) {
      this.#sandbox = back
      return this.#report({ type: 'sandbox.resumed', data: { sandboxId: back.id, ttlMs: SANDBOX_MS, ms: 5 } })
    }
    await this.#report({ type: 'sandbox.requested', data: { provider: 'sim', attemptId: this.#attemptId } })
    const spec = {
      runId: this.#payload.run_id,
      attemptId: this.#attemptId,
      ttlMs: SANDBOX_MS,
      acquireTimeoutMs: 60_000,
    }
    const startedAt = scheduler.now
    try {
      this.#sandbox = await sandboxes.acquire(spec)
    } catch (error) {
      if (!(error instanceof SandboxAcquireError)) throw error
      const { reason, message: detail } = error
      await this.#report({
        type: 'sandbox.acquire_failed',
        data: { provider: 'sim', reason, detail, ms: scheduler.now - startedAt },
      })
      throw error
    }
    const { id: sandboxId } = this.#sandbox
    await this.#report({
      type: 'sandbox.acquired',
      data: { provider: 'sim', sandboxId, isolation: 'vm', ttlMs: spec.ttlMs, ms: scheduler.now - startedAt },
    })
  }

  /** Half of the time its provider can keep the sandbox. */
  async #putAway(): Promise<void> {
    try {
      if (!this.#sandbox) return
      const data = { digest: 'b'.repeat(64), bytes: 1, commits: 0, step: this.#done, ms: 100 }
      await this.#report({ type: 'checkpoint.saved', data })
      if (this.#deps.scheduler.happens(0.5)) return
      const { id: sandboxId } = this.#sandbox
      if (this.#deps.mutant !== 'pause-in-name-only') this.#deps.sandboxes.pause(sandboxId)
      await this.#report({ type: 'sandbox.paused', data: { sandboxId, ms: 5 } })
      this.#sandbox = null
    } catch (error) {
      if (!(error instanceof Stop)) throw error
    }
  }

  async #farewell(): Promise<void> {
    try {
      if (this.#sandbox) await this.#report({ type: 'sandbox.destroyed', data: { sandboxId: this.#sandbox.id, ms: 5 } })
      const stopped = this.#job.cancelled || (this.#wanted !== 'continue' && this.#wanted !== 'pause')
      const outcome = stopped ? 'cancelled' : this.#complete ? 'completed' : 'paused'
      await this.#report({ type: 'executor.finished', data: { outcome, reason: null, detail: null } })
    } catch (error) {
      if (!(error instanceof Stop)) throw error
    }
  }

  async #report(event: ExecutorEvent): Promise<void> {
    const { scheduler, digest, mutant } = this.#deps
    const seq = this.#seq + 1
    const payload: Partial<CallbackPayload> = {
      bind: `${this.#job.workflowRunId}`,
      seq,
      prev: this.#prev,
      type: event.type,
      data: event.data,
    }
    const mark = { seq, prev: this.#prev, digest: digest(JSON.stringify(payload)) }
    const { bind } = this.#job
    const callback = { dispatchId: this.#payload.dispatch_id, bind, jkt: bind, mark, event }
    if (seq >= this.#cutOffAt) {
      // What is cut off first may be an answer: then the artifact says again what the app has heard.
      if (seq === this.#cutOffAt && scheduler.happens(0.5)) void this.#say(callback).catch(() => {})
      this.#job.left.push(callback)
      this.#seq = seq
      this.#prev = mark.digest
      return
    }
    const answer = await this.#ask(() => this.#say(callback))
    if ('refused' in answer && mutant === 'no-bind' && answer.refused === 'foreign_job') {
      this.#seq = seq
      this.#prev = mark.digest
      return
    }
    if ('refused' in answer) {
      this.#wanted = 'cancel'
      throw new Stop()
    }
    this.#seq = seq
    this.#prev = mark.digest
    this.#wanted = wantedOf(answer.run)
    this.#hear(undeliveredOf(answer.run))
  }

  async #say(callback: LeftCallback): ReturnType<App['engine']['acceptCallback']> {
    const { scheduler, mutant } = this.#deps
    return this.#deps.app(async (replica) => {
      const at = scheduler.now
      const runId = this.#payload.run_id
      const mark = mutant === 'no-seq-check' ? await replica.nextPlace(runId, callback.mark) : callback.mark
      return replica.engine.acceptCallback(runId, { ...callback, mark, jws: 'jws', at })
    })
  }

  /** Heartbeats, until the job is over; the answer carries what the app wants. */
  async #beat(): Promise<void> {
    const { scheduler } = this.#deps
    while (!this.#over && !this.#job.lost) {
      await scheduler.sleep(15_000)
      if (this.#over || this.#job.lost || this.#seq >= this.#cutOffAt) return
      const run = await this.#deps
        .app(async (app) => {
          await app.engine.heartbeat(this.#payload.run_id, scheduler.now)
          return app.engine.load(this.#payload.run_id)
        })
        .catch(() => null)
      if (!run) continue
      this.#wanted = wantedOf(run)
      this.#hear(undeliveredOf(run))
    }
  }

  async #ask<T extends Run | Refusal | { run: Run }>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < RETRIES_MAX; attempt++) {
      if (this.#job.lost) throw new Stop()
      try {
        return await ask()
      } catch {
        await this.#deps.scheduler.sleep(RETRY_MS)
      }
    }
    throw new Stop()
  }
}
