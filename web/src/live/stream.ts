/**
 * One stream of server-sent events that does not give up. The browser's own `EventSource` closes for ever on any answer
 * but 200 and a fresh one forgets the last id (both measured), so reconnecting is done here: after any error the source
 * is closed, and a new one is opened with the place where the old one stopped.
 */
import { backoffMs } from './backoff.ts'

const HEARTBEAT_MS = 30_000
/** Without a sign of life for this long a connection counts as dead, even if the browser believes in it. */
export const STALE_MS = HEARTBEAT_MS * 1.5

/** The part of `EventSource` that is used; tests bring their own. */
export interface Source {
  addEventListener(type: string, listener: (event: { data?: unknown; lastEventId?: string }) => void): void
  close(): void
}

/** Time and chance of the outside world; tests bring their own. */
export interface World {
  now(): number
  chance(): number
  after(delayMs: number, then: () => void): () => void
}

export interface StreamOptions {
  open(lastId: string | null): Source
  /** Where an earlier stream stopped. */
  lastId?: string | null
  names: readonly string[]
  world: World
  /** `lastId` is the place after this message. `ping` is a message too. */
  onMessage(name: string, data: string, lastId: string | null): void
  /** A sign of life: the connection opened, or anything came over it. */
  onBeat(atMs: number): void
  /** The connection was lost; a new one will be tried. */
  onLost(atMs: number): void
}

export interface Stream {
  /** Tries again now instead of when the backoff says so. */
  retry(): void
  close(): void
}

/** Opens the stream and keeps it open until `close`. */
export function openStream(options: StreamOptions): Stream {
  const { world } = options
  let source: Source | null = null
  let lastId = options.lastId ?? null
  let attempt = 0
  let cancelTimer = () => {}
  let closed = false

  const arm = (delayMs: number, then: () => void) => {
    cancelTimer()
    cancelTimer = world.after(delayMs, then)
  }
  const beat = () => {
    options.onBeat(world.now())
    arm(STALE_MS, lose)
  }
  function lose() {
    source?.close()
    source = null
    if (closed) return
    options.onLost(world.now())
    arm(backoffMs(attempt, world.chance()), connect)
    attempt += 1
  }
  function connect() {
    if (closed) return
    source?.close()
    const opened = options.open(lastId)
    source = opened
    arm(STALE_MS, lose)
    const whileCurrent = (then: (event: { data?: unknown; lastEventId?: string }) => void) => (event: object) => {
      if (source === opened && !closed) then(event)
    }
    opened.addEventListener('open', whileCurrent(beat))
    opened.addEventListener('error', whileCurrent(lose))
    for (const name of ['ping', ...options.names]) {
      opened.addEventListener(
        name,
        whileCurrent((event) => receive(name, event)),
      )
    }
  }
  function receive(name: string, event: { data?: unknown; lastEventId?: string }) {
    // Only a message proves that the server can serve: one that accepts and hangs up at once must not reset the backoff.
    attempt = 0
    if (event.lastEventId) lastId = event.lastEventId
    beat()
    options.onMessage(name, typeof event.data === 'string' ? event.data : '', lastId)
  }

  connect()
  return {
    retry: () => {
      if (closed) return
      attempt = 0
      if (source === null) connect()
    },
    close: () => {
      closed = true
      cancelTimer()
      source?.close()
      source = null
    },
  }
}
