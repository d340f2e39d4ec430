/**
 * `npm run sim`: many seeds, every boundary of one quiet system, or the table of planted faults. What fails is printed
 * with its seed and the commit, so that anybody can see it again.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { EXIT_USAGE, UsageError, flagsOrExit, readFlags } from '../stack/flags.ts'
import { WEBHOOKS, campaign } from './campaign.ts'
import { FAULTS, NO_FAULTS, mutants } from './faults.ts'
import type { Mutant } from './faults.ts'
import { simulate } from './simulate.ts'

const MUTANT_SEEDS_MAX = 2_000
const FAILURES_SHOWN_MAX = 10
const QUIET_WEBHOOKS = 2

const USAGE = `Usage: npm run sim -- [flags]
  --seeds N --from S   simulate N systems from seed S on (default 200 from 1)
  --mutants            plant each known fault and say which seed finds it; fails if one survives
  --mutant NAME        the same campaign with one planted fault: ${mutants.join(', ')}
  --boundaries N       kill a replica at each of the first N boundaries of one quiet system
  --show SEED          print what happens in one system
  --help`

const options = {
  seeds: { type: 'string', default: '200' },
  from: { type: 'string', default: '1' },
  mutants: { type: 'boolean', default: false },
  mutant: { type: 'string' },
  boundaries: { type: 'string' },
  show: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const
const values = flagsOrExit(USAGE, () => {
  const flags = readFlags(process.argv.slice(2), options)
  return flags.help ? 'help' : flags
})

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name} takes a whole number from 1, not ${text}.`)
  return value
}

function known(name: string | undefined): Mutant | null {
  if (name === undefined) return null
  const found = mutants.find((m) => m === name)
  if (!found) throw new UsageError(`There is no planted fault ${name}. Known: ${mutants.join(', ')}.`)
  return found
}

async function main(): Promise<void> {
  if (values.show !== undefined) await show(whole('show', values.show))
  else if (values.mutants) await mutantTable()
  else if (values.boundaries !== undefined) await boundaries(whole('boundaries', values.boundaries))
  else await seeds(whole('from', values.from), whole('seeds', values.seeds), known(values.mutant))
}

async function show(seed: number): Promise<void> {
  const result = await simulate({
    seed,
    webhooks: WEBHOOKS,
    faults: FAULTS,
    keepNotes: true,
    mutant: known(values.mutant),
  })
  console.log(result.notes.join('\n'))
  console.log(result.violations.join('\n') || 'no violation')
  console.log(`trace ${result.trace.toString(16)}, ${result.steps} steps`)
}

async function seeds(from: number, count: number, mutant: Mutant | null): Promise<void> {
  const startedAt = performance.now()
  const { systems, steps, virtualMs, statuses, failures } = await campaign({ from, seeds: count, mutant })
  for (const { seed, violations } of failures.slice(0, FAILURES_SHOWN_MAX)) {
    console.log(`seed ${seed} at commit ${await commit()}:\n  ${violations.join('\n  ')}`)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const hours = virtualMs / 3_600_000 / seconds
  console.log(
    `${systems} systems, ${failures.length} with violations, ${seconds.toFixed(1)} s: ${(systems / seconds).toFixed(1)} systems/s, ` +
      `${Math.round(steps / seconds)} steps/s, ${hours.toFixed(1)} virtual hours a second`,
  )
  for (const [status, n] of Object.entries(statuses).sort((a, b) => b[1] - a[1]))
    console.log(`  ${String(n).padStart(7)}  ${status}`)
  if (failures.length > 0) process.exitCode = 1
}

async function boundaries(count: number): Promise<void> {
  let failures = 0
  for (let killAt = 1; killAt <= count; killAt++) {
    const result = await simulate({ seed: 1, webhooks: QUIET_WEBHOOKS, faults: NO_FAULTS, killAt })
    if (result.violations.length === 0) continue
    if (++failures <= FAILURES_SHOWN_MAX) console.log(`boundary ${killAt}:\n  ${result.violations.join('\n  ')}`)
  }
  console.log(`${count} boundaries, ${failures} with violations`)
  if (failures > 0) process.exitCode = 1
}

async function mutantTable(): Promise<void> {
  let survivors = 0
  console.log('planted fault            found by seed  first violation')
  for (const mutant of mutants) {
    const { failures } = await campaign({ from: 1, seeds: MUTANT_SEEDS_MAX, mutant }, { stopAtFirst: true })
    const first = failures[0]
    if (!first) survivors++
    console.log(
      `${mutant.padEnd(24)} ${String(first?.seed ?? 'none').padStart(13)}  ${first?.violations[0] ?? 'SURVIVED'}`,
    )
  }
  if (survivors > 0) process.exitCode = 1
}

async function commit(): Promise<string> {
  const asked = promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'])
  return asked.then(({ stdout }) => stdout.trim()).catch(() => 'unknown')
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = EXIT_USAGE
}
