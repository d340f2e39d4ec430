/**
 * Whether a repository is public now. A Run keeps the repository as it was when it was asked for, and that proves
 * nothing later: GitHub's own answer counts, and what is not known to be public is private.
 */
import type { RepositoryRef } from '../../domain/events.ts'

/** With the 25 s between two checks of an open stream, nobody reads on for a minute after the switch. */
export const VISIBILITY_CACHE_MS = 30_000
/** GitHub being away must not cost a question for each request. */
export const VISIBILITY_FAILED_MS = 5_000
export const VISIBILITY_CACHE_MAX = 10_000

interface Answer {
  isPublic: Promise<boolean>
  until: number
}

export interface VisibilityPorts {
  /** GitHub's answer of now; true also where the App cannot see the repository any more. */
  isPrivate(repository: RepositoryRef): Promise<boolean>
  now: () => number
}

export class Visibility {
  readonly #ports: VisibilityPorts
  readonly #known = new Map<number, Answer>()

  constructor(ports: VisibilityPorts) {
    this.#ports = ports
  }

  /** Never rejects. */
  isPublic(repository: RepositoryRef): Promise<boolean> {
    const now = this.#ports.now()
    const known = this.#known.get(repository.id)
    if (known && known.until > now) return known.isPublic
    const answer: Answer = { isPublic: Promise.resolve(false), until: now + VISIBILITY_CACHE_MS }
    answer.isPublic = this.#ports.isPrivate(repository).then(
      (isPrivate) => !isPrivate,
      () => {
        answer.until = Math.min(answer.until, this.#ports.now() + VISIBILITY_FAILED_MS)
        return false
      },
    )
    this.#known.delete(repository.id)
    this.#known.set(repository.id, answer)
    const [oldest] = this.#known.keys()
    if (this.#known.size > VISIBILITY_CACHE_MAX && oldest !== undefined) this.#known.delete(oldest)
    return answer.isPublic
  }
}
