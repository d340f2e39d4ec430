/**
 * P7: how long the committed bundle takes to start, against an empty Node start on the same machine in the same run.
 * The two are interleaved and medians are compared, so that what else the machine does falls on both. The bundle is
 * started without an event: it loads its eager part, says that it was not started by Deckhand, and ends.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { digits, median, row } from './bench.ts'
import type { Bench, Row } from './bench.ts'

const ROUNDS = 41
const RATIO_MAX = 1.3
const DIST_MIB_MAX = 3
const dist = fileURLToPath(new URL('../../actions/run-agent/dist', import.meta.url))

function startMs(script: string): number {
  const start = performance.now()
  spawnSync(process.execPath, [script], { env: { PATH: process.env['PATH'] }, stdio: 'ignore' })
  return performance.now() - start
}

async function run(): Promise<Row[]> {
  const dir = mkdtempSync(join(tmpdir(), 'action-start-'))
  try {
    const empty = join(dir, 'empty.mjs')
    const bundle = join(dist, 'index.js')
    writeFileSync(empty, '')
    const times = { empty: [] as number[], bundle: [] as number[] }
    for (const script of [empty, bundle]) startMs(script)
    for (let round = 0; round < ROUNDS; round++) {
      times.empty.push(startMs(empty))
      times.bundle.push(startMs(bundle))
    }
    const [base, ours] = [median(times.empty), median(times.bundle)]
    const bytes = readdirSync(dist, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(dist, name)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
    const both = `${digits(ours)} ms against ${digits(base)} ms`
    return [
      row('start of the action against an empty Node start', ours / base, '<=', RATIO_MAX, '×', both),
      row('the whole bundle', bytes / 1024 / 1024, '<=', DIST_MIB_MAX, 'MiB'),
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export const actionStart: Bench = {
  id: 'p7',
  title: 'P7: start of the action',
  how: `${ROUNDS} starts of each in turns, medians.`,
  run,
}
