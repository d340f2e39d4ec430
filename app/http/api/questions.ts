/**
 * How many questions to GitHub one person may cause. The hour's limit of an installation is shared by all: somebody who
 * asks for one made-up Run after the other must not use up what people's commands need.
 */
import { ProblemError } from '../problem.ts'

export const QUESTIONS_WINDOW_MS = 60_000
/** Things that are named: ids, repositories, issues. */
export const QUESTIONS_PER_PERSON_MAX = 60
/** Repositories that a list or a stream looks through; what lies beyond them is found by its name. */
export const LISTED_PER_PERSON_MAX = 200
const PEOPLE_MAX = 10_000

interface Spent {
  since: number
  named: number
  listed: number
}

export class Questions {
  readonly #now: () => number
  readonly #spent = new Map<number, Spent>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts a question that somebody's request leads to. Throws `too_many_requests`. */
  named(userId: number): void {
    const spent = this.#of(userId)
    if (spent.named >= QUESTIONS_PER_PERSON_MAX) {
      const seconds = Math.max(1, Math.ceil((spent.since + QUESTIONS_WINDOW_MS - this.#now()) / 1_000))
      throw new ProblemError('too_many_requests', {
        reason: 'questions',
        detail: `You asked for too many things that only GitHub knows of. Try again in ${seconds} s.`,
        headers: { 'retry-after': String(seconds) },
      })
    }
    spent.named++
  }

  /** False when the person has had the questions that lists may ask in a minute. */
  listed(userId: number): boolean {
    const spent = this.#of(userId)
    if (spent.listed >= LISTED_PER_PERSON_MAX) return false
    spent.listed++
    return true
  }

  #of(userId: number): Spent {
    const now = this.#now()
    const known = this.#spent.get(userId)
    if (known && now - known.since < QUESTIONS_WINDOW_MS) return known
    const fresh = { since: now, named: 0, listed: 0 }
    this.#spent.delete(userId)
    this.#spent.set(userId, fresh)
    const [oldest] = this.#spent.keys()
    if (this.#spent.size > PEOPLE_MAX && oldest !== undefined) this.#spent.delete(oldest)
    return fresh
  }
}
