/**
 * A whole system in one thread on a virtual clock: events lie on a heap by time, chance is seeded, and between two
 * events every promise that can go on has gone on. The same seed gives the same history, to the last step.
 */

export interface Scheduler {
  readonly now: number
  readonly steps: number
  /** A number in [0, 1). */
  chance: () => number
  /** A whole number in [low, high]. */
  between: (low: number, high: number) => number
  /** True with the given probability. */
  happens: (probability: number) => boolean
  after: (ms: number, run: () => void) => () => void
  sleep: (ms: number) => Promise<void>
  /** Adds what happened to the trace. */
  note: (text: string) => void
  /** Of everything noted so far; equal for equal seeds. */
  readonly trace: number
  /** Runs events until the clock reaches `untilMs`, the heap is empty, or `STEPS_MAX` were run. */
  run: (untilMs: number) => Promise<void>
  /** The newest notes, for the report of a failure. */
  readonly notes: readonly string[]
}

interface Entry {
  at: number
  order: number
  run: (() => void) | null
}

const STEPS_MAX = 2_000_000
const NOTES_MAX = 4_000

/** Starts a scheduler at `startMs` whose every choice follows from `seed`. */
export function createScheduler(seed: number, startMs: number, keepNotes = false): Scheduler {
  const heap: Entry[] = []
  const notes: string[] = []
  let state = (seed * 0x9e3779b9 + 0x85ebca6b) >>> 0
  let now = startMs
  let order = 0
  let steps = 0
  let trace = 0x811c9dc5

  // mulberry32: small, fast and good enough to choose faults with.
  const chance = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  const note = (text: string): void => {
    for (let i = 0; i < text.length; i++) trace = Math.imul(trace ^ text.charCodeAt(i), 0x01000193)
    trace = Math.imul(trace ^ (now | 0), 0x01000193)
    if (!keepNotes) return
    notes.push(`${((now - startMs) / 1000).toFixed(3)} ${text}`)
    if (notes.length > NOTES_MAX) notes.shift()
  }

  const after = (ms: number, run: () => void): (() => void) => {
    const entry: Entry = { at: now + Math.max(0, ms), order: order++, run }
    push(heap, entry)
    return () => {
      entry.run = null
    }
  }

  /** Every microtask that can run has run before the next event: a microtask is queued behind them, a tick behind that. */
  const run = (untilMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const step = (): void => {
        // What was called off is not a step: nothing can have come of it.
        while (heap[0]?.run === null) pop(heap)
        const entry = heap[0]
        if (!entry || entry.at > untilMs) {
          now = Math.max(now, untilMs)
          resolve()
          return
        }
        if (++steps > STEPS_MAX) {
          reject(new Error(`The simulation did not come to rest within ${STEPS_MAX} steps`))
          return
        }
        pop(heap)
        now = Math.max(now, entry.at)
        entry.run?.()
        queueMicrotask(next)
      }
      const next = (): void => process.nextTick(step)
      step()
    })

  return {
    get now() {
      return now
    },
    get steps() {
      return steps
    },
    get trace() {
      return trace >>> 0
    },
    notes,
    chance,
    between: (low, high) => low + Math.floor(chance() * (high - low + 1)),
    happens: (probability) => chance() < probability,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    note,
    run,
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function push(heap: Entry[], entry: Entry): void {
  let i = heap.push(entry) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!before(entry, heap[parent]!)) break
    heap[i] = heap[parent]!
    i = parent
  }
  heap[i] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[i] = heap[child]!
    i = child
  }
  heap[i] = last
}
