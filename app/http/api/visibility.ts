/**
 * Whether a repository is public now. A Run keeps the repository as it was when it was asked for, and that proves
 * nothing later: GitHub's own answer counts, and what is not known to be public is private.
 */
import type { RepositoryRef } from '../../domain/events.ts'
import { isGitHubAway } from '../problem.ts'

/** With the 25 s between two checks of an open stream, nobody reads on for a minute after the switch. */
export const VISIBILITY_CACHE_MS = 30_000
/** GitHub being away must not cost a question for each request. */
export const VISIBILITY_FAILED_MS = 5_000
/** How long after GitHub said that a repository is public its badge is shown though GitHub cannot be asked again. */
export const VISIBILITY_KEPT_MS = 5 * 60_000
export const VISIBILITY_CACHE_MAX = 10_000

interface Answer {
  /** Null: the question failed. */
  isPublic: Promise<boolean | null>
  until: number
}

export interface VisibilityPorts {
  /** GitHub's answer of now; true also where the App cannot see the repository any more. */
  isPrivate(repository: RepositoryRef): Promise<boolean>
  now: () => number
}

/** An answer that is not sure rests on a question that failed: nobody should keep it. */
export interface Sight {
  isPublic: boolean
  isSure: boolean
}

export class Visibility {
  readonly #ports: VisibilityPorts
  readonly #known = new Map<number, Answer>()
  /** When GitHub was asked that last said "public"; only of repositories that are in `#known`. */
  readonly #publicAt = new Map<number, number>()

  constructor(ports: VisibilityPorts) {
    this.#ports = ports
  }

  /** Whether everybody may read it; a question that fails is a no. Never rejects. */
  async isPublic(repository: RepositoryRef): Promise<boolean> {
    return (await this.#ask(repository)) ?? false
  }

  /**
   * The same for what tells a word and no more, as a badge does: while GitHub cannot be asked, its last "public" counts
   * for some minutes. Anything else that it says replaces that at once. Never rejects.
   */
  async lately(repository: RepositoryRef): Promise<Sight> {
    const isPublic = await this.#ask(repository)
    if (isPublic !== null) return { isPublic, isSure: true }
    const at = this.#publicAt.get(repository.id)
    return { isPublic: at !== undefined && this.#ports.now() - at < VISIBILITY_KEPT_MS, isSure: false }
  }

  #ask(repository: RepositoryRef): Promise<boolean | null> {
    const { id } = repository
    const now = this.#ports.now()
    const known = this.#known.get(id)
    if (known && known.until > now) return known.isPublic
    const answer: Answer = { isPublic: Promise.resolve(null), until: now + VISIBILITY_CACHE_MS }
    answer.isPublic = this.#ports.isPrivate(repository).then(
      (isPrivate) => {
        // A slow answer must not bring back what a newer one has closed.
        if (isPrivate) this.#publicAt.delete(id)
        else if (this.#known.get(id) === answer) this.#publicAt.set(id, now)
        return !isPrivate
      },
      (error: unknown) => {
        if (!isGitHubAway(error)) this.#publicAt.delete(id)
        answer.until = Math.min(answer.until, this.#ports.now() + VISIBILITY_FAILED_MS)
        return null
      },
    )
    this.#known.delete(id)
    this.#known.set(id, answer)
    if (this.#known.size > VISIBILITY_CACHE_MAX) this.#forgetOldest()
    return answer.isPublic
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys()
    if (oldest === undefined) return
    this.#known.delete(oldest)
    this.#publicAt.delete(oldest)
  }
}
