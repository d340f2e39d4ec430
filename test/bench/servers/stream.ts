/**
 * One server of event streams: `ours` with a database behind it and its one change stream, better-sse, or plain
 * `res.write`. All three send the same bytes of an event to all who listen, and each is told what to do by its parent.
 */
import { createHash, randomInt, randomUUID } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createChannel, createSession } from 'better-sse'

import type { Run } from '../../../app/domain/run.ts'
import { streamData } from '../../../app/domain/stream-events.ts'
import { toRunBody } from '../../../app/domain/view.ts'
import { Access } from '../../../app/http/api/access.ts'
import { liveRoutes } from '../../../app/http/api/live.ts'
import type { ApiPorts } from '../../../app/http/api/ports.ts'
import { createServer } from '../../../app/http/server.ts'
import type { Identity } from '../../../app/http/route.ts'
import { RunFeed } from '../../../app/store/feed.ts'
import { RunNews } from '../../../app/store/news.ts'
import type { NewsListener, Told } from '../../../app/store/news.ts'
import { runsWorld, shop } from '../../stack/api/runs.ts'

const [kind = '', uri = '', payloadBytes = ''] = process.argv.slice(2)
/** As long as an event of ours. */
const PAYLOAD = 'x'.repeat(Number(payloadBytes))

interface Kind {
  url: string
  send: (n: number) => void
  size: () => number
  /** Bytes of the data of an event. */
  bytes?: number
  /** How often the database is asked for changes. */
  watches?: () => Promise<number>
  /** Writes an event through the database; answers when it was committed. */
  commit?: () => Promise<number>
}

const listening = (server: ReturnType<typeof createHttpServer>): Promise<string> =>
  new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

/** The route as the app has it. What is sent in a round is told by hand, so that no database is measured. */
async function ours(): Promise<Kind> {
  const world = await runsWorld(uri)
  const feed = new RunFeed(world.connection, world.store)
  const news = new RunNews(feed, world.store)
  await feed.start()
  const listeners = new Set<NewsListener>()
  let readers = 0
  let sent = 0
  const ports = {
    urls: { publicUrl: 'http://app.test', githubUrl: 'https://github.com' },
    access: new Access({
      permissionOf: async () => 'read',
      isPrivate: async () => false,
      isNamedSo: async () => true,
      repositories: async () => [shop],
      now: Date.now,
    }),
    // Everybody is somebody else: one person may have 20 streams.
    identify: async (): Promise<Identity> => ({ kind: 'person', id: readers, login: 'octocat', admin: false }),
    runs: world.store,
    news: {
      get place() {
        return news.place
      },
      advance: () => news.advance(),
      since: (place: string) => news.since(place),
      hear: (listener: NewsListener) => {
        listeners.add(listener)
        const leave = news.hear(listener)
        return () => {
          listeners.delete(listener)
          leave()
        }
      },
    },
    now: Date.now,
    // Nobody is signed out while it is measured.
    streamClocks: { recheckMs: 3_600_000 },
  } as unknown as ApiPorts
  const server = createServer({
    routes: liveRoutes(ports),
    publicUrl: 'http://app.test',
    identify: async () => ({ kind: 'person', id: ++readers, login: 'octocat', admin: false }),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    rejections: { reject: () => {} },
    webRoot: '/nowhere',
    pingStore: async () => {},
    now: Date.now,
  })
  let run: Run = await world.request({ number: randomInt(1_000_000) })
  const [event] = await world.store.ledger(run.id, 0, 1)
  return {
    url: `${await server.listen(0)}/api/stream?topics=runs`,
    send: (n) => {
      // Behind all that was told before, as the places of a change stream are.
      const place = `${news.place}${String(++sent).padStart(8, '0')}`
      const told: Told = { place, run: { ...run, summary: null, seq: n }, event: { ...event!, seq: n } }
      for (const listener of listeners) listener.told([told])
    },
    size: () => server.streams.size,
    bytes: JSON.stringify(streamData(event!, toRunBody(run, ports.urls))).length,
    watches: async () => {
      const open = await world.connection.db!.admin().command({
        aggregate: 1,
        pipeline: [
          { $currentOp: { allUsers: true, idleCursors: true } },
          {
            $match: {
              ns: `${world.connection.name}.runs`,
              'cursor.originatingCommand.pipeline.0.$changeStream': { $exists: true },
            },
          },
        ],
        cursor: {},
      })
      return (open['cursor'] as { firstBatch: unknown[] }).firstBatch.length
    },
    commit: async () => {
      run = await world.request({ number: randomInt(1_000_000), trigger: trigger() })
      return Date.now()
    },
  }
}

const trigger = () => ({
  via: 'comment' as const,
  id: createHash('sha256').update(randomUUID()).digest('hex'),
  commentId: null,
  url: null,
})

async function betterSse(): Promise<Kind> {
  const channel = createChannel()
  const server = createHttpServer((req, res) => {
    void createSession(req, res).then((session) => channel.register(session))
  })
  return {
    url: await listening(server),
    send: (n) => void channel.broadcast({ n, text: PAYLOAD }, 'change', { eventId: String(n) }),
    size: () => channel.sessionCount,
  }
}

async function plain(): Promise<Kind> {
  const open = new Set<ServerResponse>()
  const server = createHttpServer((_req: IncomingMessage, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('retry: 2000\n\n')
    open.add(res)
    res.once('close', () => open.delete(res))
  })
  return {
    url: await listening(server),
    send: (n) => {
      const bytes = Buffer.from(`id: ${n}\nevent: change\ndata: ${JSON.stringify({ n, text: PAYLOAD })}\n\n`)
      for (const res of open) res.write(bytes)
    },
    size: () => open.size,
  }
}

const kinds: Record<string, () => Promise<Kind>> = { ours, betterSse, plain }
const server = await kinds[kind]!()
process.on('disconnect', () => process.exit())
process.on('message', (question: { events?: number; gc?: true; commit?: true; watches?: true }) => {
  void (async () => {
    if (question.gc) globalThis.gc?.()
    // A turn of the loop for each, as they come from a database one by one.
    for (let n = 1; n <= (question.events ?? 0); n++) {
      await new Promise((next) => setImmediate(next))
      server.send(n)
    }
    const at = question.commit && server.commit ? await server.commit() : 0
    const watches = question.watches && server.watches ? await server.watches() : 0
    process.send?.({ clients: server.size(), at, bytes: server.bytes ?? 0, watches })
  })()
})
process.send?.({ url: server.url })
