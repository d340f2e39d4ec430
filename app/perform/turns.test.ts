/** Whose turn it is, over a real store of places: what is asked of whom, and that replicas share the places. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { runsWorld } from '../../test/stack/api/runs.ts'
import type { RunsWorld } from '../../test/stack/api/runs.ts'
import { START } from '../../test/support/story.ts'
import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { LINE_MAX, inLineFor, isLineFull } from '../domain/places.ts'
import { firstLine } from '../domain/render/status-comment.ts'
import { createUrls } from '../domain/render/urls.ts'
import type { Run } from '../domain/run.ts'
import { placesStore } from '../store/places.ts'
import { dispatch } from './dispatch.ts'
import type { PerformDeps } from './perform.ts'
import { Turns } from './turns.ts'

const uri = databaseUri()
let world: RunsWorld
let now = START
/** No two Runs are of one moment. */
const later = (): number => ++now

beforeAll(async () => {
  world = await runsWorld(uri, later)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await dropDatabase(uri)
})
beforeEach(async () => {
  for (const name of ['places', 'runs']) await world.connection.collection(name).deleteMany({})
})

const replica = (max: number) => new Turns(placesStore(world.connection), max)
async function requested(count: number): Promise<Run[]> {
  const runs: Run[] = []
  for (let number = 1; number <= count; number++) runs.push(await world.request({ number }))
  return runs
}
const positions = (turns: readonly unknown[]) => turns.map((turn) => (turn === 'now' ? 0 : (turn as Place).position))
const ascending = (a: number, b: number): number => a - b
interface Place {
  position: number
}
/** What the ledger would tell of it. */
const told = (run: Run, data: { issues: number[] } | { position: number }) =>
  world.engine.submit(run.id, { type: 'outcome', at: now, outcome: { type: 'run.waits', data } })

test('two replicas that are asked by everybody at once give away each place once, and the line in order', async () => {
  const runs = await requested(8)
  const [one, other] = [replica(3), replica(3)]
  const turns = await Promise.all(runs.map((run, n) => (n % 2 === 0 ? one : other).take(run)))
  expect(turns.filter((turn) => turn === 'now')).toHaveLength(3)
  const again = await Promise.all(runs.map((run) => one.take(run)))
  expect(positions(again).toSorted(ascending)).toEqual([0, 0, 0, 1, 2, 3, 4, 5])
  // Who was asked for first stands first, whoever came by first.
  const inLine = positions(again).filter((position) => position > 0)
  expect(inLine).toEqual(inLine.toSorted(ascending))
})

test('a place is free again when its Run has ended, is paused or is blocked, though nobody gives it back', async () => {
  const [first, second, third] = (await requested(3)) as [Run, Run, Run]
  const turns = replica(1)
  expect(await turns.take(first)).toBe('now')
  expect(await turns.take(second)).toEqual({ position: 1 })
  await told(first, { issues: [7] })
  expect(await turns.take(third)).toEqual({ position: 2 })
  expect(await turns.take(second)).toBe('now')
  await world.cancel(second)
  expect(await turns.take(third)).toBe('now')
  // Who was blocked has to ask anew, and what its last dispatch knew of its place is nothing.
  expect(await turns.take((await world.engine.load(first.id))!)).toEqual({ position: 1 })
})

test('a line is full with those who wait, and not with those who are gone', async () => {
  const runs = await requested(2)
  const kept = placesStore(world.connection)
  const entry = inLineFor(runs[0]!)
  await kept.writePlaces(runs[0]!.repository.id, 0, { taken: [], line: Array.from({ length: LINE_MAX }, () => entry) })
  const isFull = () => isLineFull(placesStore(world.connection), runs[0]!.repository.id)
  expect(await isFull()).toBe(true)
  await world.cancel(runs[0]!)
  expect(await isFull()).toBe(false)
})

test('without a line a Run costs one write', async () => {
  const runs = await requested(3)
  const store = placesStore(world.connection)
  const asked: string[] = []
  const watched = Object.fromEntries(
    Object.entries(store).map(([name, ask]) => [
      name,
      (...args: never[]) => {
        if (name !== 'seenPlaces') asked.push(name)
        return (ask as (...args: never[]) => unknown)(...args)
      },
    ]),
  ) as unknown as typeof store
  const turns = new Turns(watched, 10)
  for (const run of runs) await turns.take(run)
  expect(asked).toEqual(['readPlaces', 'writePlaces', 'writePlaces', 'writePlaces'])
})

const MERGED = 'b'.repeat(40)

