/** Says state changes to screen readers through one polite region, at most one message in ten seconds (surfaces.md 2.8). */
import type { World } from './stream.ts'

const ANNOUNCE_GAP_MS = 10_000

/** Of the messages that come within the gap only the newest is said: it is the one that is still true. */
export function createAnnouncer(
  world: Pick<World, 'now' | 'after'>,
  say: (text: string) => void,
): (text: string) => void {
  let saidAtMs = Number.NEGATIVE_INFINITY
  let waiting: string | null = null

  const flush = () => {
    if (waiting === null) return
    saidAtMs = world.now()
    say(waiting)
    waiting = null
  }
  return (text) => {
    const planned = waiting !== null
    waiting = text
    if (planned) return
    const restMs = saidAtMs + ANNOUNCE_GAP_MS - world.now()
    if (restMs <= 0) flush()
    else world.after(restMs, flush)
  }
}
