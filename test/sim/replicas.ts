/**
 * A replica of the app: the real core, its loops and its performers as app/compose puts them together, with the ports
 * of the simulation. One that is killed comes back after a while, and remembers nothing.
 */
import type { CallbackMark } from '../../app/domain/events.ts'
import type { Act } from '../../app/domain/acts.ts'
import { defaultClocks } from '../../app/domain/policy.ts'
import { createUrls } from '../../app/domain/render/urls.ts'
import type { RunStore } from '../../app/domain/run-store.ts'
import { SwitchedOff } from '../../app/domain/switched-off.ts'
import { Engine } from '../../app/engine.ts'
import type { EngineDeps } from '../../app/engine.ts'
import { Drain } from '../../app/loops/drain.ts'
import { Intake } from '../../app/loops/intake.ts'
import { reap } from '../../app/loops/reap.ts'
import { DeliveryReconciler } from '../../app/loops/reconcile-deliveries.ts'
import { repeat } from '../../app/loops/repeat.ts'
import type { Loop } from '../../app/loops/repeat.ts'
import { sweep } from '../../app/loops/sweep.ts'
import { Cadence } from '../../app/perform/cadence.ts'
import type { PerformDeps } from '../../app/perform/perform.ts'
import { Turns } from '../../app/perform/turns.ts'
import { performTable } from '../../app/perform/table.ts'
import type { memoryStore } from '../support/memory-store.ts'
import { request } from '../support/story.ts'
import { takeLeft } from './artifact.ts'
import type { Mutant } from './faults.ts'
import type { SimGitHub } from './github.ts'
import type { SimInbox } from './inbox.ts'
import { mutate, mutantEngine, mutantTable } from './mutate.ts'
import type { Network, Replica } from './network.ts'
import type { Outside } from './outside.ts'
import { RUNS_AT_ONCE, placesFor } from './places.ts'
import type { SimPlaces } from './places.ts'
import { simProposal } from './proposal.ts'
import type { SimSandboxes } from './sandboxes.ts'
import type { Scheduler } from './scheduler.ts'

export interface App {
  engine: Engine
  /** Something new lies in the inbox. */
  arrived(): void
  /** What the mutant without a sequence check does to a callback. */
  nextPlace(runId: string, mark: CallbackMark): Promise<CallbackMark>
}

export interface SimReplica extends Replica {
  app: App
  start(): void
}

export interface World {
  scheduler: Scheduler
  network: Network
  github: SimGitHub
  sandboxes: SimSandboxes
  inbox: SimInbox
  memory: ReturnType<typeof memoryStore>
  places: SimPlaces
  outside: Outside
  digest: (text: string) => string
  mongoFails: () => number
  nextId: () => number
  /** Names of the lines of the audit trail. */
  trail: Set<string>
  /** Triggers that were refused because of the kill switch. */
  refused: Set<string>
  /** See `FaultRates`. */
  dryRunEvery: number
  mutant: Mutant | null
  /** When replicas died, in ms since the epoch. */
  deaths: number[]
  /** How long each life of a replica lasts; null is for ever. */
  lifeMs: () => number | null
}

const SWEEP_MS = 30_000
const DRAIN_MS = 2_000
const KILL_MS = 2_000
/** It is hurried by every arrival, as it is in the app; the timer only finds what is due again. */
const INTAKE_MS = 4_000
const LATE_SLEEP_MS = 30_000
/** Pauses that nobody ends are over within the simulation. */
const PAUSE_MS = 300_000
/** Less than there is, so that what a replica remembers is also forgotten. */
const RUNS_REMEMBERED = 10
const ACTS_REMEMBERED = 20
const quietLog = { debug() {}, info() {}, warn() {}, error() {} }

