/**
 * Answers that are the same for every reader and read again and again: each is kept for a while and then asked for with
 * its ETag. An answer that did not change costs nothing of GitHub's limits (trust.md P10).
 */
import { smallMemory } from './small-memory.ts'

const NOT_MODIFIED = 304

interface Answered<T> {
  etag: string | undefined
  value: T
}

export interface Remembered<T> {
  /** What is kept under `key`, or what `ask` answers to a request with these headers. */
  read(key: string, ask: (headers: { 'if-none-match'?: string }) => Promise<Answered<T>>): Promise<T>
  forget(key: string): void
}

export function remembered<T>(entriesMax: number, freshMs: number): Remembered<T> {
  const entries = smallMemory<string, Answered<T> & { at: number }>(entriesMax)
  return {
    async read(key, ask) {
      const kept = entries.get(key)
      if (kept && Date.now() - kept.at < freshMs) return kept.value
      const answered = await ask(kept?.etag ? { 'if-none-match': kept.etag } : {}).catch((error: unknown) => {
        if (kept && (error as { status?: unknown }).status === NOT_MODIFIED) return kept
        throw error
      })
      entries.set(key, { ...answered, at: Date.now() })
      return answered.value
    },
    forget: (key) => entries.delete(key),
  }
}
