/**
 * What is said to screen readers through one polite region (surfaces.md 2.8): changes of state, at most one in ten
 * seconds, and answers to what the person did.
 */
import type { World } from './stream.ts'

const ANNOUNCE_GAP_MS = 10_000

export interface Announcer {
  /** A change of state. Of those that come within the gap only the newest is said: it is the one that is still true. */
  change: (text: string) => void
  /** The answer to one's own press, at once: silence would sound as if nothing had happened. */
  answer: (text: string) => void
}

export function createAnnouncer(world: Pick<World, 'now' | 'after'>, say: (text: string) => void): Announcer {
  let saidAtMs = Number.NEGATIVE_INFINITY
  let waiting: string | null = null

  const flush = () => {
    if (waiting === null) return
    saidAtMs = world.now()
    say(waiting)
    waiting = null
  }
  return {
    change: (text) => {
      const planned = waiting !== null
      waiting = text
      if (planned) return
      const restMs = saidAtMs + ANNOUNCE_GAP_MS - world.now()
      if (restMs <= 0) flush()
      else world.after(restMs, flush)
    },
    // It takes no place of the changes: neither does it wait for one, nor does one wait for it.
    answer: say,
  }
}
