/** Merging a pull request: a commit of GitHub's own on the base branch, and what it closes. */
import { pushed } from './branches.ts'
import { setIssueState } from './issues.ts'
import type { Actor } from '../auth.ts'
import { ApiError } from '../errors.ts'
import { mergedTree } from '../git/history.ts'
import { readRef, writeCommit, writeRef } from '../git/objects.ts'
import type { PullRecord, RepositoryRecord } from '../records.ts'
import { noreply } from '../views/git.ts'
import type { World } from '../world.ts'

export async function mergePull(
  world: World,
  actor: Actor,
  pull: PullRecord,
  wanted: { sha?: string; title?: string } = {},
): Promise<string> {
  const repository = world.repositoryById(pull.repositoryId)
  const issue = world.issue(repository.id, pull.number)
  if (wanted.sha !== undefined && wanted.sha !== pull.headSha) {
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.')
  }
  const base = await readRef(repository.gitDir, `refs/heads/${pull.baseRef}`)
  const tree =
    base && issue.state === 'open' && !pull.draft ? await mergedTree(repository.gitDir, base.sha, pull.headSha) : null
  if (!base || tree === null)
    throw new ApiError(405, pull.draft ? 'Pull Request is still a draft' : 'Pull Request is not mergeable')
  const at = Math.floor(world.now() / 1000)
  const sha = await writeCommit(repository.gitDir, {
    tree,
    parents: [base.sha, pull.headSha],
    author: { name: actor.user.login, email: noreply(actor.user), at },
    committer: { name: 'GitHub', email: 'noreply@github.com', at },
    message: `${wanted.title ?? `Merge pull request #${pull.number} from ${repository.owner}/${pull.headRef}`}\n\n${issue.title}`,
  })
  world.verifiedCommits.add(sha)
  await writeRef(repository.gitDir, `refs/heads/${pull.baseRef}`, sha, base.sha)
  Object.assign(pull, { merged: true, mergedAt: world.now(), mergedById: actor.user.id, mergeCommitSha: sha })
  await pushed(world, actor, repository, { ref: `refs/heads/${pull.baseRef}`, before: base.sha, after: sha })
  setIssueState(world, actor, issue, 'closed')
  if (pull.baseRef === repository.defaultBranch) closeMentioned(world, actor, repository, issue.body ?? '')
  return sha
}

/** "Fixes #12" in the body of what was merged into the default branch closes issue 12. */
function closeMentioned(world: World, actor: Actor, repository: RepositoryRecord, body: string): void {
  for (const [, number] of body.matchAll(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b/gi)) {
    const issue = world.findIssue(repository.id, Number(number))
    if (issue && !issue.isPull) setIssueState(world, actor, issue, 'closed', 'completed')
  }
}
