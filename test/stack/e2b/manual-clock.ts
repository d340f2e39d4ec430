/** A clock that stands still until the test moves it, and that says when somebody waits on it. */
import type { Clock } from '#sandboxes/clock.ts'

interface Sleeper {
  at: number
  ms: number
  wake: () => void
}

export interface ManualClock extends Clock {
  /** Moves the time; whoever waited for a moment up to the new one goes on. */
  advance(ms: number): void
  /** Resolves with the length of a wait that is going on and fits, as soon as there is one. */
  waiting(fits: (ms: number) => boolean): Promise<number>
}

export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let now = startMs
  const sleepers = new Set<Sleeper>()
  const watchers = new Set<() => void>()
  return {
    now: () => now,
    delay: (ms, { signal } = {}) =>
      new Promise((resolve) => {
        if (ms <= 0 || signal?.aborted) return resolve()
        const sleeper: Sleeper = { at: now + ms, ms, wake: () => {} }
        sleeper.wake = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', sleeper.wake)
          resolve()
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake, { once: true })
        watchers.forEach((watch) => watch())
      }),
    advance(ms) {
      now += ms
      for (const sleeper of sleepers) if (sleeper.at <= now) sleeper.wake()
    },
    waiting: (fits) =>
      new Promise((resolve) => {
        const watch = () => {
          for (const { ms } of sleepers) {
            if (!fits(ms)) continue
            watchers.delete(watch)
            return resolve(ms)
          }
        }
        watchers.add(watch)
        watch()
      }),
  }
}
