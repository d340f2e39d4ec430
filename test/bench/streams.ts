/** P6: sending one event to many open streams, against better-sse and against nothing but `res.write`. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

import { digits, median, pinning, pinSelf, row, ROUNDS, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'

const CLIENTS = 500
const EVENTS_PER_ROUND = 100
const IDLE_CLIENTS = 5_000
const OPENED_AT_ONCE = 100
const KIB = 1024

class Clients implements Disposable {
  readonly #sockets: Socket[] = []
  #frames = 0
  #wake = () => {}

  async open(url: string, count: number): Promise<void> {
    const { hostname, port, host } = new URL(url)
    for (let opened = 0; opened < count; opened += OPENED_AT_ONCE) {
      await Promise.all(
        Array.from({ length: Math.min(OPENED_AT_ONCE, count - opened) }, async () => {
          const socket = connect(Number(port), hostname)
          this.#sockets.push(socket)
          socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\naccept: text/event-stream\r\n\r\n`)
          await once(socket, 'data')
          let rest = ''
          socket.on('data', (chunk: Buffer) => {
            // A chunk may end inside of a frame.
            const parts = (rest + chunk.toString('latin1')).split('event: run')
            this.#frames += parts.length - 1
            rest = parts.at(-1)!.slice(1 - 'event: run'.length)
            this.#wake()
          })
        }),
      )
    }
  }

  /** Resolves when so many events more have come, over all clients together. */
  async heard(count: number): Promise<void> {
    const until = this.#frames + count
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        if (this.#frames >= until) resolve()
      }
    })
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

async function run({ say }: Context): Promise<Row[]> {
  using _pinned = pinSelf()
  const rates: Record<string, number[]> = {}
  await using ours = await Server.start('stream.ts', ['ours'])
  await using better = await Server.start('stream.ts', ['betterSse'])
  await using plain = await Server.start('stream.ts', ['plain'])
  const servers = Object.entries({ ours, better, plain })
  using clients = new Clients()
  for (const [, server] of servers) await clients.open(server.url, CLIENTS)
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, server] of servers) {
      const before = server.usage().cpuMicros
      const heard = clients.heard(CLIENTS * EVENTS_PER_ROUND)
      await server.ask({ events: EVENTS_PER_ROUND })
      await heard
      // By the server's CPU: the clients, on the other core, are not what is measured.
      const perSecond = (CLIENTS * EVENTS_PER_ROUND * 1e6) / (server.usage().cpuMicros - before)
      if (round > 0) (rates[name] ??= []).push(perSecond)
    }
  }
  const against = (name: string) => median(rates['ours']!.map((value, index) => value / rates[name]![index]!))
  const perSecond = (name: string) => `${digits(median(rates[name]!))} client-events per second of CPU`
  say('  idle clients')
  return [
    row(
      'client-events against better-sse',
      against('better'),
      '>=',
      1.5,
      '×',
      `${perSecond('ours')}; better-sse ${digits(median(rates['better']!))}`,
    ),
    row('client-events against plain res.write', against('plain'), '>=', 0.8, '×', perSecond('plain')),
    ...(await idle()),
  ]
}

async function idle(): Promise<Row[]> {
  await using server = await Server.start('stream.ts', ['ours'])
  using clients = new Clients()
  await clients.open(server.url, OPENED_AT_ONCE)
  await server.ask({ events: 0 })
  const before = server.usage().rssBytes
  await clients.open(server.url, IDLE_CLIENTS)
  const { clients: open } = await server.ask<{ clients: number }>({ events: 0 })
  const each = (server.usage().rssBytes - before) / IDLE_CLIENTS / KIB
  return [
    row('clients on one replica', open, '>=', IDLE_CLIENTS, 'clients'),
    row('memory of one idle client', each, '<=', 35, 'KiB'),
  ]
}

export const streams: Bench = {
  id: 'p6',
  title: 'P6: event streams',
  how: `${EVENTS_PER_ROUND} events to each of ${CLIENTS} clients a round, ${ROUNDS} rounds in turns; ${pinning}. That a process opens one change stream, whoever watches, is held by test/catalogue.`,
  run,
}
