/** A world with a clock that is turned by hand, for the tests of everything that waits. */
import type { Source, World } from '../../web/src/live/stream.ts'

interface Timer {
  atMs: number
  run: () => void
}

export interface TestWorld extends World {
  /** Lets time pass and runs what is due on the way, in order. */
  pass(ms: number): void
  timers(): number
}

export function createTestWorld(chance = 0.5): TestWorld {
  let nowMs = 1_000_000
  let timers: Timer[] = []
  const next = (untilMs: number) => timers.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0]
  return {
    now: () => nowMs,
    chance: () => chance,
    after: (delayMs, then) => {
      const timer = { atMs: nowMs + delayMs, run: then }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass: (ms) => {
      const untilMs = nowMs + ms
      for (let timer = next(untilMs); timer; timer = next(untilMs)) {
        const due = timer
        timers = timers.filter((other) => other !== due)
        nowMs = due.atMs
        due.run()
      }
      nowMs = untilMs
    },
    timers: () => timers.length,
  }
}

type Listener = (event: { data?: unknown; lastEventId?: string }) => void

export interface TestSource extends Source {
  closed: boolean
  send(name: string, data?: string, lastEventId?: string): void
}

export function createTestSource(): TestSource {
  const listeners: Array<[string, Listener]> = []
  const source: TestSource = {
    closed: false,
    addEventListener: (type, listener) => listeners.push([type, listener]),
    close: () => {
      source.closed = true
    },
    send: (name, data = '', lastEventId = '') => {
      for (const [type, listener] of listeners) if (type === name) listener({ data, lastEventId })
    },
  }
  return source
}
