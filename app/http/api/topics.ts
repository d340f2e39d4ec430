/** What a reader of the stream asks to hear of: one Run, the Runs of a repository's issues, or every Run. */
import { TOPICS_CHARS_MAX, TOPICS_MAX } from '../../contracts/api.ts'
import type { Run } from '../../domain/run.ts'
import { ProblemError } from '../problem.ts'

const RUN = /^run:r_[0-9a-hjkmnp-tv-z]{10}$/
const ISSUES = /^issues:[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/

export class Topics {
  /** By what they stand for; GitHub's names do not tell upper from lower case. The value is what the reader wrote. */
  readonly #names = new Map<string, string>()

  /** Throws `bad_request` with what a topic looks like. */
  constructor(text: string) {
    const names = new Set(text.split(',').filter((name) => name !== ''))
    if (text.length > TOPICS_CHARS_MAX || names.size > TOPICS_MAX || names.size === 0) {
      throw bad(`topics is 1 to ${TOPICS_MAX} names with commas between them, ${TOPICS_CHARS_MAX} characters in all.`)
    }
    for (const name of names) {
      if (name !== 'runs' && !RUN.test(name) && !ISSUES.test(name)) {
        throw bad(
          `${JSON.stringify(name.slice(0, 64))} is not a topic. Topics are run:<id>, runs and issues:<owner>/<repo>.`,
        )
      }
      this.#names.set(keyOf(name), name)
    }
  }

  get size(): number {
    return this.#names.size
  }

  /** Ids of the Runs that are topics of their own. */
  get runIds(): string[] {
    return [...this.#names.keys()].flatMap((key) => (key.startsWith('run:') ? [key.slice('run:'.length)] : []))
  }

  /** The topics that a change of this Run belongs to. */
  of(run: Pick<Run, 'id' | 'repository'>): string[] {
    const topics: string[] = []
    for (const key of keysOf(run)) {
      const name = this.#names.get(key)
      if (name !== undefined) topics.push(name)
    }
    return topics
  }
}

/** Thousands of readers ask about the same Run one after the other. */
const known = new WeakMap<object, readonly string[]>()

function keysOf(run: Pick<Run, 'id' | 'repository'>): readonly string[] {
  const before = known.get(run)
  if (before) return before
  const { owner, name } = run.repository
  const keys = [`run:${run.id}`, 'runs', `issues:${owner}/${name}`.toLowerCase()]
  known.set(run, keys)
  return keys
}

const keyOf = (name: string): string => (name.startsWith('issues:') ? name.toLowerCase() : name)
const bad = (detail: string): ProblemError => new ProblemError('bad_request', { detail })
