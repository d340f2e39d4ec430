/** One change stream tells everybody: what listeners of a Run hear, and what survives an interruption. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'

import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { runsWorld } from '../../test/stack/api/runs.ts'
import type { RunsWorld } from '../../test/stack/api/runs.ts'
import type { Run } from '../domain/run.ts'
import { RunFeed } from './feed.ts'
import type { FeedReads, RunChange } from './feed.ts'
import { SOON } from '../../test/stack/soon.ts'

const uri = databaseUri()
let world: RunsWorld
beforeAll(async () => {
  world = await runsWorld(uri)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await dropDatabase(uri)
})

async function openFeed(reads: FeedReads = world.store, onTrouble?: (error: unknown) => void): Promise<RunFeed> {
  const feed = new RunFeed(world.connection, reads, { backoffBaseMs: 5, ...(onTrouble ? { onTrouble } : {}) })
  await feed.start()
  onTestFinished(() => feed.stop())
  return feed
}

/** What a listener heard, and a promise for the next time it hears something that fits. */
function ear() {
  const heard: RunChange[] = []
  return {
    heard,
    listener: (change: RunChange) => void heard.push(change),
    types: () => heard.flatMap(({ events }) => events.map((e) => e.type)),
    until: (type: string) =>
      vi.waitFor(() => expect(heard.flatMap(({ events }) => events.map((e) => e.type))).toContain(type), SOON),
  }
}

test('a listener hears each event once, with the Run after it', async () => {
  const feed = await openFeed()
  const run = await world.request()
  const { heard, listener, types, until } = ear()
  feed.onRun(run.id, listener)
  await world.cancel(run)
  await until('run.cancelled')
  expect(types()).toEqual(['run.requested', 'run.cancel_requested', 'run.cancelled'])
  expect(heard.at(-1)?.run.status).toBe('cancelled')
})

test('however many listen, a Run is read once, and nobody hears of the Runs of others', async () => {
  const since = vi.fn<FeedReads['since']>((...args) => world.store.since(...args))
  const [run, other] = [await world.request({ number: 20 }), await world.request({ number: 21 })]
  const feed = await openFeed({ since })
  const ears = Array.from({ length: 50 }, ear)
  const stops = ears.map(({ listener }) => feed.onRun(run.id, listener))
  const elsewhere = ear()
  feed.onRun(other.id, elsewhere.listener)
  await world.cancel(run)
  await Promise.all(ears.map(({ until }) => until('run.cancelled')))
  expect(since.mock.calls.filter(([id]) => id === run.id).length).toBeLessThanOrEqual(2)
  expect(elsewhere.heard.flatMap(({ events }) => events).filter((e) => e.runId !== other.id)).toEqual([])
  for (const stop of stops) stop()
  expect(feed.size).toBe(1)
})

test('a heartbeat and a lease are not news', async () => {
  const since = vi.fn<FeedReads['since']>((...args) => world.store.since(...args))
  const run = await world.request({ number: 30 })
  const feed = await openFeed({ since })
  const { listener, until } = ear()
  feed.onRun(run.id, listener)
  await world.engine.heartbeat(run.id, Date.now())
  await world.engine.claimEffect(run.id, Date.now())
  await world.cancel(run)
  await until('run.cancelled')
  // One for the cancel, and one for the request where the stream began in the very same moment.
  expect(since.mock.calls.length).toBeLessThanOrEqual(2)
})

test('who only wants to know where a run stands costs no read of what this process wrote, and hears of the rest', async () => {
  const since = vi.fn<FeedReads['since']>((...args) => world.store.since(...args))
  const [ours, late] = [await world.request({ number: 35 }), await world.request({ number: 36 })]
  const foreign = await world.request({ number: 37 })
  let asked = 0
  const feed = await openFeed({ since })
  // The stream begins some time ago, so it tells of both requests, too.
  await new Promise<void>((resolve) =>
    feed.onMoves({ moved: ({ runId }) => void (runId === foreign.id && resolve()), gap: () => {} }),
  )
  const told: Run[] = []
  const stops = [
    feed.onState(ours.id, { tell: (run) => told.push(run), seen: () => ours }),
    feed.onState(foreign.id, { tell: (run) => told.push(run), seen: () => null }),
  ]
  await world.cancel(ours)
  await vi.waitFor(() => expect(told).toEqual([ours]), SOON)
  expect(since).not.toHaveBeenCalled()
  // It may be told of before this process has its own answer.
  const stopLate = feed.onState(late.id, { tell: (run) => told.push(run), seen: () => (asked++ > 0 ? late : null) })
  await world.cancel(late)
  await vi.waitFor(() => expect(told[1]).toBe(late), SOON)
  expect(since).not.toHaveBeenCalled()
  await world.cancel(foreign)
  await vi.waitFor(() => expect(told[2]).toMatchObject({ id: foreign.id, status: 'cancelled' }), SOON)
  for (const stop of [...stops, stopLate]) stop()
  expect(feed.size).toBe(0)
})

test('an interrupted change stream goes on, and what happened meanwhile is heard', async () => {
  const troubles: unknown[] = []
  const feed = await openFeed(world.store, (error) => troubles.push(error))
  const run = await world.request({ number: 40 })
  const { listener, types, until } = ear()
  feed.onRun(run.id, listener)
  // The server ends every open cursor of this collection's change streams.
  const admin = world.connection.db!.admin()
  const idle = [
    { $currentOp: { idleCursors: true, allUsers: true } },
    { $match: { 'cursor.cursorId': { $exists: true } } },
  ]
  const open = async () => {
    const answer = await admin.command({ aggregate: 1, pipeline: idle, cursor: {} })
    const cursors: { ns: string; cursor: { cursorId: bigint } }[] = answer['cursor'].firstBatch
    return cursors.filter(({ ns }) => ns === `${world.connection.name}.runs`)
  }
  // The driver makes the cursor with its first question, some time after the feed has started.
  await expect.poll(async () => (await open()).length).toBeGreaterThan(0)
  const ours = await open()
  await world.connection.db!.command({ killCursors: 'runs', cursors: ours.map(({ cursor }) => cursor.cursorId) })
  await world.cancel(run)
  await until('run.cancelled')
  expect(types()).toEqual(['run.requested', 'run.cancel_requested', 'run.cancelled'])
})

test('a read that fails is tried again', async () => {
  let failures = 2
  const feed = await openFeed({
    since: async (...args) => {
      if (failures-- > 0) throw new Error('the database is away')
      return world.store.since(...args)
    },
  })
  const run = await world.request({ number: 50 })
  const { listener, until } = ear()
  feed.onRun(run.id, listener)
  await world.cancel(run)
  await until('run.cancelled')
  expect(failures).toBeLessThan(0)
})

test('stopping ends the change stream at once', async () => {
  const feed = new RunFeed(world.connection, world.store)
  await feed.start()
  expect(await Promise.race([feed.stop().then(() => 'stopped'), sleep(2_000, 'still open')])).toBe('stopped')
})
