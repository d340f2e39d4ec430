/** Finding the repository that a path names, for somebody who may know that it is there. */
import type { RepositoryRef } from '../../domain/events.ts'
import { ProblemError } from '../problem.ts'
import type { Identity } from '../route.ts'
import { asking } from './answers.ts'
import type { ApiPorts } from './ports.ts'

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
