/** Issues, comments, labels and reactions. */
import { blockersOf } from '../acts/dependencies.ts'
import { parentOf, subIssuesOf } from '../acts/sub-issues.ts'
import type { CommentRecord, IssueRecord, LabelRecord, ReactionRecord, RepositoryRecord } from '../records.ts'
import type { World } from '../world.ts'
import {
  association,
  commentHtml,
  iso,
  isoOrNull,
  issueHtml,
  pullHtml,
  repositoryApi,
  userView,
  viaAppView,
} from './common.ts'
import type { Json } from './common.ts'

const contents = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'] as const

export function labelView(world: World, repository: RepositoryRecord, label: LabelRecord): Json {
  const { id, nodeId, name, color, description } = label
  const url = `${repositoryApi(world, repository)}/labels/${encodeURIComponent(name)}`
  return { id, node_id: nodeId, url, name, color, default: false, description }
}

export function rollup(world: World, subject: ReactionRecord['subject'], id: number, api: string): Json {
  const all = [...world.reactions.values()].filter((r) => r.subject === subject && r.subjectId === id)
  const counts = contents.map((content) => [content, all.filter((r) => r.content === content).length])
  return { url: `${api}/reactions`, total_count: all.length, ...(Object.fromEntries(counts) as Json) }
}

export function reactionView(world: World, reaction: ReactionRecord): Json {
  return {
    id: reaction.id,
    node_id: reaction.nodeId,
    user: userView(world, world.userById(reaction.userId)),
    content: reaction.content,
    created_at: iso(reaction.createdAt),
  }
}

/** `issue` */
export function issueView(world: World, issue: IssueRecord): Json {
  const repository = world.repositoryById(issue.repositoryId)
  const user = world.userById(issue.userId)
  const api = issueApi(world, issue)
  const assignees = issue.assigneeIds.map((id) => userView(world, world.userById(id)))
  return {
    url: api,
    repository_url: repositoryApi(world, repository),
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: issueHtml(world, issue),
    id: issue.id,
    node_id: issue.nodeId,
    number: issue.number,
    title: issue.title,
    user: userView(world, user),
    labels: world.labelsOf(issue).map((label) => labelView(world, repository, label)),
    state: issue.state,
    locked: issue.locked,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: world.commentsOf(issue).length,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: isoOrNull(issue.closedAt),
    author_association: association(world, user, repository),
    active_lock_reason: issue.lockReason,
    ...(issue.isPull
      ? { draft: world.pull(repository.id, issue.number).draft, pull_request: pullLinks(world, issue) }
      : familyOf(world, issue)),
    body: issue.body,
    closed_by: issue.closedById === null ? null : userView(world, world.userById(issue.closedById)),
    reactions: rollup(world, 'issue', issue.id, api),
    timeline_url: `${api}/timeline`,
    performed_via_github_app: viaAppView(world, issue.viaApp),
    state_reason: issue.stateReason,
  }
}

/** What an issue says of the tree that it stands in; the rest is asked for. */
function familyOf(world: World, issue: IssueRecord): Json {
  const parent = parentOf(world, issue)
  const below = subIssuesOf(world, issue)
  const completed = below.filter(({ state }) => state === 'closed').length
  const percent = below.length === 0 ? 0 : Math.floor((completed * 100) / below.length)
  return {
    sub_issues_summary: { total: below.length, completed, percent_completed: percent },
    issue_dependencies_summary: dependenciesOf(world, issue),
    ...(parent ? { parent_issue_url: issueApi(world, parent) } : {}),
  }
}

/** Open ones, and all of them. */
function dependenciesOf(world: World, issue: IssueRecord): Json {
  const before = blockersOf(world, issue)
  const after = [...world.issues.values()].filter(({ blockedByIds }) => blockedByIds.includes(issue.id))
  const open = (issues: readonly IssueRecord[]): number => issues.filter(({ state }) => state === 'open').length
  return {
    blocked_by: open(before),
    total_blocked_by: before.length,
    blocking: open(after),
    total_blocking: after.length,
  }
}

const issueApi = (world: World, { repositoryId, number }: IssueRecord): string =>
  `${repositoryApi(world, world.repositoryById(repositoryId))}/issues/${number}`

/** Payloads show an issue without who closed it. */
export function issuePayload(world: World, issue: IssueRecord): Json {
  const { closed_by: _, ...rest } = issueView(world, issue)
  return rest
}

function pullLinks(world: World, issue: IssueRecord): Json {
  const pull = world.pull(issue.repositoryId, issue.number)
  const html = pullHtml(world, pull)
  const url = `${repositoryApi(world, world.repositoryById(issue.repositoryId))}/pulls/${issue.number}`
  return {
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: isoOrNull(pull.mergedAt),
  }
}

/** `issue-comment` */
export function commentView(world: World, comment: CommentRecord): Json {
  const repository = world.repositoryById(comment.repositoryId)
  const user = world.userById(comment.userId)
  const api = `${repositoryApi(world, repository)}/issues`
  return {
    url: `${api}/comments/${comment.id}`,
    html_url: commentHtml(world, comment),
    issue_url: `${api}/${comment.issueNumber}`,
    id: comment.id,
    node_id: comment.nodeId,
    user: userView(world, user),
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.updatedAt),
    body: comment.body,
    author_association: association(world, user, repository),
    reactions: rollup(world, 'comment', comment.id, `${api}/comments/${comment.id}`),
    performed_via_github_app: viaAppView(world, comment.viaApp),
  }
}
