/** A Run's stream over real HTTP: each event once, in order, whatever happens to the connection, and to nobody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import { RunStreamData } from '../../contracts/api.ts'
import type { Run } from '../../domain/run.ts'
import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'
import { readStream } from '../../../test/stack/api/reader.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { apiWorld } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { STREAMS_PER_READER_MAX } from './stream-places.ts'
import { streamClocks } from './stream.ts'
import { SOON } from '../../../test/stack/soon.ts'

const uri = databaseUri()
const LINGER_MS = 400
const CANCELLED = ['workflow.started', 'workflow.step.started', 'workflow.failed']
let world: ApiWorld
let as: string
let number = 0
beforeAll(async () => {
  world = await apiWorld(uri, { pingMs: 50, recheckMs: 50, lingerMs: LINGER_MS })
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
const watch = (run: Pick<Run, 'id'>, { after = '', ...headers }: Record<string, string> = {}) =>
  readStream(`${world.url}/api/runs/${run.id}/stream${after && `?after=${after}`}`, { cookie: as, ...headers })

describe('a reader', () => {
  test('gets what happened, then what happens, and the stream closes some time after the end', async () => {
    const run = await request()
    const reader = await watch(run)
    expect(reader).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    })
    await reader.until('workflow.started')
    const cancelledAt = Date.now()
    await world.cancel(run)
    const end = await reader.until('workflow.failed')
    expect(reader.names()).toEqual(CANCELLED)
    expect(reader.events.filter((e) => e.id).map((e) => e.id)).toEqual([1, 2, 3].map((seq) => `${run.id}/${seq}`))
    expect(RunStreamData.parse(end.data)).toMatchObject({
      topic: `run:${run.id}`,
      type: 'run.cancelled',
      seq: 3,
      run: { status: 'cancelled' },
    })
    expect(reader.retryMs).toContain(2_000)
    await reader.until('ping')
    await reader.closed
    expect(Date.now() - cancelledAt).toBeGreaterThanOrEqual(LINGER_MS)
  })

  test.each([
    ['Last-Event-ID', (run: Run): Record<string, string> => ({ 'last-event-id': `${run.id}/2` })],
    ['?after=', (): Record<string, string> => ({ after: '2' })],
    [
      'both, of which the header wins',
      (run: Run): Record<string, string> => ({ after: '0', 'last-event-id': `${run.id}/2` }),
    ],
  ])('that comes back with %s gets the rest only', async (_, place) => {
    const run = await request()
    await world.cancel(run)
    const reader = await watch(run, place(run))
    await reader.until('workflow.failed')
    expect(reader.names()).toEqual(['workflow.failed'])
  })

  test.each(['999', 'r_0000000000/2', 'nonsense', '-1'])('that comes back with %s starts again', async (after) => {
    const run = await request()
    await world.cancel(run)
    const reader = await watch(run, { after })
    await reader.until('workflow.failed')
    expect(reader.names().filter((name) => name !== 'reset')).toEqual(CANCELLED)
    expect(reader.names().includes('reset')).toBe(after === '999')
  })

  test('misses nothing and gets nothing twice, whenever it comes', async () => {
    const runs = await Promise.all(Array.from({ length: 6 }, () => request()))
    const readers = await Promise.all(
      runs.map(async (run, i) => {
        // Some come before the change, some in the middle of it, some after it.
        if (i % 3 === 2) await world.cancel(run)
        const [reader] = await Promise.all([watch(run), i % 3 === 1 ? world.cancel(run) : null])
        if (i % 3 === 0) await world.cancel(run)
        return reader
      }),
    )
    for (const reader of readers) {
      await reader.until('workflow.failed')
      expect(reader.names()).toEqual(CANCELLED)
    }
  })

  test('does not hear of other Runs', async () => {
    const [mine, other] = [await request(), await request()]
    const reader = await watch(mine)
    await reader.until('workflow.started')
    await world.cancel(other)
    await world.cancel(mine)
    await reader.until('workflow.failed')
    expect(reader.events.filter((e) => e.id && !e.id.startsWith(mine.id))).toEqual([])
  })

  test('may be a program', async () => {
    const run = await request()
    const reader = await readStream(`${world.url}/api/runs/${run.id}/stream`, world.bearer('reader'))
    expect(await reader.until('workflow.started')).toMatchObject({ id: `${run.id}/1` })
  })
})

describe('row 37', () => {
  test('a browser without a session is told to sign in, where it can hear it', async () => {
    const run = await request()
    for (const cookie of ['', '__Host-deckhand=expired']) {
      const reader = await readStream(`${world.url}/api/runs/${run.id}/stream`, { cookie })
      await reader.closed
      expect(reader).toMatchObject({ status: 200, events: [{ event: 'auth' }] })
    }
  })

  test('anything else without a session gets 401', async () => {
    const run = await request()
    const path = `/api/runs/${run.id}/stream`
    expect(await world.ask(path)).toMatchObject({ status: 401 })
    const headers = { authorization: 'Bearer wrong', accept: 'text/event-stream' }
    expect(await world.ask(path, { headers })).toMatchObject({ status: 401 })
  })

  test("another tenant's Run is absent", async () => {
    const hidden = await request({ repository: vault })
    expect((await watch(hidden)).status).toBe(404)
    expect((await watch({ id: 'r_0000000000' })).status).toBe(404)
  })

  test('a session that ends mid-stream ends the stream, with the word for it', async () => {
    const run = await request()
    const reader = await watch(run)
    await reader.until('workflow.started')
    await world.ask('/api/auth/logout', { method: 'POST', body: {}, as })
    await reader.closed
    expect(reader.names()).toEqual(['workflow.started', 'auth'])
    expect(streamClocks.recheckMs).toBeLessThan(30_000)
  })

  test('so does losing the right to read', async () => {
    world.levels.set('octocat@vault', 'read')
    const run = await request({ repository: vault })
    const reader = await watch(run)
    await reader.until('workflow.started')
    world.levels.delete('octocat@vault')
    world.pass(61_000)
    await reader.closed
    expect((await watch(run)).status).toBe(404)
  })

  test('one person has 20 streams and no more; closing one makes room', async () => {
    const run = await request()
    const somebody = await world.signIn({ id: 77, login: 'monalisa' })
    const open = () => readStream(`${world.url}/api/runs/${run.id}/stream`, { cookie: somebody })
    const readers = await Promise.all(Array.from({ length: STREAMS_PER_READER_MAX }, open))
    expect(readers.map((r) => r.status)).toEqual(readers.map(() => 200))
    const refused = await world.ask(`/api/runs/${run.id}/stream`, { as: somebody })
    expect(refused).toMatchObject({
      status: 429,
      json: { code: 'too_many_requests' },
      headers: {
        'retry-after': '30',
        'ratelimit-policy': '"streams";q=20;qu="concurrent-requests"',
        ratelimit: '"streams";r=0;t=30',
      },
    })
    // Others have their own.
    expect((await watch(run)).status).toBe(200)
    readers[0]!.leave()
    await vi.waitFor(async () => expect((await open()).status).toBe(200), SOON)
  })
})
