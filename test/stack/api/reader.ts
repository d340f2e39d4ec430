/** Reads server-sent events as a browser would, but shows every byte of what came: status, headers and each event. */
import { request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

import { createParser } from 'eventsource-parser'
import { onTestFinished, vi } from 'vitest'

import { SOON } from '../soon.ts'

interface SseEvent {
  event: string
  id: string | undefined
  data: unknown
}

export interface SseReader {
  status: number
  headers: IncomingHttpHeaders
  readonly events: SseEvent[]
  readonly retryMs: number[]
  /** Names of the events so far, pings left out. */
  names(): string[]
  /** Resolves when an event of this name has come. */
  until(name: string): Promise<SseEvent>
  /** Resolves when the other end closed the stream. */
  closed: Promise<void>
  /** Stops reading from the socket, as a browser that hangs. */
  stall(): void
  resume(): void
  leave(): void
}

/** Opens a stream; it is left at the end of the test. */
export function readStream(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
  return new Promise((resolve, reject) => {
    const accept = { accept: 'text/event-stream', ...headers }
    const req = request(url, { agent: false, headers: accept }, (res) => resolve(readerOf(res, () => req.destroy())))
    req.on('error', reject)
    req.end()
    onTestFinished(() => void req.destroy())
  })
}

function readerOf(res: IncomingMessage, leave: () => void): SseReader {
  const events: SseEvent[] = []
  const retryMs: number[] = []
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }) => events.push({ event, id, data: JSON.parse(data) }),
    onRetry: (ms) => retryMs.push(ms),
  })
  res.setEncoding('utf8').on('data', (chunk: string) => parser.feed(chunk))
  const closed = new Promise<void>((done) => res.once('close', done))
  // A connection that is cut is an end like any other.
  res.on('error', () => {})
  const names = (): string[] => events.map(({ event }) => event).filter((name) => name !== 'ping')
  return {
    status: res.statusCode ?? 0,
    headers: res.headers,
    events,
    retryMs,
    names,
    closed,
    until: (name) =>
      vi.waitFor(() => {
        const found = events.find(({ event }) => event === name)
        if (!found) throw new Error(`no ${name} yet, but ${names().join(', ') || 'nothing'}`)
        return found
      }, SOON),
    stall: () => void res.pause(),
    resume: () => void res.resume(),
    leave,
  }
}