/** What a dispatch asks, in order, and what comes of it. */
async function dispatched(run: Run, turn: 'now' | Place, blockers: number[] = [], state = 'open') {
  const asked: string[] = []
  const note = <T>(what: string, answer: T) => {
    asked.push(what)
    return Promise.resolve(answer)
  }
  const deps = {
    github: {
      openBlockers: () => note('blockers', blockers),
      permissionOf: () => note('permission', 'write'),
      issue: () => note('issue', { state }),
      baseCommit: () => note('base', MERGED),
      fireDispatch: () => note('dispatch', undefined),
    },
    turns: { take: () => note('place', turn) },
    switchedOff: () => note('kill switch', false),
    nonceFor: () => 'nonce',
    sha256: () => '0'.repeat(64),
    callbackUrl: () => 'https://agents.example.com/api/runs/r',
    now: later,
  } as unknown as PerformDeps
  const { outcome, againAfterMs } = await dispatch(deps, { run, retried: false, memo: {} })
  return { asked, outcome, againAfterMs }
}

test('who is blocked takes no place, and who waits for a place asks GitHub nothing until it has one', async () => {
  const [run] = (await requested(1)) as [Run]
  const blocked = await dispatched(run, 'now', [7, 9])
  expect(blocked).toMatchObject({ asked: ['blockers'], outcome: { data: { issues: [7, 9] } }, againAfterMs: 60_000 })
  const waiting = await dispatched(run, { position: 3 })
  expect(waiting).toMatchObject({
    asked: ['blockers', 'place'],
    outcome: { data: { position: 3 } },
    againAfterMs: 10_000,
  })
  const inLine = (await told(run, { position: 3 })) as Run
  expect(await dispatched(inLine, { position: 2 })).toMatchObject({ asked: ['place'], outcome: { type: 'run.waits' } })
  expect(await dispatched(inLine, 'now', [7])).toMatchObject({ asked: ['place', 'blockers'] })
  const turn = await dispatched(inLine, 'now')
  expect(turn).toMatchObject({
    asked: ['place', 'blockers', 'issue', 'base'],
    outcome: { type: 'base.resolved', data: { sha: MERGED } },
    againAfterMs: 0,
  })
  const fixed = (await world.engine.submit(run.id, { type: 'outcome', at: now, outcome: turn.outcome })) as Run
  const start = await dispatched(fixed, 'now')
  expect(start.asked).toEqual(['place', 'blockers', 'permission', 'kill switch', 'dispatch'])
  expect(start.outcome).toMatchObject({ type: 'run.dispatched' })
})

test('what GitHub said with the request is not asked for once more, but by a later look', async () => {
  const [run] = (await requested(1)) as [Run]
  const known: Run = { ...run, blocked: false, createdAt: now }
  expect((await dispatched(known, { position: 1 })).asked).toEqual(['place'])
  for (const later of [{ createdAt: known.createdAt - 60_000 }, { attempt: 2 }, { blocked: true }]) {
    expect((await dispatched({ ...known, ...later }, { position: 1 })).asked).toEqual(['blockers', 'place'])
  }
})

test('a Run whose issue was closed while it waited does not start, and says why', async () => {
  const [run] = (await requested(1)) as [Run]
  // What was closed when it was asked for was refused then.
  expect((await dispatched({ ...run, blocked: false, createdAt: now }, 'now')).asked).not.toContain('issue')
  const inLine = (await told(run, { position: 1 })) as Run
  const { outcome } = await dispatched(inLine, 'now', [], 'closed')
  const ended = (await world.engine.submit(run.id, { type: 'outcome', at: now, outcome })) as Run
  expect(ended).toMatchObject({ status: 'cancelled', reason: 'issue_closed', endedBy: null, waits: null })
  const urls = createUrls({ publicUrl: 'https://deckhand.test', githubUrl: 'https://github.com' })
  expect(firstLine(ended, urls)).toContain('was cancelled: the issue was closed while it waited.')
})

test('what goes on from a checkpoint keeps its base, whatever it waited for', async () => {
  const [run] = (await requested(1)) as [Run]
  const inLine = (await told(run, { position: 1 })) as Run
  const resumed: Run = { ...inLine, baseSha: 'c'.repeat(40), checkpoint: { digest: null, step: 2, workedMs: 1_000 } }
  const { asked, outcome } = await dispatched(resumed, 'now')
  expect(asked).toEqual(['place', 'blockers', 'issue'])
  expect(outcome).toEqual({ type: 'base.resolved', data: { ref: 'main', sha: resumed.baseSha } })
})

test('what was sent once is not held back any more', async () => {
  const [run] = (await requested(1)) as [Run]
  const sent = { ...run, dispatch: { ...run.dispatch, sends: 1 } }
  expect((await dispatched(sent, { position: 1 }, [7])).asked).toEqual(['permission', 'kill switch', 'dispatch'])
})
