/** Runs one simulated system from its seed to rest, watched all the way. */
import { atRest, createWatch } from './invariants.ts'
import { START_MS, createSystem } from './system.ts'
import type { System, SystemOptions } from './system.ts'

export interface SimResult {
  seed: number
  violations: string[]
  trace: number
  steps: number
  boundaries: number
  kills: number
  runs: number
  /** Runs that stood in line at some time. */
  waited: number
  /** Requests that were answered with the kill switch. */
  refused: number
  statuses: Record<string, number>
  virtualMs: number
  notes: readonly string[]
}

const WATCH_MS = 10_000
/** Long enough for the longest honest end: fifteen minutes queued, and a sandbox that is owed its lifetime. */
const HORIZON_MS = 90 * 60_000
/** What an election or a restart may add to a clock, unless it is told otherwise. */
const EXCUSE_MS = 25_000

/** Same options, same result, to the trace. */
export async function simulate(options: SystemOptions): Promise<SimResult> {
  const { stackTraceLimit } = Error
  // Thousands of errors are thrown on purpose, and their stacks would be a quarter of the work.
  if (!options.keepNotes) Error.stackTraceLimit = 0
  try {
    return await toRest(options)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

async function toRest(options: SystemOptions): Promise<SimResult> {
  const system = createSystem(options)
  const { scheduler, network, rows } = system
  const violations = new Set<string>()
  const watch = createWatch(system, options.excuseMs ?? EXCUSE_MS)
  const until = START_MS + HORIZON_MS
  let restedMs = 0
  while (scheduler.now < until) {
    await scheduler.run(Math.min(until, scheduler.now + WATCH_MS))
    for (const violation of watch()) violations.add(violation)
    restedMs = resting(system) ? restedMs + WATCH_MS : 0
    if (violations.size > 0 || restedMs >= REST_MS) break
  }
  if (violations.size === 0) for (const violation of atRest(system)) violations.add(violation)
  const statuses: Record<string, number> = {}
  const byTrigger = new Set([...rows.values()].map(({ run }) => run.trigger.id))
  for (const { run } of rows.values()) {
    const key = `${run.status}:${run.reason}`
    statuses[key] = (statuses[key] ?? 0) + 1
  }
  return {
    seed: options.seed,
    violations: [...violations],
    trace: scheduler.trace,
    steps: scheduler.steps,
    boundaries: network.boundaries,
    kills: network.kills,
    runs: rows.size,
    waited: [...rows.values()].filter(({ events }) => events.some(({ type }) => type === 'run.waits')).length,
    refused: [...system.refused].filter((trigger) => !byTrigger.has(trigger)).length,
    statuses,
    virtualMs: scheduler.now - START_MS,
    notes: scheduler.notes,
  }
}

/** For so long: a person may come back to a Run that has ended. */
const REST_MS = 60_000

/** All that was asked is answered, nothing is owed, every sandbox is gone, and none is still to appear. */
function resting({ rows, sandboxes, inbox, deliveries }: System): boolean {
  if (!deliveries.settled()) return false
  if (sandboxes.live().length > 0 || sandboxes.expected() > 0) return false
  if ([...inbox.items.values()].some((i) => i.dueAt !== Infinity)) return false
  return [...rows.values()].every((r) => r.run.endedAt !== null && r.effects.length === 0 && r.acts.length === 0)
}
