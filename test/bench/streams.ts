/** P6: sending events to many open streams, against better-sse and against nothing but `res.write`. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { digits, median, middleRound, percentile, pinning, row, ROUNDS, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'

const CLIENTS = 500
const EVENTS_PER_ROUND = 200
const HEARD_MS_MAX = 60_000
const POLL_MS = 20
const MANY_CLIENTS = 5_000
const WARM_CLIENTS = 200
const COMMITS = 20
const STALLED_CLIENTS = 100
/** Far more than the kernel and a bounded backlog hold together. */
const STALLED_EVENTS = 4_000
const KIB = 1024

interface Said {
  open: number
  heard: number
  lastAt: number
  times: number[]
}
interface Told {
  clients: number
  at: number
  bytes: number
  watches: number
}

/** Readers of a server, on the other core. */
async function readers(server: Server, count: number): Promise<Server> {
  const clients = await Server.start('stream-clients.ts', [server.url], {}, '1')
  await clients.ask<Said>({ open: count })
  return clients
}

/** Waits until the readers have heard so many events in all; says what they have heard when that takes too long. */
async function heard(clients: Server, count: number): Promise<void> {
  const deadline = Date.now() + HEARD_MS_MAX
  for (;;) {
    const said = await clients.ask<Said>({})
    if (said.heard >= count) return
    if (Date.now() > deadline) throw new Error(`The readers heard ${said.heard} of ${count} events.`)
    await sleep(POLL_MS)
  }
}

async function run({ mongo, say }: Context): Promise<Row[]> {
  const uri = () => mongo.uri(`bench_${randomUUID().slice(0, 8)}`)
  return [...(await rates(uri(), say)), ...(await many(uri(), say)), ...(await stalled(uri(), say))]
}

async function rates(uri: string, say: Context['say']): Promise<Row[]> {
  await using ours = await Server.start('stream.ts', ['ours', uri])
  const { bytes } = await ours.ask<Told>({})
  await using better = await Server.start('stream.ts', ['betterSse', '', String(bytes)])
  await using plain = await Server.start('stream.ts', ['plain', '', String(bytes)])
  await using oursRead = await readers(ours, CLIENTS)
  await using betterRead = await readers(better, CLIENTS)
  await using plainRead = await readers(plain, CLIENTS)
  // The first event asks for each reader who may read what; that is paid once.
  await ours.ask<Told>({ commit: true })
  await heard(oursRead, CLIENTS)
  const kinds = [
    { server: ours, clients: oursRead, rates: [] as number[] },
    { server: better, clients: betterRead, rates: [] as number[] },
    { server: plain, clients: plainRead, rates: [] as number[] },
  ] as const
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { server, clients, rates: found } of kinds) {
      const before = server.usage().cpuMicros
      const until = (await clients.ask<Said>({})).heard + CLIENTS * EVENTS_PER_ROUND
      await server.ask<Told>({ events: EVENTS_PER_ROUND })
      await heard(clients, until)
      // By the server's CPU: the readers, on the other core, are not what is measured.
      if (round > 0) found.push((CLIENTS * EVENTS_PER_ROUND * 1e6) / (server.usage().cpuMicros - before))
    }
    say(`  round ${round} of ${ROUNDS}`)
  }
  const [us, peer, bare] = kinds
  const [toPeer, toBare] = [middleRound(us.rates, peer.rates), middleRound(us.rates, bare.rates)]
  return [
    row('client-events per second of CPU, against better-sse', toPeer.ratio, '>=', 1.5, '×', toPeer.shown),
    row('client-events per second of CPU, against plain res.write', toBare.ratio, '>=', 0.8, '×', toBare.shown),
  ]
}

async function many(uri: string, say: Context['say']): Promise<Row[]> {
  say('  many clients')
  await using server = await Server.start('stream.ts', ['ours', uri])
  await using warm = await readers(server, WARM_CLIENTS)
  await server.ask<Told>({ commit: true })
  await heard(warm, WARM_CLIENTS)
  await server.ask<Told>({ gc: true })
  const before = server.usage().rssBytes
  await using clients = await readers(server, MANY_CLIENTS)
  await server.ask<Told>({ gc: true })
  const each = (server.usage().rssBytes - before) / MANY_CLIENTS / KIB
  const { watches, clients: open } = await server.ask<Told>({ watches: true })
  const latencies: number[] = []
  for (let commit = 1; commit <= COMMITS; commit++) {
    await clients.ask<Said>({ times: true })
    const { at } = await server.ask<Told>({ commit: true })
    await heard(clients, commit * MANY_CLIENTS)
    // The first one asks for each reader who may read what.
    if (commit > 1) latencies.push(...(await clients.ask<Said>({ times: true })).times.map((time) => time - at))
  }
  return [
    row('clients on one replica', open, '>=', MANY_CLIENTS, 'clients'),
    row('change streams for them', watches, '<=', 1, 'change stream'),
    row('memory of one idle client', each, '<=', 35, 'KiB'),
    row(
      `event seen after its commit, p99 over ${digits(MANY_CLIENTS)} clients and ${COMMITS - 1} events`,
      percentile(latencies, 0.99),
      '<=',
      250,
      'ms',
      `median ${digits(median(latencies))} ms`,
    ),
  ]
}

async function stalled(uri: string, say: Context['say']): Promise<Row[]> {
  say('  stalled clients')
  await using server = await Server.start('stream.ts', ['ours', uri])
  await using healthy = await readers(server, 1)
  await using clients = await readers(server, STALLED_CLIENTS)
  await server.ask<Told>({ commit: true })
  await heard(clients, STALLED_CLIENTS)
  await server.ask<Told>({ events: EVENTS_PER_ROUND })
  await heard(clients, STALLED_CLIENTS * (1 + EVENTS_PER_ROUND))
  await server.ask<Told>({ gc: true })
  const before = server.usage().rssBytes
  await clients.ask<Said>({ stall: true })
  const { clients: left } = await server.ask<Told>({ events: STALLED_EVENTS })
  await heard(healthy, 1 + EVENTS_PER_ROUND + STALLED_EVENTS)
  const each = (server.usage().peakRssBytes - before) / STALLED_CLIENTS / KIB
  return [
    row(
      'memory of one stalled client at its peak',
      each,
      '<=',
      300,
      'KiB',
      `${STALLED_CLIENTS + 1 - left} of ${STALLED_CLIENTS} were let go, the one that reads heard all`,
    ),
  ]
}

export const streams: Bench = {
  id: 'p6',
  title: 'P6: event streams',
  how: `${EVENTS_PER_ROUND} events of the same length to each of ${CLIENTS} clients a round, ${ROUNDS} rounds in turns; each server and its clients are processes of their own; ${pinning}. Ours is the route \`GET /api/stream\` as the app has it.`,
  run,
}