export function createReplica(world: World, name: string): SimReplica {
  const { scheduler } = world
  let loops: Loop[] = []
  const replica: SimReplica = {
    name,
    epoch: 0,
    alive: false,
    app: null as unknown as App,
    kill() {
      replica.epoch++
      replica.alive = false
      world.deaths.push(scheduler.now)
      for (const loop of loops) void loop.stop()
      scheduler.note(`${name} killed`)
      scheduler.after(scheduler.between(1_000, 5_000), () => replica.start())
    },
    start() {
      replica.alive = true
      scheduler.note(`${name} started`)
      // What this process holds dies with it, even if a promise of it lives on.
      const process = Object.create(replica, { born: { value: replica.epoch } }) as Replica
      const core = createCore(world, process)
      replica.app = core.app
      loops = startLoops(world, process, core)
      const { epoch } = replica
      const lifeMs = world.lifeMs()
      if (lifeMs === null) return
      scheduler.after(lifeMs, () => {
        if (replica.epoch === epoch && world.lifeMs() !== null) replica.kill()
      })
    },
  }
  return replica
}

interface Core {
  app: App
  drain: Drain
  perform: PerformDeps
  /** Set by whoever starts the loops. */
  hurry: { intake: () => void; drain: () => void; kill: (runId: string) => void }
}

function createCore(world: World, process: Replica): Core {
  const { scheduler, network, outside, digest, mutant, mongoFails } = world
  const hurry: Core['hurry'] = { intake() {}, drain() {}, kill() {} }
  const switchedOff = async () => {
    const isOn = () => outside.switchedOffSince() !== null
    return (await network.call(process, 'kill switch', isOn, { fails: mongoFails() })) && mutant !== 'no-kill-switch'
  }
  const deps: EngineDeps = {
    store: storeFor(world, process),
    now: () => scheduler.now,
    chance: scheduler.chance,
    uuid: () => `u${world.nextId()}`,
    runId: () => `r_${String(world.nextId()).padStart(10, '0')}`,
    sha256: digest,
    switchedOff,
    audit: (acts) => auditFrom(world, process, acts),
    defaults: { clocks: { ...defaultClocks, pauseMs: PAUSE_MS }, sandboxProvider: 'sim', executorRepository: null },
    runsRemembered: RUNS_REMEMBERED,
    actsRemembered: ACTS_REMEMBERED,
    hurry: (runId, lane) => (lane === 'kill' ? hurry.kill(runId) : hurry.drain()),
  }
  const engine = new Engine(deps)
  const perform: PerformDeps = {
    github: world.github.portFor(process),
    provider: async () => world.sandboxes.providerFor(process),
    proposal: async () => simProposal,
    takeUndelivered: (runId, left) => takeLeft(engine, runId, left, scheduler.now),
    earlierPullRequests: async () => [],
    notify: 'needs-me',
    label: 'agent',
    cadence: new Cadence(),
    turns: new Turns(placesFor(world, process), RUNS_AT_ONCE),
    nonceFor: (id) => id,
    sha256: digest,
    knownSecrets: [],
    inPublic: (run) => run,
    switchedOff,
    sandboxOwner: 'sim',
    urls: createUrls({ publicUrl: 'https://deckhand.test', githubUrl: 'https://github.com' }),
    callbackUrl: (id) => `https://deckhand.test/api/runs/${id}`,
    log: quietLog,
    now: () => scheduler.now,
  }
  const table = mutantTable(performTable, mutant, scheduler.chance)
  const drain = new Drain({ engine: mutantEngine(engine, mutant), table, perform, hurry: () => hurry.drain() })
  return {
    app: {
      engine,
      arrived: () => hurry.intake(),
      async nextPlace(runId, mark) {
        const run = await engine.load(runId)
        return run ? { ...mark, seq: run.dispatch.lastSeq + 1, prev: run.dispatch.lastDigest } : mark
      },
    },
    drain,
    perform,
    hurry,
  }
}

/** The store as a replica reaches it: answers may be lost, and while a primary is elected nothing answers. */
function storeFor({ memory, mutant, network, mongoFails }: World, process: Replica): RunStore {
  const real = mutate(memory, mutant)
  const wrapped = {} as Record<string, unknown>
  for (const name of Object.keys(real) as (keyof RunStore)[]) {
    wrapped[name] = async (...args: never[]) => {
      const effect = () => (real[name] as (...a: never[]) => Promise<unknown>)(...args)
      return await (
        await network.call(process, name, () => ({ answer: effect() }), { fails: mongoFails() })
      ).answer
    }
  }
  return wrapped as unknown as RunStore
}

