/** The stream of many topics over real HTTP and MongoDB: one place for all of them, which any replica understands. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import { RunStreamData, TOPICS_MAX } from '../../contracts/api.ts'
import type { Run } from '../../domain/run.ts'
import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'
import { readStream } from '../../../test/stack/api/reader.ts'
import type { SseReader } from '../../../test/stack/api/reader.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { apiWorld } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { SOON } from '../../../test/stack/soon.ts'

const uri = databaseUri()
const clocks = { pingMs: 50, recheckMs: 50, lingerMs: 300, owedMs: 50 }
let world: ApiWorld
let as: string
let number = 0
beforeAll(async () => {
  world = await apiWorld(uri, clocks)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await dropDatabase(uri)
})
beforeEach(async () => {
  world.pass(61_000)
  as = await world.signIn()
})

const request = (changes: Parameters<ApiWorld['request']>[0] = {}): Promise<Run> =>
  world.request({ number: ++number, ...changes })

async function watch(topics: string, { after, ...headers }: Record<string, string> = {}, on = world) {
  const query = new URLSearchParams({ topics, ...(after === undefined ? {} : { after }) })
  const reader = await readStream(`${on.url}/api/stream?${query.toString()}`, { cookie: as, ...headers })
  if (reader.status === 200) await reader.until('ping')
  return reader
}

/** `topic type seq` of each message so far. */
const heard = (reader: SseReader): string[] =>
  reader.events
    .filter(({ event }) => event === 'change')
    .map(({ data }) => RunStreamData.parse(data))
    .map(({ topic, type, seq }) => `${topic} ${type} ${seq}`)

const lastOf = (run: Run, topic = `run:${run.id}`): string => `${topic} run.cancelled 3`
const hears = (reader: SseReader, ...messages: string[]) =>
  vi.waitFor(() => expect(heard(reader)).toEqual(expect.arrayContaining(messages)), SOON)
const idIn = (data: unknown): string | undefined => RunStreamData.safeParse(data).data?.run.id
const placeOf = (reader: SseReader): string => reader.events.findLast(({ id }) => id !== undefined)!.id!

