/**
 * The whole system on the virtual clock: two replicas of the real core (engine, loops, performers) over one store,
 * GitHub, Actions and a sandbox provider that are simulated. A mutant plants one fault into it.
 */
import { hash } from 'node:crypto'

import type { DispatchPayload } from '../../app/contracts/executor.ts'
import type { Act } from '../../app/domain/acts.ts'
import type { CallbackMark } from '../../app/domain/events.ts'
import { defaultClocks } from '../../app/domain/policy.ts'
import type { RunStore } from '../../app/domain/run-store.ts'
import { createUrls } from '../../app/domain/render/urls.ts'
import { Engine } from '../../app/engine.ts'
import type { EngineDeps } from '../../app/engine.ts'
import { Drain } from '../../app/loops/drain.ts'
import { intake } from '../../app/loops/intake.ts'
import { reap } from '../../app/loops/reap.ts'
import { repeat } from '../../app/loops/repeat.ts'
import type { Loop } from '../../app/loops/repeat.ts'
import { sweep } from '../../app/loops/sweep.ts'
import type { PerformDeps, PerformTable } from '../../app/perform/perform.ts'
import { Cadence } from '../../app/perform/cadence.ts'
import { performTable } from '../../app/perform/table.ts'
import { memoryStore } from '../support/memory-store.ts'
import { request } from '../support/story.ts'
import { startJob } from './executor.ts'
import type { SimJob } from './executor.ts'
import type { FaultRates, Mutant } from './faults.ts'
import { createSimGitHub } from './github.ts'
import { createSimInbox } from './inbox.ts'
import { createNetwork } from './network.ts'
import type { Replica } from './network.ts'
import { createPeople } from './people.ts'
import { simProposal } from './proposal.ts'
import { createSimSandboxes } from './sandboxes.ts'
import { createScheduler } from './scheduler.ts'
import { mutate } from './mutate.ts'

export interface App {
  engine: Engine
  /** What the mutant without a sequence check does to a callback. */
  nextPlace(runId: string, mark: CallbackMark): Promise<CallbackMark>
}

export interface SystemOptions {
  seed: number
  webhooks: number
  faults: FaultRates
  mutant?: Mutant | null
  /** Kills a replica at exactly this boundary. */
  killAt?: number | null
  /** Every replica dies this long after each start, while faults happen: a process that crashes in circles. */
  crashLoopMs?: number | null
  keepNotes?: boolean
}

export const START_MS = Date.parse('2026-11-20T12:00:00.000Z')
/** Faults happen for ten virtual minutes; then the system is left to come to rest. */
export const FAULTY_MS = 600_000
const SWEEP_MS = 30_000
const DRAIN_MS = 2_000
const INTAKE_MS = 2_000
const LATE_SLEEP_MS = 30_000
const REPLICAS = 2
/** Pauses that nobody ends are over within the simulation. */
const PAUSE_MS = 300_000
/** Less than there is, so that what a replica remembers is also forgotten. */
const RUNS_REMEMBERED = 10
const ACTS_REMEMBERED = 20
const quietLog = { info() {}, warn() {}, error() {} }

export type System = ReturnType<typeof createSystem>