/** The audit trail fails as the store does: a line may be written although nobody hears of it. */
async function auditFrom({ trail, network, mongoFails }: World, process: Replica, acts: readonly Act[]): Promise<void> {
  const effect = () => {
    for (const { once } of acts) trail.add(once)
  }
  await network.call(process, 'audit', effect, { fails: mongoFails() })
}

/** The loops of app/compose/loops.ts, on the clock of the simulation. */
function startLoops(world: World, process: Replica, core: Core): Loop[] {
  const { scheduler, inbox, network, sandboxes, mutant, mongoFails } = world
  const { app, drain, perform, hurry } = core
  const { engine } = app
  const epoch = process.born
  const timers = {
    after: (ms: number, callback: () => void) =>
      scheduler.after(ms, () => {
        if (process.epoch === epoch) callback()
      }),
  }
  const loop = (name: string, everyMs: number, step: () => Promise<unknown>): Loop =>
    repeat(name, everyMs, step, { timers, log: quietLog })
  // A slow performance does not hold up the next turn; the drain itself knows what it works on.
  const apart = (step: () => Promise<unknown>) => async () => void step().catch(() => {})
  const sleepFirst = (step: () => Promise<unknown>) => async () => {
    if (mutant === 'sleep-first-sweeper') await scheduler.sleep(LATE_SLEEP_MS)
    return step()
  }

  const intake = new Intake({
    inbox: inbox.inboxFor(process, network, mongoFails),
    receive: receiverOf(world, core),
    apologise: async () => {},
    log: quietLog,
    now: () => scheduler.now,
    chance: scheduler.chance,
  })
  const stepIntake = apart(() => intake.step())
  const stepKills = apart(() => drain.stepKills())
  const stepOrdinary = apart(() => drain.stepOrdinary())
  const [incoming, ordinary] = [loop('intake', INTAKE_MS, stepIntake), loop('drain', DRAIN_MS, stepOrdinary)]
  const loops = [incoming, ordinary, loop('kill', KILL_MS, stepKills)]
  hurry.intake = () => incoming.hurry()
  hurry.drain = () => ordinary.hurry()
  hurry.kill = (runId) => void drain.kill(runId)
  if (mutant !== 'no-sweeper') {
    const step = sleepFirst(() => sweep(engine, scheduler.now, quietLog))
    loops.push(loop('sweep', SWEEP_MS, step))
  }
  if (mutant !== 'no-reaper') {
    const provider = sandboxes.providerFor(process)
    const step = sleepFirst(() => reap({ engine, provider, owner: 'sim', log: quietLog }, scheduler.now))
    loops.push(loop('reap', SWEEP_MS, step))
  }
  if (mutant !== 'no-reconciler') {
    const reconciler = new DeliveryReconciler({
      github: perform.github,
      inbox: { knownDeliveries: inbox.knownFor(process, network, mongoFails) },
      lead: inbox.leadFor(process, network, mongoFails, () => scheduler.now),
      log: quietLog,
    })
    loops.push(loop('reconcile', SWEEP_MS, () => reconciler.step(scheduler.now)))
  }
  return loops
}

/** The webhook handlers, as far as the simulation needs them: who asks is looked up, and the Run is requested. */
function receiverOf({ mutant, refused, nextId, dryRunEvery }: World, { app, perform }: Core) {
  return async ({ payload }: { payload: unknown }) => {
    const { trigger, issue } = payload as { trigger: string; issue: number }
    await perform.github.permissionOf(request.repository, 'octocat', 1)
    const id = mutant === 'no-unique-key' ? `${trigger} ${nextId()}` : trigger
    try {
      await app.engine.request({
        ...request,
        issue: { ...request.issue, number: issue },
        trigger: { ...request.trigger, id },
        dryRun: dryRunEvery > 0 && issue % dryRunEvery === 0,
      })
    } catch (error) {
      if (!(error instanceof SwitchedOff)) throw error
      refused.add(trigger)
    }
    return { outcome: 'processed' as const, reason: null }
  }
}
