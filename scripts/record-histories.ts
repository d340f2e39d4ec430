/**
 * Records histories of simulated Runs, one of each shape, into `test/fixtures/histories/v<n>`: what this version writes,
 * every later one has to fold to the same state (trust.md R6). Files that exist are never written again.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { EVENT_VERSION } from '../app/domain/events.ts'
import { documentOf } from '../test/support/signed-ledger.ts'
import { FAULTS } from '../test/sim/faults.ts'
import { START_MS, createSystem } from '../test/sim/system.ts'

const WANTED = 60
const SEEDS_MAX = 200
const WEBHOOKS = 20
const HORIZON_MS = 90 * 60_000
/** Longer ones say nothing more, and a repository is no archive. */
const BYTES_MAX = 24 * 1024

const folder = fileURLToPath(new URL(`../test/fixtures/histories/v${EVENT_VERSION}/`, import.meta.url))
mkdirSync(folder, { recursive: true })
const shapes = new Map<string, number>()
let written = 0
for (let seed = 1; seed <= SEEDS_MAX && written < WANTED; seed++) {
  const { rows, scheduler } = createSystem({ seed, webhooks: WEBHOOKS, faults: FAULTS })
  await scheduler.run(START_MS + HORIZON_MS)
  for (const { run, events } of rows.values()) {
    const end = `${run.status}-${run.reason ?? 'alive'}`
    const shape = events.map((event) => event.type).join(' ')
    const seen = shapes.get(end) ?? 0
    if (shapes.has(shape) || seen >= WANTED / 5 || written >= WANTED) continue
    const document = JSON.stringify(documentOf(events))
    const file = `${folder}sim-${end}-${String(seen + 1).padStart(2, '0')}.json`
    if (document.length > BYTES_MAX || existsSync(file)) continue
    shapes.set(shape, 1).set(end, seen + 1)
    writeFileSync(file, `${document}\n`)
    written++
  }
}
console.log(`${written} histories in ${folder}`)