export function createSystem(options: SystemOptions) {
  const { seed, webhooks, faults, mutant = null, killAt = null, crashLoopMs = null, keepNotes = false } = options
  const scheduler = createScheduler(seed, START_MS, keepNotes)
  const quiet = () => scheduler.now - START_MS > FAULTY_MS
  const network = createNetwork(scheduler, faults, quiet, killAt)
  const github = createSimGitHub(scheduler, network, faults, quiet)
  const sandboxes = createSimSandboxes(scheduler, network, faults, quiet)
  const inbox = createSimInbox()
  const memory = memoryStore({ copies: false })
  const jobs: SimJob[] = []
  const accepted = new Set<string>()
  /** Names of the lines of the audit trail. */
  const trail = new Set<string>()
  let ids = 0
  const stepdown = { from: START_MS + scheduler.between(60_000, 400_000), ms: scheduler.between(2_000, 12_000) }
  const isDown = () => faults.stepdown && scheduler.now >= stepdown.from && scheduler.now < stepdown.from + stepdown.ms
  const mongoFails = () => (isDown() ? 1 : faults.mongoAmbiguous)

  const digest = (text: string): string => hash('md5', text).padEnd(64, '0')

  /** The store as a replica reaches it: answers may be lost, and while a primary is elected nothing answers. */
  function storeFor(replica: Replica): RunStore {
    const real = mutate(memory, mutant)
    const wrapped = {} as Record<string, unknown>
    for (const name of Object.keys(real) as (keyof RunStore)[]) {
      wrapped[name] = async (...args: never[]) => {
        const effect = () => (real[name] as (...a: never[]) => Promise<unknown>)(...args)
        return await (
          await network.call(replica, name, () => ({ answer: effect() }), { fails: mongoFails() })
        ).answer
      }
    }
    return wrapped as unknown as RunStore
  }

  /** The audit trail fails as the store does: a line may be written although nobody hears of it. */
  async function auditFrom(replica: Replica, acts: readonly Act[]): Promise<void> {
    const effect = () => {
      for (const { once } of acts) trail.add(once)
    }
    await network.call(replica, 'audit', effect, { fails: mongoFails() })
  }

  interface Live extends Replica {
    app: App
    start(): void
  }

  function createReplica(name: string): Live {
    let loops: Loop[] = []
    const replica: Live = {
      name,
      epoch: 0,
      alive: false,
      app: null as unknown as App,
      kill() {
        replica.epoch++
        replica.alive = false
        for (const loop of loops) void loop.stop()
        scheduler.note(`${name} killed`)
        scheduler.after(scheduler.between(1_000, 5_000), () => replica.start())
      },
      start() {
        replica.alive = true
        scheduler.note(`${name} started`)
        // What this process holds dies with it, even if a promise of it lives on.
        loops = boot(replica, Object.create(replica, { born: { value: replica.epoch } }) as Replica)
        const epoch = replica.epoch
        if (crashLoopMs !== null) {
          scheduler.after(crashLoopMs, () => {
            if (replica.epoch === epoch && !quiet()) replica.kill()
          })
        }
      },
    }
    return replica
  }

  function boot(replica: Live, process: Replica): Loop[] {
    const epoch = replica.epoch
    const loops: Record<string, Loop> = {}
    const store = storeFor(process)
    const deps: EngineDeps = {
      store,
      now: () => scheduler.now,
      chance: scheduler.chance,
      uuid: () => `u${++ids}`,
      runId: () => `r_${String(++ids).padStart(10, '0')}`,
      sha256: digest,
      audit: (acts) => auditFrom(process, acts),
      defaults: { clocks: { ...defaultClocks, pauseMs: PAUSE_MS }, sandboxProvider: 'sim', executorRepository: null },
      runsRemembered: RUNS_REMEMBERED,
      actsRemembered: ACTS_REMEMBERED,
      hurry: () => loops['drain']?.hurry(),
    }
    const engine = new Engine(deps)
    replica.app = {
      engine,
      async nextPlace(runId, mark) {
        const run = await engine.load(runId)
        return run ? { ...mark, seq: run.dispatch.lastSeq + 1, prev: run.dispatch.lastDigest } : mark
      },
    }
    const perform: PerformDeps = {
      github: github.portFor(process),
      provider: async () => sandboxes.providerFor(process),
      proposal: async () => simProposal,
      takeUndelivered: async () => {},
      earlierPullRequests: async () => [],
      notify: 'needs-me',
      label: 'agent',
      cadence: new Cadence(),
      nonceFor: (id) => id,
      sha256: digest,
      knownSecrets: [],
      switchedOff: async () => false,
      sandboxOwner: 'sim',
      urls: createUrls({ publicUrl: 'https://deckhand.test', githubUrl: 'https://github.com' }),
      callbackUrl: (id) => `https://deckhand.test/api/runs/${id}`,
      log: quietLog,
      now: () => scheduler.now,
    }
    const table = mutantTable(performTable, mutant, scheduler.chance)
    const drain = new Drain({ engine: mutantEngine(engine, mutant), table, perform })
    const timers = {
      after: (ms: number, callback: () => void) =>
        scheduler.after(ms, () => {
          if (replica.epoch === epoch) callback()
        }),
    }
    const loop = (name: string, everyMs: number, step: () => Promise<unknown>) => {
      loops[name] = repeat(name, everyMs, step, { timers, log: quietLog })
    }
    const receive = async ({ payload }: { payload: unknown }) => {
      const { trigger, issue } = payload as { trigger: string; issue: number }
      await perform.github.permissionOf(request.repository, 'octocat', 1)
      const id = mutant === 'no-unique-key' ? `${trigger} ${++ids}` : trigger
      await engine.request({
        ...request,
        issue: { ...request.issue, number: issue },
        trigger: { ...request.trigger, id },
      })
      return { outcome: 'processed' as const, reason: null }
    }
    const intakeDeps = {
      inbox: inbox.inboxFor(process, network, mongoFails),
      receive,
      apologise: async () => {},
      log: quietLog,
      now: () => scheduler.now,
      chance: scheduler.chance,
    }
    loop('intake', INTAKE_MS, () => intake(intakeDeps))
    loop('drain', DRAIN_MS, async () => {
      // A slow performance does not hold up the next turn; the drain itself knows what it works on.
      void drain.step().catch(() => {})
    })
    const late = mutant === 'sleep-first-sweeper'
    const sleepFirst = (step: () => Promise<unknown>) => async () => {
      if (late) await scheduler.sleep(LATE_SLEEP_MS)
      return step()
    }
    if (mutant !== 'no-sweeper')
      loop(
        'sweep',
        SWEEP_MS,
        sleepFirst(() => sweep(engine, scheduler.now, quietLog)),
      )
    if (mutant !== 'no-reaper') {
      const provider = sandboxes.providerFor(process)
      loop(
        'reap',
        SWEEP_MS,
        sleepFirst(() => reap({ engine, provider, owner: 'sim', log: quietLog }, scheduler.now)),
      )
    }
    return Object.values(loops)
  }

  const replicas = Array.from({ length: REPLICAS }, (_, i) => createReplica(`app${i + 1}`))

  /** A request from outside reaches any living replica; its answer may be lost with the replica. */
  async function app<T>(ask: (app: App) => Promise<T>): Promise<T> {
    await scheduler.sleep(scheduler.between(1, 30))
    const living = replicas.filter((r) => r.alive)
    if (living.length === 0) throw new Error('connection refused')
    const replica = living[scheduler.between(0, living.length - 1)]!
    return new Promise((resolve, reject) => {
      const cancel = scheduler.after(10_000, () => reject(new Error('no answer')))
      ask(replica.app).then(resolve, reject).finally(cancel)
    })
  }

  github.onDispatch = (payload: DispatchPayload) => {
    if (!quiet() && scheduler.happens(faults.dispatchLost)) return
    const times = !quiet() && scheduler.happens(faults.dispatchTwice) ? 2 : 1
    for (let i = 0; i < times; i++) {
      const workflowRunId = 1_000 + github.workflows.size
      const workflow = {
        runId: payload.run_id,
        state: 'queued' as 'queued' | 'in_progress' | 'completed',
        conclusion: null as string | null,
        cancelled: false,
      }
      github.workflows.set(workflowRunId, workflow)
      scheduler.after(scheduler.between(500, 8_000), () => {
        workflow.state = 'in_progress'
        const job = startJob({ scheduler, faults, quiet, sandboxes, app, digest, mutant }, payload, workflowRunId)
        jobs.push(job)
        void job.done.then((conclusion) => Object.assign(workflow, { state: 'completed', conclusion }))
      })
    }
  }
  github.onCancelWorkflow = (id) => {
    const job = jobs.find((j) => j.workflowRunId === id)
    if (job) job.cancelled = true
  }

  /** GitHub sends a webhook; it counts as accepted when a replica has answered for it. */
  async function deliver(id: string, body: Uint8Array): Promise<void> {
    const living = replicas.filter((r) => r.alive)
    const replica = living[scheduler.between(0, Math.max(0, living.length - 1))]
    if (!replica) return
    try {
      const insert = () =>
        network.call(replica, `insert ${id}`, () => inbox.insert(id, body, scheduler.now), { fails: mongoFails() })
      if (mutant === 'answer-before-insert') {
        accepted.add(id)
        await insert()
      } else {
        await insert()
        accepted.add(id)
      }
    } catch {
      // Answered 5xx: GitHub shows it as failed and does not send it again by itself.
    }
  }

  const people = createPeople({ scheduler, app })
  for (const replica of replicas) replica.start()
  schedule()

  function schedule(): void {
    for (let n = 0; n < webhooks; n++) {
      const id = `d${n}`
      const body = new TextEncoder().encode(JSON.stringify({ trigger: `IC_${n}`, issue: n + 1 }))
      const at = scheduler.between(0, FAULTY_MS / 2)
      const send = (afterMs: number) => scheduler.after(afterMs, () => void deliver(id, body))
      if (!scheduler.happens(faults.dropDelivery))
        send(scheduler.happens(faults.reorderDelivery) ? at + scheduler.between(1_000, 60_000) : at)
      if (scheduler.happens(faults.duplicateDelivery)) send(at + scheduler.between(0, 30_000))
      // What was not accepted is fetched from GitHub's deliveries later and sent once more.
      scheduler.after(FAULTY_MS + 30_000, () => {
        if (!accepted.has(id)) void deliver(id, body)
      })
      // Without pauses and retries no chance is spent on them, so that a seed stays the story that it was.
      if (faults.pause > 0 && scheduler.happens(faults.pause))
        scheduler.after(at + scheduler.between(2_000, 20_000), () => void people.pauseAndResume(n + 1))
      if (scheduler.happens(faults.cancel))
        scheduler.after(
          at + scheduler.between(1_000, 60_000),
          () => void people.stop(n + 1, n % 2 === 0 ? 'cancel' : 'kill'),
        )
      if (faults.retry > 0 && scheduler.happens(faults.retry)) scheduler.after(at, () => void people.retry(n + 1))
    }
  }

  return { scheduler, network, github, sandboxes, inbox, accepted, trail, rows: memory.rows, jobs, replicas }
}

