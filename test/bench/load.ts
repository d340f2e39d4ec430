/** Sends prepared HTTP/1.1 requests over kept connections, one at a time on each, and counts the answers. */
import { connect } from 'node:net'

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

function overOne(
  url: string,
  take: () => Buffer | undefined,
  answered: (status: number, ms: number) => void,
): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.setNoDelay(true)
    let text = ''
    let sentAt = 0
    const send = (): void => {
      const request = take()
      if (!request) {
        socket.destroy()
        resolve()
        return
      }
      text = ''
      sentAt = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (!isWhole(text)) return
      answered(Number(text.slice(9, 12)), performance.now() - sentAt)
      send()
    })
    socket.on('error', reject)
    socket.on('end', () => reject(new Error(`The server closed the connection after: ${text.slice(0, 200)}`)))
  })
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length)
}
