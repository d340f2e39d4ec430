/**
 * Server-sent events: one writer for every stream of the app, and the register of open streams that a drain ends in
 * order. A reader that does not read is cut off before its backlog costs memory (trust.md P6).
 */
import type { ServerResponse } from 'node:http'

export const SSE_PING_MS = 30_000
const SSE_RETRY_MS = 2_000
/** A stalled reader may hold this much before its stream is closed; it comes back with its last id. */
const SSE_BACKLOG_BYTES_MAX = 256 * 1024

export interface StreamOptions {
  /** Default 30 s: an `event: ping`, which scripts see, unlike a comment. */
  pingMs?: number
  /** The place that a ping carries, where the stream has places that move while nothing happens. */
  pingId?: () => string
  headers?: Record<string, string>
}

export interface OpenStream {
  /** Sends one event. `data` is JSON. False when the stream is closed, or was closed for its backlog. */
  send(event: string, data: unknown, id?: string): boolean
  /** Sends frames that were rendered before, for fan-out to many readers. */
  sendRaw(frames: string | Uint8Array): boolean
  /** Ends the stream; the reader reconnects after `retryMs`. */
  close(): void
  /** Aborted when the stream is over, whoever ended it. */
  readonly closed: AbortSignal
}

/** Renders one event. Line ends inside of JSON are escaped, so data is one line. */
export function frame(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Every open stream of this process. */
export class StreamRegister {
  readonly #open = new Set<OpenStream>()
  #draining = false

  get size(): number {
    return this.#open.size
  }

  open(res: ServerResponse, options: StreamOptions = {}): OpenStream {
    const over = new AbortController()
    // A stream ends with its connection, so it needs no chunks around what it sends: one write to the socket, not three.
    res.removeHeader('transfer-encoding')
    res.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...options.headers,
    })
    const sendRaw = (frames: string | Uint8Array): boolean => {
      if (over.signal.aborted) return false
      res.write(frames)
      if (res.writableLength <= SSE_BACKLOG_BYTES_MAX) return true
      res.destroy()
      finish()
      return false
    }
    const stream: OpenStream = {
      sendRaw,
      send: (event, data, id) => sendRaw(frame(event, data, id)),
      close: () => {
        if (over.signal.aborted) return
        res.end()
        finish()
      },
      closed: over.signal,
    }
    const ping = setInterval(() => stream.send('ping', {}, options.pingId?.()), options.pingMs ?? SSE_PING_MS)
    ping.unref()
    const finish = (): void => {
      clearInterval(ping)
      this.#open.delete(stream)
      over.abort()
    }
    res.once('close', finish)
    this.#open.add(stream)
    stream.sendRaw(`retry: ${SSE_RETRY_MS}\n\n`)
    if (this.#draining) stream.close()
    return stream
  }

  /** Ends every stream with the word when to come back, and every later one at once. */
  drain(): void {
    this.#draining = true
    for (const stream of this.#open) {
      stream.sendRaw(`retry: ${SSE_RETRY_MS}\n\n`)
      stream.close()
    }
  }
}
