/** Issues and their comments. */
import { atLeast, roleOfPrincipal } from '../access.ts'
import {
  addComment,
  deleteComment,
  editComment,
  editIssue,
  openIssue,
  setAssignees,
  setIssueState,
  setLabels,
  setLocked,
} from '../acts/issues.ts'
import { actorOf } from '../auth.ts'
import { ApiError, notByIntegration, notFound, validationFailed } from '../errors.ts'
import type { CommentRecord, IssueRecord } from '../records.ts'
import {
  byState,
  created,
  issueOf,
  listAnswer,
  noContent,
  numberOf,
  ok,
  onRepository,
  optionalText,
  reads,
  required,
  text,
  writes,
} from '../route.ts'
import type { RepositoryCall, Routes } from '../route.ts'
import { commentView, issueView } from '../views/issue.ts'

/** Comments of a pull request may be written with either permission; anyone who can read may comment. */
export const discuss = { ...writes('issues', 'pull_requests'), role: 'read' as const }
const triage = { ...writes('issues', 'pull_requests'), role: 'triage' as const }
export const readDiscussion = reads('issues', 'pull_requests')

function list(call: RepositoryCall) {
  const { world, repository, query } = call
  const labels = text(query['labels']).split(',').filter(Boolean)
  const since = Date.parse(text(query['since'])) || 0
  const creator = text(query['creator']).toLowerCase()
  const all = [...world.issues.values()].filter((i) => i.repositoryId === repository.id && i.updatedAt >= since)
  const found = byState(call, all)
    .filter((i) => labels.every((name) => world.labelsOf(i).some((l) => l.name.toLowerCase() === name.toLowerCase())))
    .filter((i) => creator === '' || world.userById(i.userId).login.toLowerCase() === creator)
  const key = query['sort'] === 'updated' ? 'updatedAt' : 'createdAt'
  const sorted = found.sort((a, b) => b[key] - a[key] || b.number - a.number)
  return listAnswer(call, query['direction'] === 'asc' ? sorted.toReversed() : sorted, (i) => issueView(world, i))
}

function names(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.map((item) => (typeof item === 'string' ? item : text((item as { name?: unknown }).name)))
}

function assigneeIds(call: RepositoryCall): number[] | undefined {
  const logins = names(call.body['assignees'])
  return logins?.map((login) => {
    const user = call.world.findUser(login)
    if (!user) throw validationFailed({ value: login, resource: 'Issue', field: 'assignees', code: 'invalid' })
    return user.id
  })
}

function create(call: RepositoryCall) {
  const { world, repository, body } = call
  const title = body['title'] === undefined ? required(call, 'Issue', 'title') : text(body['title'])
  const issue = openIssue(world, actorOf(world, call.principal), repository, {
    title,
    body: optionalText(body['body']) ?? null,
    labels: names(body['labels']) ?? [],
    assigneeIds: assigneeIds(call) ?? [],
  })
  const view = issueView(world, issue)
  return created(view, view['url'])
}

function update(call: RepositoryCall) {
  const { world, body } = call
  const issue = issueOf(call)
  const actor = actorOf(world, call.principal)
  const mayTriage =
    call.principal.kind !== 'user' || atLeast(world.roleOf(call.principal.user, call.repository), 'triage')
  if (!mayTriage && issue.userId !== actor.user.id) throw new ApiError(403, 'Must have triage rights to Repository.')
  const title = body['title'] === undefined || body['title'] === null ? undefined : text(body['title'])
  editIssue(world, actor, issue, { title, body: body['body'] === null ? null : optionalText(body['body']) })
  const labels = names(body['labels'])
  if (labels) setLabels(world, actor, issue, labels)
  const assignees = assigneeIds(call)
  if (assignees) setAssignees(world, actor, issue, assignees)
  const reason = (body['state_reason'] ?? null) as IssueRecord['stateReason']
  if (body['state'] === 'open' || body['state'] === 'closed') setIssueState(world, actor, issue, body['state'], reason)
  return ok(issueView(world, issue))
}

