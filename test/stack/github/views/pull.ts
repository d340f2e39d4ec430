/** Pull requests: the short form of lists and the full one with counts. */
import type { PullRecord } from '../records.ts'
import type { World } from '../world.ts'
import { association, iso, isoOrNull, pullHtml, repositoryApi, userView } from './common.ts'
import type { Json } from './common.ts'
import { labelView } from './issue.ts'
import { repositoryView } from './repository.ts'

/** `pull-request-simple` */
export function simplePullView(world: World, pull: PullRecord): Json {
  const repository = world.repositoryById(pull.repositoryId)
  const issue = world.issue(pull.repositoryId, pull.number)
  const user = world.userById(issue.userId)
  const api = repositoryApi(world, repository)
  const url = `${api}/pulls/${pull.number}`
  const html = pullHtml(world, pull)
  const assignees = issue.assigneeIds.map((id) => userView(world, world.userById(id)))
  return {
    url,
    id: pull.id,
    node_id: pull.nodeId,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
    number: pull.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: userView(world, user),
    body: issue.body,
    labels: world.labelsOf(issue).map((label) => ({
      ...labelView(world, repository, label),
      // A pull request's labels have a text here where an issue's may have null.
      description: label.description ?? '',
    })),
    milestone: null,
    active_lock_reason: issue.lockReason,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: isoOrNull(issue.closedAt),
    merged_at: isoOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: pull.requestedReviewerIds.map((id) => userView(world, world.userById(id))),
    requested_teams: [],
    head: endView(world, pull, pull.headRef, pull.headSha),
    base: endView(world, pull, pull.baseRef, pull.baseSha),
    _links: links(world, pull, url, api),
    author_association: association(world, user, repository),
    auto_merge: null,
    draft: pull.draft,
  }
}

/** `pull-request` */
export function pullView(world: World, pull: PullRecord, mergeable: boolean | null): Json {
  const issue = world.issue(pull.repositoryId, pull.number)
  const state = pull.draft ? 'draft' : mergeable === null ? 'unknown' : mergeable ? 'clean' : 'dirty'
  return {
    ...simplePullView(world, pull),
    merged: pull.merged,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: state,
    merged_by: pull.mergedById === null ? null : userView(world, world.userById(pull.mergedById)),
    comments: world.commentsOf(issue).length,
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: pull.commits,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changedFiles,
  }
}

function endView(world: World, pull: PullRecord, ref: string, sha: string): Json {
  const repository = world.repositoryById(pull.repositoryId)
  const owner = world.userById(repository.ownerId)
  const repo = {
    ...repositoryView(world, repository),
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_update_branch: false,
    use_squash_pr_title_as_default: false,
    squash_merge_commit_message: 'COMMIT_MESSAGES',
    squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
    merge_commit_message: 'PR_TITLE',
    merge_commit_title: 'MERGE_MESSAGE',
  }
  return { label: `${owner.login}:${ref}`, ref, sha, user: userView(world, owner), repo }
}

function links(world: World, pull: PullRecord, url: string, api: string): Json {
  const href = (value: string) => ({ href: value })
  return {
    self: href(url),
    html: href(pullHtml(world, pull)),
    issue: href(`${api}/issues/${pull.number}`),
    comments: href(`${api}/issues/${pull.number}/comments`),
    review_comments: href(`${url}/comments`),
    review_comment: href(`${api}/pulls/comments{/number}`),
    commits: href(`${url}/commits`),
    statuses: href(`${api}/statuses/${pull.headSha}`),
  }
}

/** The few fields of a pull request that checks and workflow runs carry. */
export function pullMinimalView(world: World, pull: PullRecord): Json {
  const repository = world.repositoryById(pull.repositoryId)
  const api = repositoryApi(world, repository)
  const repo = { id: repository.id, url: api, name: repository.name }
  return {
    id: pull.id,
    number: pull.number,
    url: `${api}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo },
  }
}

export function openPullsAt(world: World, repositoryId: number, sha: string): PullRecord[] {
  const open = (p: PullRecord) => world.issue(p.repositoryId, p.number).state === 'open'
  return [...world.pulls.values()].filter((p) => p.repositoryId === repositoryId && p.headSha === sha && open(p))
}
