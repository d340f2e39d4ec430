/** How many streams one reader may hold open at once, of whatever kind (trust.md row 37). */
import { ProblemError } from '../problem.ts'
import { rateLimited } from '../rate-limit.ts'
import type { Identity } from '../route.ts'

export const STREAMS_PER_READER_MAX = 20

export const readerOf = (who: Exclude<Identity, { kind: 'anonymous' }>): string =>
  who.kind === 'person' ? `person:${who.id}` : `token:${who.name}`

export class StreamPlaces {
  readonly #open = new Map<string, number>()

  /** Takes one of the reader's places; the answer gives it back. Throws `too_many_requests`. */
  enter(reader: string): () => void {
    const count = this.#open.get(reader) ?? 0
    if (count >= STREAMS_PER_READER_MAX) {
      throw new ProblemError('too_many_requests', {
        reason: 'streams',
        detail: `You have ${STREAMS_PER_READER_MAX} streams open. Close some tabs and try again.`,
        headers: rateLimited({
          name: 'streams',
          quota: STREAMS_PER_READER_MAX,
          unit: 'concurrent-requests',
          left: 0,
          retryAfterSeconds: 30,
        }),
      })
    }
    this.#open.set(reader, count + 1)
    return () => {
      const left = (this.#open.get(reader) ?? 1) - 1
      if (left > 0) this.#open.set(reader, left)
      else this.#open.delete(reader)
    }
  }
}
