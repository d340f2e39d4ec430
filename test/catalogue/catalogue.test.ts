/** P8 and P11 of the goals: what every query of the app costs over many Runs, and that the app issues no other query. */
import { readFile, writeFile } from 'node:fs/promises'

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { pino } from 'pino'
import type { mongo } from 'mongoose'

import { readConfig } from '../../app/config.ts'
import { startApp } from '../../app/main.ts'
import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { startWorld } from '../stack/world.ts'
import { stageOf } from '../support/scenario.ts'
import { runSearch } from '../../app/store/run-search.ts'
import type { RunPlace } from '../../app/store/run-lists.ts'
import { REPOSITORIES, seedRuns } from '../support/seed-runs.ts'
import type { RunsWorld } from '../stack/api/runs.ts'
import { catalogue } from './calls.ts'
import type { Call } from './list-calls.ts'
import { costOf } from './explain.ts'
import { shapeOf } from './shape.ts'
import { SHAPES } from './watch.ts'

const RUNS = 20_000
const uri = databaseUri()
let world: RunsWorld
let calls: Call[]
let heard: { name: string; command: Record<string, unknown> }[] = []
const known = new Set<string>()

beforeAll(async () => {
  world = await seedRuns(uri, RUNS, ({ commandName: name, command }) => heard.push({ name, command }))
  calls = await catalogue(world)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await dropDatabase(uri)
})

async function commandsOf(issue: () => Promise<unknown>) {
  heard = []
  await issue()
  const commands = heard
  heard = []
  for (const { name, command } of commands) {
    const shape = shapeOf(name, command)
    if (shape) known.add(shape)
  }
  return commands.filter(({ name, command }) => shapeOf(name, command))
}

test(`over ${RUNS} Runs, every query reads what it shows and one key more, sorts nothing and scans nothing`, async () => {
  const wrong: string[] = []
  for (const { name, keysMax, docsMax, issue } of calls) {
    const commands = await commandsOf(issue)
    expect(commands.length, name).toBeGreaterThan(0)
    let [keys, docs] = [0, 0]
    for (const { name: command, command: given } of commands) {
      const cost = await costOf(world.connection, command, given)
      keys += cost?.keys ?? 0
      docs += cost?.docs ?? 0
      const bad = cost?.stages.filter((stage) => stage === 'SORT' || stage === 'COLLSCAN') ?? []
      if (bad.length > 0) wrong.push(`${name}: ${bad.join(', ')} in ${shapeOf(command, given)}`)
    }
    if (keys > keysMax || docs > docsMax)
      wrong.push(`${name}: ${keys} keys of ${keysMax}, ${docs} documents of ${docsMax}`)
  }
  expect(wrong).toEqual([])
})

test('the lists are what filtering by hand gives, in order, page after page', async () => {
  const { store } = world
  const filter = { repositoryIds: [1_003, 1_007], statuses: ['failed', 'cancelled'] as const, limit: 100 }
  const all = await world.connection
    .collection('runs')
    .find({ repositoryId: { $in: filter.repositoryIds }, status: { $in: [...filter.statuses] } })
    .project<{ _id: string; createdAt: number }>({ createdAt: 1 })
    .toArray()
  const wanted = all.toSorted((a, b) => b.createdAt - a.createdAt || (a._id < b._id ? 1 : -1)).map(({ _id }) => _id)
  const got: string[] = []
  let after: { createdAt: number; id: string } | undefined
  do {
    const page = await store.list({ ...filter, ...(after ? { after } : {}) })
    got.push(...page.map(({ id }) => id))
    after = page.at(-1)
  } while (after)
  expect(got.length).toBeGreaterThan(200)
  expect(got).toEqual(wanted)
  const many = { repositoryIds: Array.from({ length: 300 }, (_, index) => 1_000 + index), limit: 60 }
  expect(await store.list(many)).toEqual(await store.list({ ...many, repositoryIds: null }))
})

