/** Whether somebody named a branch that is there: GitHub says no to others in more than one way. */
import type { RepositoryRef } from '../domain/events.ts'
import { GitHubError } from './errors.ts'
import type { GitHubPort } from './port.ts'

/** Rejects when GitHub cannot be asked. */
export async function isBranch(
  github: Pick<GitHubPort, 'baseCommit'>,
  repository: RepositoryRef,
  branch: string,
): Promise<boolean> {
  try {
    await github.baseCommit(repository, `heads/${branch}`)
    return true
  } catch (error) {
    if (error instanceof GitHubError && (error.kind === 'not_found' || error.kind === 'invalid')) return false
    throw error
  }
}
