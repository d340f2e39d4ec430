/** Many seeds over all cores: each worker takes the next batch, so that a slow one holds up nobody. */
import { availableParallelism } from 'node:os'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

import { FAULTS } from './faults.ts'
import type { Mutant } from './faults.ts'
import { simulate } from './simulate.ts'

export interface CampaignResult {
  systems: number
  steps: number
  virtualMs: number
  /** Runs by `status:reason`. */
  statuses: Record<string, number>
  failures: { seed: number; violations: string[] }[]
}

interface Batch {
  from: number
  seeds: number
  mutant: Mutant | null
}

export const WEBHOOKS = 20
const BATCH_SEEDS = 10
const FAILURES_KEPT_MAX = 50
/** A simulated system is made of objects that die young; with this much room most are gone before they are looked at. */
const YOUNG_MIB = 128

/** One batch in this thread. */
async function runBatch({ from, seeds, mutant }: Batch): Promise<CampaignResult> {
  const result: CampaignResult = { systems: 0, steps: 0, virtualMs: 0, statuses: {}, failures: [] }
  for (let seed = from; seed < from + seeds; seed++) {
    const { violations, steps, statuses, virtualMs } = await simulate({
      seed,
      webhooks: WEBHOOKS,
      faults: FAULTS,
      mutant,
    })
    merge(result, {
      systems: 1,
      steps,
      virtualMs,
      statuses,
      failures: violations.length > 0 ? [{ seed, violations }] : [],
    })
  }
  return result
}

/** Runs the seeds `from` … `from + seeds - 1`; with `stopAtFirst` no new batch starts after a failure. */
export async function campaign(
  { from, seeds, mutant }: Batch,
  { workers = availableParallelism(), stopAtFirst = false }: { workers?: number; stopAtFirst?: boolean } = {},
): Promise<CampaignResult> {
  const total: CampaignResult = { systems: 0, steps: 0, virtualMs: 0, statuses: {}, failures: [] }
  let next = from
  const take = (): Batch | null => {
    if (next >= from + seeds || (stopAtFirst && total.failures.length > 0)) return null
    const batch = { from: next, seeds: Math.min(BATCH_SEEDS, from + seeds - next), mutant }
    next += batch.seeds
    return batch
  }
  await Promise.all(Array.from({ length: workers }, () => drive(take, (result) => merge(total, result))))
  total.failures.sort((a, b) => a.seed - b.seed)
  return total
}

function drive(take: () => Batch | null, done: (result: CampaignResult) => void): Promise<void> {
  const first = take()
  if (!first) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } })
    worker.on('error', reject)
    worker.on('message', (result: CampaignResult) => {
      done(result)
      const batch = take()
      if (batch) worker.postMessage(batch)
      else void worker.terminate().then(() => resolve())
    })
    worker.postMessage(first)
  })
}

function merge(total: CampaignResult, part: CampaignResult): void {
  total.systems += part.systems
  total.steps += part.steps
  total.virtualMs += part.virtualMs
  for (const [status, n] of Object.entries(part.statuses)) total.statuses[status] = (total.statuses[status] ?? 0) + n
  total.failures.push(...part.failures.slice(0, FAILURES_KEPT_MAX))
}

if (!isMainThread && parentPort) {
  const port = parentPort
  port.on('message', (batch: Batch) => void runBatch(batch).then((result) => port.postMessage(result)))
}
