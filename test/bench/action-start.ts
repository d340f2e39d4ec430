/**
 * P7: how long the committed bundle takes to start, against an empty Node start on the same machine in the same run.
 * The two are interleaved and medians are compared, so that what else the machine does falls on both. The bundle is
 * started without an event: it loads its eager part, says that it was not started by Deckhand, and ends.
 * Use: node test/bench/action-start.ts [rounds]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const RATIO_MAX = 1.3
const ROUNDS_DEFAULT = 41
const bundle = fileURLToPath(new URL('../../actions/run-agent/dist/index.js', import.meta.url))

function startMs(script: string): number {
  const start = performance.now()
  spawnSync(process.execPath, [script], { env: { PATH: process.env.PATH }, stdio: 'ignore' })
  return performance.now() - start
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const dir = mkdtempSync(join(tmpdir(), 'action-start-'))
try {
  const empty = join(dir, 'empty.mjs')
  writeFileSync(empty, '')
  const rounds = Number(process.argv[2] ?? ROUNDS_DEFAULT)
  const times = { empty: [] as number[], bundle: [] as number[] }
  for (const script of [empty, bundle]) startMs(script)
  for (let round = 0; round < rounds; round++) {
    times.empty.push(startMs(empty))
    times.bundle.push(startMs(bundle))
  }
  const [base, ours] = [median(times.empty), median(times.bundle)]
  const ratio = ours / base
  console.log(
    `empty ${base.toFixed(1)} ms, action ${ours.toFixed(1)} ms, ratio ${ratio.toFixed(2)} (at most ${RATIO_MAX})`,
  )
  process.exitCode = ratio <= RATIO_MAX ? 0 : 1
} finally {
  rmSync(dir, { recursive: true, force: true })
}