function mutantTable(table: PerformTable, mutant: Mutant | null, chance: () => number): PerformTable {
  if (mutant !== 'random-branch') return table
  const elsewhere = (performance: Parameters<PerformTable['publishBranch']>[1]) => ({
    ...performance,
    run: { ...performance.run, branchName: `${performance.run.branchName}-${Math.floor(chance() * 1e9)}` },
  })
  return {
    ...table,
    publishBranch: (deps, performance) => table.publishBranch(deps, elsewhere(performance)),
    openPullRequest: (deps, performance) => table.openPullRequest(deps, elsewhere(performance)),
  }
}

function mutantEngine(engine: Engine, mutant: Mutant | null): ConstructorParameters<typeof Drain>[0]['engine'] {
  const plain = {
    dueEffects: engine.dueEffects.bind(engine),
    claimEffect: engine.claimEffect.bind(engine),
    finishEffect: engine.finishEffect.bind(engine),
  }
  if (mutant !== 'done-before-effect') return plain
  return {
    ...plain,
    // Records the effect as done when it is taken: whoever dies in between takes it along.
    async claimEffect(runId: string, at: number) {
      const claim = await engine.claimEffect(runId, at)
      if (claim) await engine.finishEffect(claim, { ok: true, outcome: null })
      return claim
    },
    async finishEffect(claim, result) {
      if (result.ok && result.outcome)
        await engine.submit(claim.run.id, { type: 'outcome', outcome: result.outcome, at: claim.run.updatedAt })
      return 'done' as const
    },
  }
}