describe('a reader', () => {
  test('hears under each of its topics of what happens, and of nothing else', async () => {
    const [mine, other] = [await request(), await request()]
    const reader = await watch(`run:${mine.id},issues:ACME/shop`)
    expect(reader).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    })
    await world.cancel(other)
    await world.cancel(mine)
    await hears(reader, lastOf(mine), lastOf(mine, 'issues:ACME/shop'), lastOf(other, 'issues:ACME/shop'))
    expect(heard(reader).filter((message) => message.startsWith(`run:${other.id}`))).toEqual([])
    expect(reader.retryMs).toContain(2_000)
    const message = reader.events.findLast(({ event }) => event === 'change')!
    expect(message.data).toMatchObject({ v: 1, seq: 3, run: { status: 'cancelled', seq: 3 } })
  })

  test('of every Run hears of the new ones too', async () => {
    const reader = await watch('runs')
    const run = await request()
    await vi.waitFor(() => expect(heard(reader).some((text) => text.startsWith('runs run.requested'))).toBe(true), SOON)
    await world.cancel(run)
    await hears(reader, lastOf(run, 'runs'))
  })

  test.each(['Last-Event-ID', 'after', 'both, of which the header wins'])(
    'that comes back with its place by %s gets what it missed, once',
    async (by) => {
      const run = await request()
      const first = await watch(`run:${run.id}`)
      await vi.waitFor(() => expect(placeOf(first)).toMatch(/^82[0-9A-F]+$/), SOON)
      const place = placeOf(first)
      first.leave()
      const herald = await watch('runs')
      await world.cancel(run)
      // A topic that has ended lingers for a moment only, so the feed has to be that far.
      await hears(herald, lastOf(run, 'runs'))
      herald.leave()
      const given: Record<string, string> =
        by === 'after' ? { after: place } : { 'last-event-id': place, ...(by === 'both' ? { after: '' } : {}) }
      const again = await watch(`run:${run.id}`, given)
      await hears(again, lastOf(run))
      const done = await watch(`run:${run.id}`, { after: placeOf(again) })
      // Its Run has ended, so it hears all that there is to hear.
      await done.closed
      expect(heard(done)).toEqual([])
      expect([...again.names(), ...done.names()]).not.toContain('reset')
    },
  )

  test.each([
    ['older than what is kept', '8200000001000000012B0229'],
    ['of another kind', 'r_0000000000/2'],
  ])('whose place is %s is told to read everything again', async (_, after) => {
    const run = await request()
    const reader = await watch('runs', { after })
    await reader.until('reset')
    await world.cancel(run)
    await hears(reader, lastOf(run, 'runs'))
    expect(reader.names().filter((name) => name === 'reset')).toHaveLength(1)
  })

  test('misses nothing while many Runs move at once', async () => {
    const runs = await Promise.all(Array.from({ length: 30 }, () => request()))
    const reader = await watch('runs')
    await Promise.all(runs.map((run) => world.cancel(run)))
    await vi.waitFor(() => {
      const over = reader.events.filter(({ data }) => RunStreamData.safeParse(data).data?.run.status === 'cancelled')
      // A Run that is told of late is told as it stands by then.
      expect(new Set(over.map(({ data }) => idIn(data))).size).toBe(runs.length)
    }, SOON)
    const ids = reader.events.flatMap(({ event, id }) => (event === 'change' ? [id!] : []))
    expect(ids).toEqual(ids.toSorted())
  })

  describe('that goes on at another replica', () => {
    // As patient with topics that have ended as the product is: a new replica needs its time on a busy machine.
    const patient = { ...clocks, lingerMs: 30_000 }
    /** A reader that stopped, what it missed since, and many Runs that ended before. */
    async function stopped() {
      const earlier = await Promise.all(Array.from({ length: 30 }, () => request()))
      await Promise.all(earlier.map((run) => world.cancel(run)))
      const first = await watch('runs')
      // Its change is the newest one, so the place that comes with it lies behind all that happened before.
      const newest = await request()
      await vi.waitFor(() => expect(first.events.some(({ data }) => idIn(data) === newest.id)).toBe(true), SOON)
      first.leave()
      const missed = await request()
      const herald = await watch('runs')
      await world.cancel(missed)
      await hears(herald, lastOf(missed, 'runs'))
      herald.leave()
      return { place: placeOf(first), missed, topics: `runs,run:${missed.id}` }
    }

    test('gets what it missed, once', async () => {
      const { place, missed, topics } = await stopped()
      await using other = await apiWorld(uri, patient)
      await vi.waitFor(() => expect(other.news.advance() >= world.news.place).toBe(true), SOON)
      const again = await watch(topics, { after: place }, other)
      await hears(again, lastOf(missed, 'runs'), lastOf(missed))
      expect(heard(again)).toEqual([lastOf(missed), lastOf(missed, 'runs')])
      expect(again.names()).not.toContain('reset')
    })

    test('which came later and still reads what happened before: nothing older than its place', async () => {
      const { place, missed, topics } = await stopped()
      await using other = await apiWorld(uri, patient)
      const again = await watch(topics, { after: place }, other)
      await hears(again, lastOf(missed, 'runs'), lastOf(missed))
      const changes = again.events.filter(({ event }) => event === 'change')
      expect(new Set(changes.map(({ data }) => idIn(data)))).toEqual(new Set([missed.id]))
      const places = again.events.flatMap(({ id }) => (id === undefined ? [] : [id]))
      expect(places).toEqual(places.toSorted())
      expect(again.names()).not.toContain('reset')
    })
  })

  test('the topic of a Run ends some time after the Run, and the stream with its last topic', async () => {
    const [run, other] = [await request(), await request()]
    const [one, two] = [await watch(`run:${run.id}`), await watch(`run:${run.id},run:${other.id}`)]
    await world.cancel(run)
    await one.closed
    expect(heard(one)).toContain(lastOf(run))
    await world.cancel(other)
    await hears(two, lastOf(other))
    await two.closed
    // One that had ended before ends like one that ends now.
    await (
      await watch(`run:${run.id}`)
    ).closed
  })

  test('a retry brings the topic of its Run back, also on a stream that has outlived it with another one', async () => {
    const [run, other] = [await request(), await request()]
    const retry = async () => {
      const path = `/api/runs/${run.id}/retry`
      const answer = await world.ask(path, { method: 'POST', headers: world.bearer('writer'), body: {} })
      expect(answer.status).toBe(202)
    }
    const both = await watch(`run:${run.id},run:${other.id}`)
    const alone = await watch(`run:${run.id}`)
    await world.cancel(run)
    // Opened later, so the topic is over for the other one, too.
    await alone.closed
    await retry()
    await hears(both, `run:${run.id} run.retried 4`)

    const otherAlone = await watch(`run:${other.id}`)
    await world.cancel(other)
    await otherAlone.closed
    await world.cancel((await world.store.load(run.id))!.run)
    await hears(both, `run:${run.id} run.cancelled 6`)
    await both.closed
  })
})

