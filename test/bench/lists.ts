/** P8 and P11: what a page of Runs, and a look for what is due, cost when there are a hundred times as many Runs. */
import { randomUUID } from 'node:crypto'

import { AGENTS, PEOPLE, seededRepository, seedRuns, SEED_START } from '../support/seed-runs.ts'
import type { RunsWorld } from '../stack/api/runs.ts'
import { digits, percentile, row } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'

const SMALL = 10_000
const LARGE = 100_000
const FULL = 1_000_000
const PAGE = 51
const ASKED = 300
const RATIO_MAX = 1.3

type Ask = (world: RunsWorld) => Promise<unknown>

const asks: [string, Ask][] = [
  ['all Runs', ({ store }) => store.list({ repositoryIds: null, limit: PAGE })],
  [
    'failed Runs of five repositories',
    ({ store }) => store.list({ repositoryIds: five, statuses: ['failed'], limit: PAGE }),
  ],
  [
    'Runs of one agent for one person',
    ({ store }) => store.list({ repositoryIds: null, agent: AGENTS[1]!, requestedBy: PEOPLE[1]!, limit: PAGE }),
  ],
  ['what is due', ({ store }) => store.dueSweeps(SEED_START + 1_000, 10)],
]
const five = [1, 2, 3, 4, 5].map((index) => seededRepository(index).id)

async function run({ mongo, full, say }: Context): Promise<Row[]> {
  const large = full ? FULL : LARGE
  const worlds: RunsWorld[] = []
  const uris = [SMALL, large].map(() => mongo.uri(`bench_${randomUUID().slice(0, 8)}`))
  try {
    for (const [index, count] of [SMALL, large].entries()) {
      worlds.push(await seedRuns(uris[index]!, count))
      say(`  ${digits(count)} Runs are there`)
    }
    const rows: Row[] = []
    for (const [name, ask] of asks) {
      const [few, many] = await inTurns(worlds as [RunsWorld, RunsWorld], ask)
      const [p95, base] = [percentile(many, 0.95), percentile(few, 0.95)]
      const more = `${digits(p95)} ms against ${digits(base)} ms`
      rows.push(
        row(`${name}: p95 with ${digits(large)} Runs against ${digits(SMALL)}`, p95 / base, '<=', RATIO_MAX, '×', more),
      )
    }
    return rows
  } finally {
    for (const world of worlds) {
      await world.connection.dropDatabase()
      await world[Symbol.asyncDispose]()
    }
  }
}

async function inTurns(worlds: [RunsWorld, RunsWorld], ask: Ask): Promise<[number[], number[]]> {
  const times: [number[], number[]] = [[], []]
  for (let turn = -20; turn < ASKED; turn++) {
    for (const [index, world] of worlds.entries()) {
      const start = performance.now()
      await ask(world)
      if (turn >= 0) times[index]!.push(performance.now() - start)
    }
  }
  return times
}

export const lists: Bench = {
  id: 'p8',
  title: 'P8 and P11: lists and loops over many Runs',
  how: `Each question ${ASKED} times to both collections in turns; \`--full\` measures a million Runs. That keys and documents examined do not grow is held by test/catalogue.`,
  run,
}
