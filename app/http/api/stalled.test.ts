/** trust.md P6: a reader that does not read is let go before it costs memory, and nobody else notices. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test, vi } from 'vitest'

import { readStream } from '../../../test/stack/api/reader.ts'
import { octocat, shop } from '../../../test/stack/api/runs.ts'
import type { RunEvent } from '../../domain/events.ts'
import { defaultClocks } from '../../domain/policy.ts'
import { begin } from '../../domain/begin.ts'
import type { Run } from '../../domain/run.ts'
import type { RunListener } from '../../store/feed.ts'
import type { Identity } from '../route.ts'
import { createServer } from '../server.ts'
import type { HttpServer } from '../server.ts'
import { Access } from './access.ts'
import type { ApiPorts } from './ports.ts'
import { streamRoutes } from './stream.ts'
import { SOON } from '../../../test/stack/soon.ts'

const RUN_ID = 'r_8k2f0q7w3z'
const EVENT_CHARS = 100 * 1024
/** 100 MB: more than any kernel keeps for one connection. */
const PUSHES_MAX = 1_000
const HISTORY_EVENTS = 300
let server: HttpServer | null = null
afterEach(() => server?.close())

const url = `https://github.com/acme/shop/issues/1`
const run: Run = begin(RUN_ID, {
  type: 'run.requested',
  at: 0,
  actor: 'octocat',
  data: {
    repository: shop,
    issue: { number: 1, title: 'Add CSV export', body: '', url, digest: '' },
    trigger: { via: 'comment', id: 'c', commentId: null, url: null },
    requestedBy: octocat,
    agent: 'stub',
    instructions: '',
    baseRef: 'main',
    branch: 'agent/1-add-csv-export-8k2f0q7w3z',
    sandboxProvider: 'local',
    executorRepository: null,
    dispatchId: 'd',
    clocks: defaultClocks,
  },
})

/** An event that is heavier than most, so that few of them show what many would do. */
const heavy = (seq: number): RunEvent =>
  ({
    v: 1,
    runId: RUN_ID,
    attempt: 1,
    seq,
    type: 'agent.started',
    at: 0,
    actor: 'executor',
    data: { agent: 'x'.repeat(EVENT_CHARS) },
    prev: null,
    hash: '',
  }) as unknown as RunEvent

async function serve(ledger: RunEvent[]) {
  const listeners = new Set<RunListener>()
  const who: Identity = { kind: 'person', ...octocat, admin: false }
  const identify = async (): Promise<Identity> => who
  const ports = {
    urls: { publicUrl: 'http://127.0.0.1', githubUrl: 'https://github.com' },
    access: new Access({
      permissionOf: async () => 'read',
      isPrivate: async () => false,
      isNamedSo: async () => true,
      repositories: async () => [shop],
      now: Date.now,
    }),
    identify,
    runs: { load: async () => ({ run }), ledger: async (_: string, after: number) => ledger.slice(after) },
    feed: {
      onRun: (_: string, listener: RunListener) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    now: Date.now,
  } as unknown as ApiPorts
  server = createServer({
    routes: streamRoutes(ports),
    publicUrl: 'http://127.0.0.1',
    identify,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    rejections: { reject: () => {} },
    webRoot: join(tmpdir(), 'no-web-here'),
    pingStore: async () => {},
    now: Date.now,
  })
  return { listeners, server, address: `${await server.listen(0)}/api/runs/${RUN_ID}/stream` }
}

test('a stalled reader is cut off after a bounded backlog, and the others hear on', async () => {
  const { listeners, server, address } = await serve([])
  const stalled = await readStream(address)
  const healthy = await readStream(address)
  await vi.waitFor(() => expect(listeners.size).toBe(2), SOON)
  stalled.stall()
  let seq = 0
  while (listeners.size === 2 && seq < PUSHES_MAX) {
    seq += 1
    for (const listener of listeners) listener({ run, events: [heavy(seq)] })
    await vi.waitFor(() => expect(healthy.events.at(-1)?.id).toBe(`${RUN_ID}/${seq}`), { ...SOON, interval: 1 })
  }
  expect(listeners.size).toBe(1)
  expect(seq).toBeLessThan(PUSHES_MAX)
  expect(server.streams.size).toBe(1)
  expect(healthy.names()).toHaveLength(seq)
})

test('a reader that missed far more than a backlog may hold gets all of it, at its own pace', async () => {
  const history = Array.from({ length: HISTORY_EVENTS }, (_, i) => heavy(i + 1))
  const { address } = await serve(history)
  const reader = await readStream(address)
  reader.stall()
  await vi.waitFor(() => expect(server!.streams.size).toBe(1), SOON)
  reader.resume()
  await vi.waitFor(() => expect(reader.events.at(-1)?.id).toBe(`${RUN_ID}/${HISTORY_EVENTS}`), SOON)
  expect(reader.names()).toHaveLength(HISTORY_EVENTS)
})
