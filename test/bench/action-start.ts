/**
 * P7: how long the committed bundle takes to start, against an empty Node start on the same machine in the same run.
 * The two are interleaved and medians are compared, so that what else the machine does falls on both. The bundle is
 * started without an event: it loads its eager part, says that it was not started by Deckhand, and ends. Then whole
 * Runs, for the time from the start of the job's step to its first signed event in the app's ledger.
 */
import { randomUUID } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startWorld } from '../stack/world.ts'
import { stageOf } from '../support/scenario.ts'
import { digits, median, row, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'

const ROUNDS = 41
const RUNS = 5
const STARTED_S_MAX = 1
const RATIO_MAX = 1.3
const DIST_MIB_MAX = 3
const dist = fileURLToPath(new URL('../../actions/run-agent/dist', import.meta.url))

function startMs(script: string): number {
  const start = performance.now()
  spawnSync(process.execPath, [script], { env: { PATH: process.env['PATH'] }, stdio: 'ignore' })
  return performance.now() - start
}

/** In each of a few Runs, one after the other: its binding, its key and its first callback over loopback. */
async function firstEventMs({ mongo }: Context): Promise<number[]> {
  const mongoUri = mongo.uri(`bench_${randomUUID().slice(0, 8)}`)
  await using world = await startWorld({ mongoUri, checkResponses: false, settings: { LOG_LEVEL: 'error' } })
  await using _app = await Server.start('app.ts', [], world.env, 'any')
  const { assign, ended, ledger } = stageOf(world)
  const times: number[] = []
  for (let n = 0; n < RUNS; n++) {
    const { id } = await assign(world.openIssue())
    await ended(id)
    const started = (await ledger(id)).find(({ type }) => type === 'executor.started')!
    const steps = world.github.state.workflowJobs.at(-1)!.steps
    const step = steps.findLast(({ startedAt }) => startedAt !== null && startedAt <= Date.parse(started.at))!
    times.push(Date.parse(started.at) - step.startedAt!)
  }
  return times
}

async function run(context: Context): Promise<Row[]> {
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
    const started = await firstEventMs(context)
    const slowest = `slowest of ${RUNS} ${digits(Math.max(...started))} ms`
    const both = `${digits(ours)} ms against ${digits(base)} ms`
    return [
      row('start of the action against an empty Node start', ours / base, '<=', RATIO_MAX, '×', both),
      row(
        'start of the job’s step to its first signed event',
        median(started) / 1000,
        '<=',
        STARTED_S_MAX,
        's',
        slowest,
      ),
      row('the whole bundle', bytes / 1024 / 1024, '<=', DIST_MIB_MAX, 'MiB'),
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export const actionStart: Bench = {
  id: 'p7',
  title: 'P7: start of the action',
  how: `${ROUNDS} starts of each in turns, medians; and ${RUNS} Runs one after the other on one machine with the app, GitHub and the runner.`,
  run,
}
