/**
 * What stands in for the stream while it is away: the page reads over REST again and again, so that it goes on even where
 * no stream gets through. What has not changed costs little: answers have an ETag, with which the browser asks.
 */
import type { World } from './stream.ts'

export const POLL_MS = 3_000

export interface PollingOptions {
  world: Pick<World, 'now' | 'after'>
  /** Whether there is anybody to read for, and a network to read over. */
  may: () => boolean
  /** Reads everything that is shown; rejects where something could not be read. */
  read: () => Promise<void>
  /** All of it was read: what is shown is as new as this moment. */
  onRead: (atMs: number) => void
}

export interface Polling {
  /** The stream is away. */
  start(): void
  /** The stream is here again. */
  back(): void
  /** Nothing is wanted any more. */
  stop(): void
}

/** Reads three seconds after the stream was lost, and then three seconds after each reading has come to its end. */
export function createPolling({ world, may, read, onRead }: PollingOptions): Polling {
  let cancel: (() => void) | null = null
  /** A reading is under way or has failed, and may leave its error on the page. */
  let unsure = false
  const arm = () => {
    cancel = world.after(POLL_MS, () => void poll())
  }
  const poll = async () => {
    const turn = cancel
    if (may()) {
      const atMs = world.now()
      unsure = true
      const done = await read().then(
        () => true,
        () => false,
      )
      // Whoever stopped it has seen to the rest.
      if (cancel !== turn) return
      unsure = !done
      if (done) onRead(atMs)
    }
    arm()
  }
  const stop = () => {
    cancel?.()
    cancel = null
    unsure = false
  }
  return {
    start: () => {
      if (cancel === null) arm()
    },
    back: () => {
      const again = unsure
      stop()
      // The stream tells of changes only, so it would not take an error away.
      if (again) void read().catch(() => undefined)
    },
    stop,
  }
}
