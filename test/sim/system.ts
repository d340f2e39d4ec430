/**
 * The whole system on the virtual clock: two replicas of the real core (engine, loops, performers) over one store, and
 * GitHub, Actions and a sandbox provider that are simulated. A mutant plants one fault into it.
 */
import { hash } from 'node:crypto'

import type { DispatchPayload } from '../../app/contracts/executor.ts'
import { memoryStore } from '../support/memory-store.ts'
import { createDeliveries } from './deliveries.ts'
import { startJob } from './executor.ts'
import type { SimJob } from './executor.ts'
import type { FaultRates, Mutant } from './faults.ts'
import { createSimGitHub } from './github.ts'
import { createSimInbox } from './inbox.ts'
import { createNetwork } from './network.ts'
import { createOutside } from './outside.ts'
import { createPeople } from './people.ts'
import type { SimPlaces } from './places.ts'
import { createReplica } from './replicas.ts'
import type { App, SimReplica } from './replicas.ts'
import { createSimSandboxes } from './sandboxes.ts'
import { createWorkflowNews } from './workflow-news.ts'
import { createScheduler } from './scheduler.ts'

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
  /** What bad luck may add to a clock. */
  excuseMs?: number
}

export const START_MS = Date.parse('2026-11-20T12:00:00.000Z')
/** Faults happen for ten virtual minutes; then the system is left to come to rest. */
const FAULTY_MS = 600_000
const REPLICAS = 2
/** An answer that takes longer counts as lost. */
const ANSWER_MS_MAX = 10_000

export type System = ReturnType<typeof createSystem>

export function createSystem(options: SystemOptions) {
  const { seed, webhooks, faults, mutant = null, killAt = null, crashLoopMs = null, keepNotes = false } = options
  const scheduler = createScheduler(seed, START_MS, keepNotes)
  const quiet = () => scheduler.now - START_MS > FAULTY_MS
  const network = createNetwork(scheduler, faults, quiet, killAt)
  const outside = createOutside(scheduler, faults)
  const github = createSimGitHub({ scheduler, network, faults, quiet, outside })
  const sandboxes = createSimSandboxes(scheduler, network, faults, quiet)
  const inbox = createSimInbox()
  const memory = memoryStore({ copies: false })
  const places: SimPlaces = { kept: new Map() }
  const jobs: SimJob[] = []
  const trail = new Set<string>()
  const refused = new Set<string>()
  const deaths: number[] = []
  const digest = (text: string): string => hash('md5', text).padEnd(64, '0')
  const mongoFails = () => (outside.storeIsDown() ? 1 : faults.mongoAmbiguous)
  const lifeMs = () => (quiet() ? null : crashLoopMs)
  let ids = 0
  const nextId = () => ++ids

  const told = { digest, mongoFails, nextId, trail, refused, deaths, mutant, lifeMs, dryRunEvery: faults.dryRunEvery }
  const world = { scheduler, network, github, sandboxes, inbox, memory, places, outside, ...told }
  const replicas = Array.from({ length: REPLICAS }, (_, i) => createReplica(world, `app${i + 1}`))

  /** Any living replica; null while there is none. */
  function someReplica(): SimReplica | null {
    const living = replicas.filter((r) => r.alive)
    return living.length === 0 ? null : living[scheduler.between(0, living.length - 1)]!
  }

  /** A request from outside reaches any living replica; its answer may be lost with the replica. */
  async function app<T>(ask: (app: App) => Promise<T>): Promise<T> {
    await scheduler.sleep(scheduler.between(1, 30))
    const replica = someReplica()
    if (!replica) throw new Error('connection refused')
    return new Promise((resolve, reject) => {
      const cancel = scheduler.after(ANSWER_MS_MAX, () => reject(new Error('no answer')))
      ask(replica.app).then(resolve, reject).finally(cancel)
    })
  }

  const workflowNews = createWorkflowNews({ scheduler, faults, quiet, app })

  github.onDispatch = (payload: DispatchPayload) => {
    if (!quiet() && scheduler.happens(faults.dispatchLost)) return
    const times = !quiet() && scheduler.happens(faults.dispatchTwice) ? 2 : 1
    for (let i = 0; i < times; i++) queueJob(payload)
  }

  function queueJob(payload: DispatchPayload): void {
    const workflowRunId = 1_000 + github.workflows.size
    const workflow = {
      runId: payload.run_id,
      state: 'queued' as 'queued' | 'in_progress' | 'completed',
      conclusion: null as string | null,
      artifact: null as Uint8Array | null,
    }
    github.workflows.set(workflowRunId, workflow)
    const createdAt = scheduler.now
    const tell = () => workflowNews({ workflowRunId, createdAt, ...workflow })
    const ended = async (job: SimJob) => {
      const { conclusion, artifact } = await job.done
      const kept = mutant === 'artifact-left-behind' ? null : artifact
      Object.assign(workflow, { state: 'completed', conclusion, artifact: kept })
      tell()
    }
    scheduler.after(scheduler.between(500, 8_000), () => {
      workflow.state = 'in_progress'
      tell()
      const job = startJob({ scheduler, faults, quiet, sandboxes, app, digest, mutant }, payload, workflowRunId)
      jobs.push(job)
      void ended(job)
    })
  }
  github.onCancelWorkflow = (id) => {
    const job = jobs.find((j) => j.workflowRunId === id)
    if (job) job.cancelled = true
  }

  const deliveries = createDeliveries({
    scheduler,
    faults,
    quiet,
    reached: (id) => inbox.items.has(id),
    async receive(id, accept) {
      const replica = someReplica()
      if (!replica) return
      const body = new TextEncoder().encode(JSON.stringify({ trigger: `IC_${id}`, issue: issueOf(id) }))
      if (mutant === 'answer-before-insert') accept()
      await network.call(replica, `insert ${id}`, () => inbox.insert(id, body, scheduler.now), { fails: mongoFails() })
      accept()
      replica.app.arrived()
    },
  })
  github.deliveries = deliveries

  const people = createPeople({ scheduler, app })
  for (const replica of replicas) replica.start()
  for (let n = 0; n < webhooks; n++) schedule(n)

  function schedule(n: number): void {
    const id = `d${n}`
    const at = scheduler.between(0, FAULTY_MS / 2)
    deliveries.send(id, scheduler.happens(faults.reorderDelivery) ? at + scheduler.between(1_000, 60_000) : at)
    if (scheduler.happens(faults.duplicateDelivery)) deliveries.send(id, at + scheduler.between(0, 30_000))
    if (scheduler.happens(faults.pause))
      scheduler.after(at + scheduler.between(2_000, 20_000), () => void people.pauseAndResume(n + 1))
    if (scheduler.happens(faults.cancel))
      scheduler.after(
        at + scheduler.between(1_000, 60_000),
        () => void people.stop(n + 1, n % 2 === 0 ? 'cancel' : 'kill'),
      )
    if (scheduler.happens(faults.retry)) scheduler.after(at, () => void people.retry(n + 1))
    if (!scheduler.happens(faults.say)) return
    for (const said of [`first to ${n}`, `second to ${n}`])
      scheduler.after(at + scheduler.between(1_000, 30_000), () => void people.say(n + 1, said))
  }

  const { accepted } = deliveries
  const { rows } = memory
  return {
    scheduler,
    network,
    outside,
    github,
    sandboxes,
    inbox,
    deliveries,
    accepted,
    refused,
    deaths,
    trail,
    rows,
    jobs,
  }
}

/** The issue that a delivery is about: each has one of its own. */
export function issueOf(deliveryId: string): number {
  return Number(deliveryId.slice(1)) + 1
}