function comment(call: RepositoryCall) {
  const { world, repository } = call
  const issue = issueOf(call)
  const role = roleOfPrincipal(world, call.principal, repository)
  if (issue.locked && !atLeast(role, 'write'))
    throw new ApiError(403, 'Unable to create comment because issue is locked.')
  const view = commentView(world, addComment(world, actorOf(world, call.principal), issue, text(call.body['body'])))
  return created(view, view['url'])
}

export function commentOf(call: RepositoryCall): CommentRecord {
  const found = call.world.comments.get(numberOf(call, 'comment_id'))
  if (!found || found.repositoryId !== call.repository.id) throw notFound()
  return found
}

/** An app changes its own comments and, with write access, others'; a person without write only their own. */
function ownComment(call: RepositoryCall): CommentRecord {
  const found = commentOf(call)
  const actor = actorOf(call.world, call.principal)
  const strangers = found.userId !== actor.user.id
  if (
    strangers &&
    call.principal.kind === 'user' &&
    !atLeast(call.world.roleOf(actor.user, call.repository), 'write')
  ) {
    throw new ApiError(403, 'Must have admin rights to Repository.')
  }
  if (strangers && call.principal.kind === 'job') throw notByIntegration()
  return found
}

function listComments(call: RepositoryCall) {
  const since = Date.parse(text(call.query['since'])) || 0
  const all = call.world.commentsOf(issueOf(call)).filter((c) => c.updatedAt >= since)
  return listAnswer(call, all, (c) => commentView(call.world, c))
}

function listRepositoryComments(call: RepositoryCall) {
  const since = Date.parse(text(call.query['since'])) || 0
  const all = [...call.world.comments.values()].filter(
    (c) => c.repositoryId === call.repository.id && c.updatedAt >= since,
  )
  return listAnswer(call, call.query['direction'] === 'desc' ? all.toReversed() : all, (c) =>
    commentView(call.world, c),
  )
}

const base = '/repos/{owner}/{repo}/issues'
export const issueRoutes: Routes = {
  [`GET ${base}`]: onRepository(readDiscussion, list),
  [`POST ${base}`]: onRepository({ ...writes('issues'), role: 'read' }, create),
  [`GET ${base}/{issue_number}`]: onRepository(readDiscussion, (call) => ok(issueView(call.world, issueOf(call)))),
  [`PATCH ${base}/{issue_number}`]: onRepository(discuss, update),
  [`PUT ${base}/{issue_number}/lock`]: onRepository({ ...triage, role: 'write' }, (call) => {
    setLocked(
      call.world,
      actorOf(call.world, call.principal),
      issueOf(call),
      true,
      optionalText(call.body['lock_reason']) ?? null,
    )
    return noContent
  }),
  [`DELETE ${base}/{issue_number}/lock`]: onRepository({ ...triage, role: 'write' }, (call) => {
    setLocked(call.world, actorOf(call.world, call.principal), issueOf(call), false)
    return noContent
  }),
  [`GET ${base}/{issue_number}/comments`]: onRepository(readDiscussion, listComments),
  [`POST ${base}/{issue_number}/comments`]: onRepository(discuss, comment),
  [`GET ${base}/comments`]: onRepository(readDiscussion, listRepositoryComments),
  [`GET ${base}/comments/{comment_id}`]: onRepository(readDiscussion, (call) =>
    ok(commentView(call.world, commentOf(call))),
  ),
  [`PATCH ${base}/comments/{comment_id}`]: onRepository(discuss, (call) => {
    const found = ownComment(call)
    editComment(call.world, actorOf(call.world, call.principal), found, text(call.body['body']))
    return ok(commentView(call.world, found))
  }),
  [`DELETE ${base}/comments/{comment_id}`]: onRepository(discuss, (call) => {
    deleteComment(call.world, actorOf(call.world, call.principal), ownComment(call))
    return noContent
  }),
}
