/** S002-126 to 131 and P10: ten Runs at once on real parts, and what one Run costs in calls, operations and bytes. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

import { pino } from 'pino'

import { readConfig } from '../../app/config.ts'
import { startApp } from '../../app/main.ts'
import type { RunBody } from '../../app/contracts/api.ts'
import { startWorld } from '../stack/world.ts'
import { stageOf } from '../support/scenario.ts'
import { digits, median, row } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'

const RUNS = 10
const LOOK_EVERY_MS = 250
const GIB = 1024 ** 3
/** What only keeps the connection. */
const IDLE = new Set(['hello', 'ping', 'endSessions', 'getMore', 'createIndexes', 'create', 'killCursors'])

async function run({ mongo }: Context): Promise<Row[]> {
  await using world = await startWorld({
    mongoUri: mongo.uri(`bench_${randomUUID().slice(0, 8)}`),
    checkResponses: false,
  })
  let operations = 0
  const app = await startApp(readConfig(world.env), {
    log: pino({ level: 'silent' }),
    throttle: false,
    observeStore: ({ commandName, command }) => {
      const text = JSON.stringify(command['filter'] ?? command['query'] ?? {})
      // The loops' looks for what is due, and the lease that lets one replica look, belong to no Run.
      const isLoops = command[commandName] === 'leases' || /effectAt|sweepAt|killAt|leaseUntil/.test(text)
      if (!IDLE.has(commandName) && !isLoops) operations += 1
    },
  })
  try {
    const { ended, ledger, runsOf, until } = stageOf(world)
    const calls = () =>
      world.github.requests.filter(
        ({ token, path }) => (token === 'installation' || token === 'app') && !path.startsWith('/app/hook/'),
      ).length
    // Watched at GitHub only, so that nothing but the Run itself asks the database.
    const first = world.openIssue()
    world.comment(first, '/assign-agent')
    await until('the first Run’s check', () =>
      world.github.state.checkRuns.some(({ status }) => status === 'completed'),
    )
    await world.runner.idle()
    const counted = operations
    const one = (await runsOf(first))[0]!
    const alone = { calls: calls(), operations: counted, bytes: JSON.stringify(await ledger(one.id)).length }

    const issues = Array.from({ length: RUNS }, (_, index) => world.openIssue(`Task ${index + 1}`))
    const watch = new Watch()
    const start = performance.now()
    for (const issue of issues) world.comment(issue, '/assign-agent')
    const runs = await Promise.all(
      issues.map(async (issue): Promise<RunBody> => {
        const { id } = await until(`a Run of issue ${issue}`, async () => (await runsOf(issue))[0])
        return ended(id)
      }),
    )
    const seconds = (performance.now() - start) / 1000
    const used = watch.stop()
    const connections = await connectionsOf(mongo.uri())
    const acquired = await Promise.all(
      runs.map(
        async ({ id }) => ((await ledger(id)).find((e) => e.type === 'sandbox.acquired')!.data as { ms: number }).ms,
      ),
    )
    const completed = runs.map((r) => (Date.parse(r.endedAt!) - Date.parse(r.createdAt)) / 1000)
    const succeeded = runs.filter(({ status }) => status === 'succeeded').length
    return [
      row('Runs that succeeded (S002-125)', succeeded, '>=', RUNS, `of ${RUNS}`),
      row(
        'sandbox acquired, slowest of ten (S002-128)',
        Math.max(...acquired) / 1000,
        '<=',
        10,
        's',
        `median ${digits(median(acquired))} ms`,
      ),
      row(
        'Run from request to end, slowest (S002-129)',
        Math.max(...completed),
        '<=',
        3_600,
        's',
        `median ${digits(median(completed))} s, all ten in ${digits(seconds)} s`,
      ),
      row(
        'CPU of everything together, of all cores (S002-130)',
        used.cpuPart * 100,
        '<=',
        80,
        '%',
        'app, GitHub, runner, jobs, sandboxes and mongod on one machine',
      ),
      row('memory of everything together, at most (S002-131)', used.peakBytes / GIB, '<=', 4, 'GiB'),
      { what: 'connections of MongoDB (S002-126)', measured: String(connections), goal: '', met: null },
      row('GitHub calls for one Run (P10)', alone.calls, '<=', 20, 'calls'),
      row(
        'MongoDB operations for one Run (P10)',
        alone.operations,
        '<=',
        60,
        'operations',
        'without the loops’ looks for what is due and their lease',
      ),
      row('history of one Run (P10)', alone.bytes / 1024, '<=', 1024, 'KiB'),
    ]
  } finally {
    await app.stop()
  }
}

/** CPU and memory of this process and all that it started, looked at every 250 ms. */
class Watch {
  readonly #start = performance.now()
  readonly #ticksBefore: number
  readonly #timer: NodeJS.Timeout
  #peakBytes = 0

  constructor() {
    this.#ticksBefore = this.#look()
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  stop(): { cpuPart: number; peakBytes: number } {
    clearInterval(this.#timer)
    const hundredths = this.#look() - this.#ticksBefore
    const elapsed = (performance.now() - this.#start) / 1000
    return { cpuPart: hundredths / 100 / elapsed / cpus().length, peakBytes: this.#peakBytes }
  }

  /** CPU so far in hundredths of a second; what has ended counts with whoever waited for it. */
  #look(): number {
    const family = familyOf(process.pid)
    this.#peakBytes = Math.max(
      this.#peakBytes,
      family.reduce((sum, { rss }) => sum + rss, 0),
    )
    return family.reduce((sum, { ticks }) => sum + ticks, 0)
  }
}

interface Process {
  pid: number
  parent: number
  ticks: number
  rss: number
}

function familyOf(root: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess)
  const family = new Set([root])
  // Parents have lower numbers than their children, but for the rare time when the numbers begin again.
  for (const { pid, parent } of all.toSorted((a, b) => a.pid - b.pid)) if (family.has(parent)) family.add(pid)
  return all.filter(({ pid }) => family.has(pid))
}

function readProcess(name: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return [
      {
        pid: Number(name),
        parent: fields[1]!,
        ticks: fields[11]! + fields[12]! + fields[13]! + fields[14]!,
        rss: fields[21]! * 4096,
      },
    ]
  } catch {
    // It ended while we looked.
    return []
  }
}

async function connectionsOf(uri: string): Promise<number> {
  const { mongo } = await import('mongoose')
  const client = await mongo.MongoClient.connect(uri)
  try {
    const status = await client.db('admin').command({ serverStatus: 1 })
    return (status['connections'] as { current: number }).current
  } finally {
    await client.close()
  }
}

export const load: Bench = {
  id: 'load',
  title: 'Load: ten Runs at once (S002-125 to 131), and what one Run costs (P10)',
  how: 'The local world on this machine: GitHub, its runner with a process for each job, local sandboxes without isolation, MongoDB and the app. A real deployment spreads these; so the figures are an upper bound.',
  run,
}