test('a search goes on page after page, finds each Run once, and stops where nothing is left', async () => {
  const find = runSearch(world.connection)
  const filter = { repositoryIds: [1_003], statuses: ['failed'] as const, words: ['export'], limit: 40 }
  const wanted = await world.store.list({ ...filter, limit: 10_000 })
  const got: string[] = []
  for (let after: RunPlace | null | undefined; after !== null;) {
    const page = await find.search({ ...filter, ...(after ? { after } : {}) })
    got.push(...page.runs.map(({ id }) => id))
    after = page.next
  }
  expect(got.length).toBeGreaterThan(100)
  expect(got).toEqual(wanted.map(({ id }) => id))
  // What is nowhere is not looked for without end: the answer says where to go on.
  const all = Array.from({ length: REPOSITORIES }, (_, index) => 1_000 + index)
  const none = await find.search({ repositoryIds: all, words: ['nowhere'], limit: 40 })
  expect(none).toMatchObject({ runs: [], next: { createdAt: expect.any(Number), id: expect.any(String) } })
  expect(await find.search({ repositoryIds: all, words: ['nowhere'], limit: 40, after: none.next! })).toEqual({
    runs: [],
    next: expect.anything(),
  })
})

test('the list of shapes that every story is held to is that of the catalogue', async () => {
  const shapes = [...known].toSorted()
  if (process.env['SHAPES'] === 'write') await writeFile(SHAPES, `${shapes.join('\n')}\n`)
  const listed = (await readFile(SHAPES, 'utf8')).trimEnd().split('\n')
  expect(listed, 'Write it anew with SHAPES=write vitest run test/catalogue.').toEqual(shapes)
})

test('the app issues no query that the catalogue does not hold', async () => {
  const appUri = databaseUri()
  onTestFinished(() => dropDatabase(appUri))
  const local = await startWorld({ mongoUri: appUri, checkResponses: false })
  onTestFinished(() => local[Symbol.asyncDispose]())
  const issued = new Set<string>()
  const observeStore = ({ commandName, command }: mongo.CommandStartedEvent) => {
    const shape = shapeOf(commandName, command)
    if (shape) issued.add(shape)
  }
  const app = await startApp(readConfig(local.env), { log: pino({ level: 'silent' }), throttle: false, observeStore })
  onTestFinished(() => app.stop())
  const { api, assign, ended, ledger, runsOf, until, run: load } = stageOf(local)
  const [first, second] = [local.openIssue(), local.openIssue()]
  const { id } = await assign(first)
  expect((await ended(id)).status).toBe('succeeded')
  const other = await assign(second)
  await api(`/api/runs/${other.id}/cancel`, { method: 'POST', body: '{}' })
  await ended(other.id)
  await until('the end of both sandboxes', async () =>
    (await Promise.all([load(id), load(other.id)])).every(({ sandbox }) => !sandbox || sandbox.state === 'gone'),
  )
  await ledger(id)
  await runsOf(first)
  for (const path of [
    '/api/runs?status=failed,succeeded&agent=stub&requestedBy=octocat',
    '/api/runs?q=csv&within=24h',
    '/api/runs?within=24h',
    '/api/runs/counts?within=7d',
    '/api/runs/choices',
    `/api/runs/${id}/logs`,
    `/api/runs/${id}/ledger`,
    `/badge/acme/shop/issues/${first}.svg`,
    '/readyz',
  ])
    expect((await api(path)).status, path).toBe(200)
  const streams = [...issued].filter((shape) => shape.includes('$changeStream'))
  // One change stream for the whole process, whoever watches (P6).
  expect(streams).toHaveLength(1)
  expect(issued.size).toBeGreaterThan(10)
  expect(
    [...issued].filter((shape) => !known.has(shape) && !streams.includes(shape)),
    'Add the calls that issue these to test/catalogue/calls.ts.',
  ).toEqual([])
})
