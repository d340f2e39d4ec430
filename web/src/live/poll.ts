/**
 * A topic that the server does not stream yet, kept fresh by asking. It looks to the page exactly like a stream that
 * says "something may have changed", so that the many-topic stream can take its place without a change in any page.
 */
import { backoffMs } from './backoff.ts'
import type { Stream, World } from './stream.ts'

export const POLL_MS = 5_000

export interface PollOptions {
  world: World
  /** Fetches again; rejects when that failed. */
  refresh(): Promise<void>
  onBeat(atMs: number): void
  onLost(atMs: number): void
}

/** Calls `refresh` every `POLL_MS`, one at a time, more slowly while it fails, until `close`. */
export function openPoll(options: PollOptions): Stream {
  const { world } = options
  let closed = false
  let attempt = 0
  let busy = false
  let cancelTimer = world.after(POLL_MS, ask)

  function ask() {
    if (busy) return
    busy = true
    options.refresh().then(
      () => settle(true),
      () => settle(false),
    )
  }
  function settle(ok: boolean) {
    busy = false
    if (closed) return
    if (ok) options.onBeat(world.now())
    else options.onLost(world.now())
    const delayMs = ok ? POLL_MS : POLL_MS + backoffMs(attempt, world.chance())
    attempt = ok ? 0 : attempt + 1
    cancelTimer = world.after(delayMs, ask)
  }

  // Whoever subscribes has just read over REST.
  options.onBeat(world.now())
  return {
    retry: () => {
      cancelTimer()
      ask()
    },
    close: () => {
      closed = true
      cancelTimer()
    },
  }
}
