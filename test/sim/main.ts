/** `npm run sim`: many seeds, or the table of planted faults. A failing seed is printed with its violations. */
import { parseArgs } from 'node:util'

import { FAULTS, mutants } from './faults.ts'
import type { Mutant } from './faults.ts'
import { simulate } from './simulate.ts'

const WEBHOOKS = 20
const MUTANT_SEEDS_MAX = 2_000
const FAILURES_SHOWN_MAX = 10

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    show: { type: 'string' },
  },
})

if (values.show) await show(Number(values.show))
else if (values.mutants) await mutantTable()
else await campaign(Number(values.from), Number(values.seeds), (values.mutant as Mutant | undefined) ?? null)

async function show(seed: number): Promise<void> {
  const mutant = (values.mutant as Mutant | undefined) ?? null
  const result = await simulate({ seed, webhooks: WEBHOOKS, faults: FAULTS, keepNotes: true, mutant })
  console.log(result.notes.join('\n'))
  console.log(result.violations.join('\n') || 'no violation')
}

async function campaign(from: number, seeds: number, mutant: Mutant | null): Promise<void> {
  const startedAt = performance.now()
  const totals: Record<string, number> = {}
  let steps = 0
  let failures = 0
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await simulate({ seed, webhooks: WEBHOOKS, faults: FAULTS, mutant })
    steps += result.steps
    for (const [status, n] of Object.entries(result.statuses)) totals[status] = (totals[status] ?? 0) + n
    if (result.violations.length === 0) continue
    failures++
    if (failures <= FAILURES_SHOWN_MAX) console.log(`seed ${seed}:\n  ${result.violations.join('\n  ')}`)
  }
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `${seeds} systems, ${failures} with violations, ${(seeds / seconds).toFixed(1)} systems/s, ${Math.round(steps / seconds)} steps/s`,
  )
  for (const [status, n] of Object.entries(totals).sort((a, b) => b[1] - a[1]))
    console.log(`  ${String(n).padStart(7)}  ${status}`)
  if (failures > 0) process.exitCode = 1
}

async function mutantTable(): Promise<void> {
  let survivors = 0
  console.log('planted fault            found by seed  first violation')
  for (const mutant of mutants) {
    const found = await firstSeed(mutant)
    if (!found) survivors++
    console.log(`${mutant.padEnd(24)} ${String(found?.seed ?? 'none').padStart(13)}  ${found?.violation ?? 'SURVIVED'}`)
  }
  if (survivors > 0) process.exitCode = 1
}

async function firstSeed(mutant: Mutant): Promise<{ seed: number; violation: string } | null> {
  for (let seed = 1; seed <= MUTANT_SEEDS_MAX; seed++) {
    const { violations } = await simulate({ seed, webhooks: WEBHOOKS, faults: FAULTS, mutant })
    if (violations[0]) return { seed, violation: violations[0] }
  }
  return null
}
