/** Pull requests: opening, and following their branches. Closing and labels are the issue's. */
import { openIssue, setIssueState } from './issues.ts'
import { emitPull } from './emit.ts'
import type { Actor } from '../auth.ts'
import { ApiError, validationFailed } from '../errors.ts'
import { aheadBehind, diffFiles, mergeBase, mergedTree } from '../git/history.ts'
import { readRef, writeRef } from '../git/objects.ts'
import { nodeId } from '../ids.ts'
import type { PullRecord, RepositoryRecord } from '../records.ts'
import { userView } from '../views/common.ts'
import type { World } from '../world.ts'

export interface OpenPull {
  title: string
  body?: string | null
  head: string
  base: string
  draft?: boolean
  maintainerCanModify?: boolean
}

/** Refuses as GitHub does: unknown branches, nothing to merge, one open pull request per pair of branches. */
export async function openPull(
  world: World,
  actor: Actor,
  repository: RepositoryRecord,
  wanted: OpenPull,
): Promise<PullRecord> {
  const headRef = wanted.head.includes(':') ? wanted.head.slice(wanted.head.indexOf(':') + 1) : wanted.head
  const foreign =
    wanted.head.includes(':') && wanted.head.split(':')[0]?.toLowerCase() !== repository.owner.toLowerCase()
  const head = foreign ? null : await readRef(repository.gitDir, `refs/heads/${headRef}`)
  const base = await readRef(repository.gitDir, `refs/heads/${wanted.base}`)
  if (!head) throw validationFailed({ resource: 'PullRequest', field: 'head', code: 'invalid' })
  if (!base) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' })
  refuseDuplicate(world, repository, headRef, wanted.base)
  const { ahead } = await aheadBehind(repository.gitDir, base.sha, head.sha)
  if (ahead === 0) throw custom(`No commits between ${wanted.base} and ${headRef}`)
  const counts = await countChanges(repository, base.sha, head.sha)
  refuseDuplicate(world, repository, headRef, wanted.base)
  const issue = openIssue(world, actor, repository, { title: wanted.title, body: wanted.body ?? null }, true)
  const id = world.ids.take('pull')
  const pull: PullRecord = {
    id,
    nodeId: nodeId('PR', repository.id, id),
    repositoryId: repository.id,
    number: issue.number,
    headRef,
    baseRef: wanted.base,
    headSha: head.sha,
    baseSha: base.sha,
    draft: wanted.draft ?? false,
    merged: false,
    mergedAt: null,
    mergedById: null,
    mergeCommitSha: null,
    requestedReviewerIds: [],
    maintainerCanModify: wanted.maintainerCanModify ?? false,
    ...counts,
  }
  world.pulls.set(id, pull)
  await writeRef(repository.gitDir, `refs/pull/${issue.number}/head`, head.sha)
  emitPull(world, actor, pull, 'opened')
  return pull
}

const custom = (message: string) => validationFailed({ resource: 'PullRequest', code: 'custom', message })

function refuseDuplicate(world: World, repository: RepositoryRecord, headRef: string, baseRef: string): void {
  const same = openPulls(world, repository).some((p) => p.headRef === headRef && p.baseRef === baseRef)
  if (same) throw custom(`A pull request already exists for ${repository.owner}:${headRef}.`)
}

function openPulls(world: World, repository: RepositoryRecord): PullRecord[] {
  const mine = [...world.pulls.values()].filter((p) => p.repositoryId === repository.id)
  return mine.filter((p) => world.issue(repository.id, p.number).state === 'open')
}

async function countChanges(repository: RepositoryRecord, base: string, head: string) {
  const from = await mergeBase(repository.gitDir, base, head)
  const { ahead } = await aheadBehind(repository.gitDir, base, head)
  const files = await diffFiles(repository.gitDir, from, head)
  const sum = (key: 'additions' | 'deletions') => files.reduce((total, file) => total + file[key], 0)
  return { commits: ahead, additions: sum('additions'), deletions: sum('deletions'), changedFiles: files.length }
}

/** Open pull requests follow their branch; one whose branch is gone is closed. */
export async function followBranch(
  world: World,
  actor: Actor,
  repository: RepositoryRecord,
  change: { branch: string; before: string; after: string | null },
): Promise<void> {
  for (const pull of openPulls(world, repository).filter((p) => p.headRef === change.branch)) {
    if (change.after === null) {
      setIssueState(world, actor, world.issue(repository.id, pull.number), 'closed')
      continue
    }
    const base = await readRef(repository.gitDir, `refs/heads/${pull.baseRef}`)
    Object.assign(pull, await countChanges(repository, base?.sha ?? pull.baseSha, change.after), {
      headSha: change.after,
    })
    await writeRef(repository.gitDir, `refs/pull/${pull.number}/head`, change.after)
    world.issue(repository.id, pull.number).updatedAt = world.now()
    emitPull(world, actor, pull, 'synchronize', { before: change.before, after: change.after })
  }
}

/** Null while it is closed, as GitHub answers then. */
export async function mergeable(world: World, pull: PullRecord): Promise<boolean | null> {
  const repository = world.repositoryById(pull.repositoryId)
  if (world.issue(pull.repositoryId, pull.number).state !== 'open') return null
  const base = await readRef(repository.gitDir, `refs/heads/${pull.baseRef}`)
  return base === null ? null : (await mergedTree(repository.gitDir, base.sha, pull.headSha)) !== null
}

export function requestReviewers(world: World, actor: Actor, pull: PullRecord, logins: readonly string[]): void {
  const repository = world.repositoryById(pull.repositoryId)
  const author = world.issue(repository.id, pull.number).userId
  const users = logins.map((login) => world.findUser(login))
  if (users.some((user) => user?.id === author)) {
    throw new ApiError(422, 'Review cannot be requested from pull request author.')
  }
  const known = (login: string) =>
    [repository.owner, ...repository.collaborators.keys()].some((name) => name.toLowerCase() === login.toLowerCase())
  if (users.some((user) => user === null || !known(user.login))) {
    const what = 'One or more of the users or teams you specified is not a collaborator of the'
    throw new ApiError(
      422,
      `Reviews may only be requested from collaborators. ${what} ${repository.fullName} repository.`,
    )
  }
  for (const user of users.filter((u) => u !== null && !pull.requestedReviewerIds.includes(u.id))) {
    pull.requestedReviewerIds.push((user as { id: number }).id)
    emitPull(world, actor, pull, 'review_requested', {
      requested_reviewer: userView(world, user as NonNullable<typeof user>),
    })
  }
}