describe('who may hear', () => {
  test('a topic that somebody may not read is as silent as one that does not exist', async () => {
    const hidden = await request({ repository: vault })
    const open = await request()
    const reader = await watch(`run:${hidden.id},run:r_0000000000,issues:acme/vault,issues:no/where,runs`)
    await world.cancel(hidden)
    await world.cancel(open)
    await hears(reader, lastOf(open, 'runs'))
    expect(heard(reader).filter((message) => !message.startsWith('runs '))).toEqual([])
    expect(JSON.stringify(reader.events)).not.toContain(hidden.id)
  })

  test('whoever may read it hears of it, until they may not', async () => {
    world.levels.set('octocat@vault', 'read')
    const [one, two] = [await request({ repository: vault }), await request({ repository: vault })]
    const open = await request()
    const reader = await watch('runs')
    await world.cancel(one)
    await hears(reader, lastOf(one, 'runs'))
    world.levels.delete('octocat@vault')
    world.pass(61_000)
    const asked = world.asked.length
    // What the reader may is asked again from time to time, so what moves just before is still told.
    await vi.waitFor(async () => {
      await world.cancel(await request({ repository: vault }))
      expect(world.asked.length).toBeGreaterThan(asked)
    }, SOON)
    await world.cancel(two)
    await world.cancel(open)
    await hears(reader, lastOf(open, 'runs'))
    expect(reader.events.filter(({ data }) => RunStreamData.safeParse(data).data?.run.id === two.id)).toEqual([])
  })

  describe('while GitHub gives no answer', () => {
    const unanswered = 'octocat@vault'
    /** The next time that this is asked about. */
    const asked = (before = world.asked.length) =>
      vi.waitFor(() => expect(world.asked.slice(before)).toContain(unanswered), SOON)
    beforeEach(() => world.untold.add(unanswered))
    afterEach(() => {
      world.untold.clear()
      world.levels.delete(unanswered)
    })

    test('what happens is told once it answers: the reader is sent back to the place before it', async () => {
      const run = await request({ repository: vault })
      const reader = await watch(`run:${run.id},runs`)
      const before = world.asked.length
      await world.cancel(run)
      await asked(before)
      // Nobody else waits for that answer.
      const open = await request()
      await world.cancel(open)
      await hears(reader, lastOf(open, 'runs'))
      world.levels.set(unanswered, 'read')
      world.untold.clear()
      await reader.closed
      expect(JSON.stringify(reader.events)).not.toContain(run.id)
      const again = await watch(`run:${run.id},runs`, { after: placeOf(reader) })
      await hears(again, lastOf(run), lastOf(run, 'runs'))
      expect([...reader.names(), ...again.names()]).not.toContain('reset')
    })

    test('and then says no, the topic was silent and the stream stays', async () => {
      const hidden = await request({ repository: vault })
      const reader = await watch(`run:${hidden.id},issues:acme/vault,runs`)
      const before = world.asked.length
      await world.cancel(hidden)
      await asked(before)
      world.untold.clear()
      // One question may have been on its way; the one after it has been answered.
      await asked()
      const open = await request()
      await world.cancel(open)
      await hears(reader, lastOf(open, 'runs'))
      await vi.waitFor(() => expect(placeOf(reader) >= world.news.place).toBe(true), SOON)
      expect(heard(reader).filter((message) => !message.startsWith('runs '))).toEqual([])
      expect(JSON.stringify(reader.events)).not.toContain(hidden.id)
    })
  })

  test('a browser without a session is told to sign in; one whose session ends is told then', async () => {
    const none = await readStream(`${world.url}/api/stream?topics=runs`, { cookie: '' })
    await none.closed
    expect(none).toMatchObject({ status: 200, events: [{ event: 'auth' }] })
    const reader = await watch('runs')
    await world.ask('/api/auth/logout', { method: 'POST', body: {}, as })
    await reader.closed
    expect(reader.names()).toEqual(['auth'])
  })

  test('a program has the topics of its repositories', async () => {
    const run = await request()
    const reader = await readStream(`${world.url}/api/stream?topics=runs`, world.bearer('reader'))
    await reader.until('ping')
    await world.cancel(run)
    await hears(reader, lastOf(run, 'runs'))
    expect(await world.ask('/api/stream?topics=runs')).toMatchObject({ status: 401 })
  })
})

describe('topics', () => {
  test.each([
    ['none', ''],
    ['an unknown one', 'runs,workers'],
    ['a Run that cannot be', 'run:8k2f'],
    ['a repository without a name', 'issues:acme'],
    ['too many', Array.from({ length: TOPICS_MAX + 1 }, (_, i) => `issues:acme/shop-${i}`).join(',')],
    ['too long', `issues:acme/${'x'.repeat(4_000)}`],
  ])('%s is refused with what a topic is', async (_, topics) => {
    const answer = await world.ask(`/api/stream?${new URLSearchParams({ topics }).toString()}`, { as })
    expect(answer.status).toBe(400)
    expect(answer.json.detail).toMatch(/topic/)
  })

  test('the description of the API names the stream', async () => {
    const { openApiDocument } = await import('../openapi.ts')
    const { liveRoutes } = await import('./live.ts')
    const document = openApiDocument(liveRoutes({} as never), { version: '1', publicUrl: world.url })
    expect(JSON.stringify(document['paths'])).toContain('text/event-stream')
  })
})
