/** Sends prepared HTTP/1.1 requests over kept connections, one at a time on each, and counts the answers. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Sent {
  seconds: number
  statuses: Map<number, number>
  /** Of each request, in milliseconds. */
  latencies: number[]
}

export function requestBytes(method: string, url: string, headers: Record<string, string>, body: Buffer): Buffer {
  const { host, pathname } = new URL(url)
  const lines = Object.entries({ host, 'content-length': String(body.length), ...headers }).map(
    ([k, v]) => `${k}: ${v}`,
  )
  return Buffer.concat([Buffer.from(`${method} ${pathname} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), body])
}

/** Sends each request once over `connections` connections. */
export function sendAll(url: string, requests: readonly Buffer[], connections: number): Promise<Sent> {
  let next = 0
  return send(
    url,
    Array.from({ length: connections }, () => () => requests[next++]),
  )
}

/** Sends each queue over a connection of its own, every request after the answer to the one before. */
export function sendInOrder(url: string, queues: readonly (readonly Buffer[])[]): Promise<Sent> {
  return send(
    url,
    queues.map((queue) => {
      const left = queue.values()
      return () => left.next().value
    }),
  )
}

async function send(url: string, sources: readonly (() => Buffer | undefined)[]): Promise<Sent> {
  const statuses = new Map<number, number>()
  const latencies: number[] = []
  const start = performance.now()
  await Promise.all(
    sources.map((take) =>
      overOne(url, take, (status, ms) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        latencies.push(ms)
      }),
    ),
  )
  return { seconds: (performance.now() - start) / 1000, statuses, latencies }
}

async function overOne(
  url: string,
  take: () => Buffer | undefined,
  answered: (status: number, ms: number) => void,
): Promise<void> {
  const connection = await Connection.open(url)
  for (let request = take(); request; request = take()) {
    const sentAt = performance.now()
    answered(await connection.ask(request), performance.now() - sentAt)
  }
  connection.close()
}

/**
 * Sends at a steady rate, whatever the answers do: what waits for a connection has waited, so a latency counts from
 * the moment at which its request was due.
 */
export async function sendAtRate(url: string, requests: readonly Buffer[], perSecond: number): Promise<Sent> {
  const idle: Connection[] = []
  const statuses = new Map<number, number>()
  const latencies: number[] = []
  const start = performance.now()
  const send = async (request: Buffer, dueAt: number): Promise<void> => {
    await sleep(Math.max(0, dueAt - performance.now()))
    // A server closes what has been idle for long.
    let connection = idle.pop()
    while (connection && !connection.isOpen) connection = idle.pop()
    connection ??= await Connection.open(url)
    const status = await connection.ask(request)
    latencies.push(performance.now() - dueAt)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    idle.push(connection)
  }
  await Promise.all(requests.map((request, n) => send(request, start + (n * 1_000) / perSecond)))
  for (const connection of idle) connection.close()
  return { seconds: (performance.now() - start) / 1000, statuses, latencies }
}

/** A kept connection, with one request on it at a time. */
class Connection {
  readonly #socket: Socket
  #text = ''
  #answer: PromiseWithResolvers<number> | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1')
      if (isWhole(this.#text)) this.#answer?.resolve(Number(this.#text.slice(9, 12)))
    })
    socket.on('error', (error) => this.#answer?.reject(error))
    socket.on('close', () => {
      this.#answer?.reject(new Error(`The server closed the connection after: ${this.#text.slice(0, 200)}`))
    })
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new Connection(socket)
  }

  get isOpen(): boolean {
    return this.#socket.writable && !this.#socket.readableEnded
  }

  /** Resolves with the status once the whole answer is there. */
  ask(request: Buffer): Promise<number> {
    this.#text = ''
    this.#answer = Promise.withResolvers()
    this.#socket.write(request)
    return this.#answer.promise
  }

  close(): void {
    this.#socket.destroy()
  }
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length)
}
