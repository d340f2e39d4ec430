/**
 * Time as an argument: providers wait and measure through this, so that a test can pass a clock that it moves by hand
 * and no test has to sleep.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms`; resolves early (never rejects) when the signal aborts. `background` lets the process exit. */
  delay(ms: number, options?: { signal?: AbortSignal | undefined; background?: boolean }): Promise<void>
}

export const realClock: Clock = {
  now: () => Date.now(),
  delay: (ms, { signal, background = false } = {}) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (background) timer.unref()
      signal?.addEventListener('abort', done, { once: true })
    }),
}

export type Raced<T> =
  | { kind: 'value'; value: T }
  | { kind: 'error'; error: unknown }
  | { kind: 'timeout' }
  | { kind: 'aborted' }

/**
 * Waits for work that may never settle, at most `ms` and not past an abort. The work's own signal is aborted when the
 * wait ends first, but nothing depends on the work hearing it. Never rejects.
 */
export async function race<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Raced<T>> {
  if (signal?.aborted) return { kind: 'aborted' }
  if (ms <= 0) return { kind: 'timeout' }
  const finished = new AbortController()
  const given = new AbortController()
  const waiting = AbortSignal.any(signal ? [finished.signal, signal] : [finished.signal])
  const worked = settled(work(given.signal))
  const waited = clock
    .delay(ms, { signal: waiting })
    .then((): Raced<T> => (signal?.aborted ? { kind: 'aborted' } : { kind: 'timeout' }))
  const first = await Promise.race([worked, waited])
  finished.abort()
  if (first.kind === 'timeout' || first.kind === 'aborted') given.abort()
  return first
}

async function settled<T>(work: Promise<T>): Promise<Raced<T>> {
  try {
    return { kind: 'value', value: await work }
  } catch (error) {
    return { kind: 'error', error }
  }
}
