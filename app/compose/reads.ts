/** What pages and programs read of GitHub. The page of a Run is opened by many at once, so what it asks for is kept for a while. */
import type { IssueFacts } from '../domain/issue-facts.ts'
import { GitHubError } from '../github/errors.ts'
import type { GitHubErrorKind } from '../github/errors.ts'
import type { GitHubPort } from '../github/port.ts'
import { remembered } from '../github/remembered.ts'
import type { GitHubReads } from '../http/api/ports.ts'

const FRESH_MS = 30_000
const HEADS_KEPT_MAX = 500
const ISSUES_KEPT_MAX = 500

/** Everything but `head` and `issue` is kept, where it can be, by the port itself: what starts a Run asks for these anew. */
export function readsOf(github: GitHubPort): GitHubReads {
  const heads = remembered<string | null>(HEADS_KEPT_MAX, FRESH_MS)
  const issues = remembered<IssueFacts | null>(ISSUES_KEPT_MAX, FRESH_MS)
  return {
    repository: (owner, name) => github.repository(owner, name),
    fileAt: (repository, sha, path) => github.fileAt(repository, sha, path),
    compare: (repository, base, head) => github.compare(repository, base, head),
    head: (repository, ref) =>
      heads.read(`${repository.id}:${ref}`, () =>
        plain(orNull(github.baseCommit(repository, ref), ['not_found', 'invalid'])),
      ),
    issue: (repository, number, when) => {
      const key = `${repository.id}#${number}`
      if (when === 'now') issues.forget(key)
      return issues.read(key, () => plain(orNull(github.issue(repository, number))))
    },
    subIssues: (repository, number, when) => orNull(github.subIssues(repository, number, when)),
    parentIssue: (repository, number, when) => github.parentIssue(repository, number, when),
    latestComments: (repository, number) => github.latestComments(repository, number),
    pullRequest: (repository, number) => github.pullRequest(repository, number),
    checksOf: (repository, sha) => github.checksOf(repository, sha),
    openBlockers: (repository, number) => github.openBlockers(repository, number),
    blockedBy: (repository, number) => github.blockedBy(repository, number),
    openIssues: (repository) => github.openIssues(repository),
    installedRepositories: () => github.installedRepositories(),
    grantedPermissions: (owner, name) => github.grantedPermissions(owner, name),
  }
}

/** An answer whose ETag nobody kept. */
async function plain<T>(asked: Promise<T>): Promise<{ etag: undefined; value: T }> {
  return { etag: undefined, value: await asked }
}

/** Absent is an answer, not an error; of a branch GitHub says it in more than one way. */
async function orNull<T>(asked: Promise<T>, absent: readonly GitHubErrorKind[] = ['not_found']): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof GitHubError && absent.includes(error.kind)) return null
    throw error
  }
}
