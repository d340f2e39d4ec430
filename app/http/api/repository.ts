/** Finding repositories for somebody who may know that they are there: the one that a path names, or those of a list. */
import type { RepositoryRef } from '../../domain/events.ts'
import { ProblemError } from '../problem.ts'
import type { Identity } from '../route.ts'
import { asking } from './answers.ts'
import type { ApiPorts } from './ports.ts'

export const nameOf = ({ owner, name }: RepositoryRef): string => `${owner}/${name}`

/** So many of a list are looked at; each may be a question to GitHub. */
export const REPOSITORIES_KNOWN_MAX = 200
const AT_ONCE_MAX = 8

/** Throws `not_found` alike where the App is not installed and where the caller may not look (trust.md row 23). */
export async function readableRepository(
  { github, access }: Pick<ApiPorts, 'github' | 'access'>,
  who: Identity,
  { owner, repo }: { owner: string; repo: string },
): Promise<RepositoryRef> {
  access.count(who)
  const repository = await asking(github.repository(owner, repo))
  const may = await access.mayRead(who, repository, `${owner}/${repo}`.toLowerCase())
  if (!repository || !may) throw new ProblemError('not_found')
  return repository
}

interface Readable {
  repositories: RepositoryRef[]
  /** Of so many GitHub gave no answer whether they may be read, so they are not among them. */
  unanswered: number
}

/** Those of the first `REPOSITORIES_KNOWN_MAX` that somebody may read. */
export async function readableOf(
  { access }: Pick<ApiPorts, 'access'>,
  who: Identity,
  all: readonly RepositoryRef[],
): Promise<Readable> {
  const candidates = all.slice(0, REPOSITORIES_KNOWN_MAX)
  const may = await inBatches(candidates, (each) => access.may(who, 'read', each).catch(() => null))
  return {
    repositories: candidates.filter((_, at) => may[at] === true),
    unanswered: may.filter((answer) => answer === null).length,
  }
}

/** Asks about each, a few at once; the answers are in the same order. */
export async function inBatches<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  for (let start = 0; start < all.length; start += AT_ONCE_MAX) {
    answers.push(...(await Promise.all(all.slice(start, start + AT_ONCE_MAX).map(ask))))
  }
  return answers
}
