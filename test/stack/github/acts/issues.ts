/** What can happen to issues, comments, labels and reactions, whoever does it; each act emits GitHub's events. */
import { emitIssue, issueEventData } from './emit.ts'
import { detach, subIssuesOf } from './sub-issues.ts'
import type { Actor } from '../auth.ts'
import { validationFailed } from '../errors.ts'
import { nodeId } from '../ids.ts'
import type {
  CommentRecord,
  IssueRecord,
  LabelRecord,
  ReactionContent,
  ReactionRecord,
  RepositoryRecord,
  ReviewRecord,
} from '../records.ts'
import { commentView, issuePayload, labelView } from '../views/issue.ts'
import { userView } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import type { World } from '../world.ts'

const BODY_CHARS_MAX = 65_536
const TITLE_CHARS_MAX = 256
const LABEL_COLOR = 'ededed'
const LABELS_PER_ISSUE_MAX = 100

/** GitHub counts characters; a longer body is refused as a whole. */
function checkBody(resource: string, body: string | null | undefined): void {
  if (body && Array.from(body).length > BODY_CHARS_MAX) {
    const message = `body is too long (maximum is ${BODY_CHARS_MAX} characters)`
    throw validationFailed({ resource, code: 'custom', field: 'body', message })
  }
}

function checkTitle(resource: string, title: string): void {
  if (title.trim() === '') throw validationFailed({ resource, code: 'missing_field', field: 'title' })
  if (Array.from(title).length > TITLE_CHARS_MAX) {
    const message = `title is too long (maximum is ${TITLE_CHARS_MAX} characters)`
    throw validationFailed({ resource, code: 'custom', field: 'title', message })
  }
}

export function openIssue(
  world: World,
  actor: Actor,
  repository: RepositoryRecord,
  wanted: { title: string; body?: string | null; labels?: readonly string[]; assigneeIds?: number[] },
  isPull = false,
): IssueRecord {
  checkTitle(isPull ? 'PullRequest' : 'Issue', wanted.title)
  checkBody(isPull ? 'PullRequest' : 'Issue', wanted.body)
  repository.lastNumber += 1
  const id = world.ids.take('issue')
  const at = world.now()
  const issue: IssueRecord = {
    id,
    nodeId: nodeId(isPull ? 'PR' : 'I', repository.id, id),
    repositoryId: repository.id,
    number: repository.lastNumber,
    userId: actor.user.id,
    title: wanted.title,
    body: wanted.body ?? null,
    state: 'open',
    stateReason: null,
    locked: false,
    lockReason: null,
    labelIds: [...new Set((wanted.labels ?? []).map((name) => findOrCreateLabel(world, actor, repository, name).id))],
    assigneeIds: wanted.assigneeIds ?? [],
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    closedById: null,
    isPull,
    parentId: null,
    subIssueIds: [],
    blockedByIds: [],
    viaApp: actor.viaApp,
  }
  world.issues.set(id, issue)
  if (isPull) return issue
  emitIssue(world, actor, issue, 'opened')
  for (const label of world.labelsOf(issue)) emitLabeled(world, actor, issue, 'labeled', label)
  return issue
}

export function editIssue(
  world: World,
  actor: Actor,
  issue: IssueRecord,
  change: { title?: string | undefined; body?: string | null | undefined },
): void {
  const changes: Json = {}
  const resource = issue.isPull ? 'PullRequest' : 'Issue'
  if (change.title !== undefined && change.title !== issue.title) {
    checkTitle(resource, change.title)
    changes['title'] = { from: issue.title }
  }
  checkBody(resource, change.body)
  if (change.body !== undefined && change.body !== issue.body) changes['body'] = { from: issue.body ?? '' }
  issue.title = change.title ?? issue.title
  issue.body = change.body === undefined ? issue.body : change.body
  if (Object.keys(changes).length === 0) return
  issue.updatedAt = world.now()
  emitIssue(world, actor, issue, 'edited', { changes })
}

export function setIssueState(
  world: World,
  actor: Actor,
  issue: IssueRecord,
  state: 'open' | 'closed',
  reason: IssueRecord['stateReason'] = null,
): void {
  if (issue.state === state) return
  const closed = state === 'closed'
  issue.state = state
  issue.stateReason = issue.isPull ? null : closed ? (reason ?? 'completed') : 'reopened'
  issue.closedAt = closed ? world.now() : null
  issue.closedById = closed ? actor.user.id : null
  issue.updatedAt = world.now()
  emitIssue(world, actor, issue, closed ? 'closed' : 'reopened')
}

export function setLocked(
  world: World,
  actor: Actor,
  issue: IssueRecord,
  locked: boolean,
  reason: string | null = null,
): void {
  if (issue.locked === locked) return
  issue.locked = locked
  issue.lockReason = locked ? reason : null
  emitIssue(world, actor, issue, locked ? 'locked' : 'unlocked')
}

export function deleteIssue(world: World, actor: Actor, issue: IssueRecord): void {
  const { name, data } = issueEventData(world, issue)
  detach(world, issue)
  for (const child of subIssuesOf(world, issue)) detach(world, child)
  world.issues.delete(issue.id)
  for (const comment of world.commentsOf(issue)) world.comments.delete(comment.id)
  const repository = world.repositoryById(issue.repositoryId)
  world.emit({ name, action: 'deleted', repository, sender: actor.user, data })
}

export function setAssignees(world: World, actor: Actor, issue: IssueRecord, ids: readonly number[]): void {
  const before = issue.assigneeIds
  issue.assigneeIds = [...new Set(ids)]
  for (const id of issue.assigneeIds.filter((i) => !before.includes(i))) {
    emitIssue(world, actor, issue, 'assigned', { assignee: userView(world, world.userById(id)) })
  }
  for (const id of before.filter((i) => !issue.assigneeIds.includes(i))) {
    emitIssue(world, actor, issue, 'unassigned', { assignee: userView(world, world.userById(id)) })
  }
}

export function findLabel(repository: RepositoryRecord, name: string): LabelRecord | null {
  return repository.labels.find((label) => label.name.toLowerCase() === name.toLowerCase()) ?? null
}

export function createLabel(
  world: World,
  actor: Actor,
  repository: RepositoryRecord,
  label: { name: string; color?: string | undefined; description?: string | null | undefined },
): LabelRecord {
  if (findLabel(repository, label.name))
    throw validationFailed({ resource: 'Label', code: 'already_exists', field: 'name' })
  const id = world.ids.take('label')
  const record: LabelRecord = {
    id,
    nodeId: nodeId('LA', repository.id, id),
    name: label.name,
    color: label.color ?? LABEL_COLOR,
    description: label.description ?? null,
  }
  repository.labels.push(record)
  const data = { label: labelView(world, repository, record) }
  world.emit({ name: 'label', action: 'created', repository, sender: actor.user, data })
  return record
}

function findOrCreateLabel(world: World, actor: Actor, repository: RepositoryRecord, name: string): LabelRecord {
  return findLabel(repository, name) ?? createLabel(world, actor, repository, { name })
}

function emitLabeled(world: World, actor: Actor, issue: IssueRecord, action: string, label: LabelRecord): void {
  emitIssue(world, actor, issue, action, { label: labelView(world, world.repositoryById(issue.repositoryId), label) })
}

/** Brings the labels to exactly these; adding an unknown name creates the label, as GitHub's API does. */
export function setLabels(world: World, actor: Actor, issue: IssueRecord, names: readonly string[]): void {
  const repository = world.repositoryById(issue.repositoryId)
  const before = issue.labelIds
  const wanted = [...new Set(names.map((name) => findOrCreateLabel(world, actor, repository, name).id))]
  if (wanted.length > LABELS_PER_ISSUE_MAX)
    throw validationFailed({ resource: 'Issue', code: 'invalid', field: 'labels' })
  // One event for each label, and each event shows the labels as they are then.
  for (const label of repository.labels.filter((l) => before.includes(l.id) && !wanted.includes(l.id))) {
    issue.labelIds = issue.labelIds.filter((id) => id !== label.id)
    emitLabeled(world, actor, issue, 'unlabeled', label)
  }
  for (const id of wanted.filter((i) => !before.includes(i))) {
    issue.labelIds = [...issue.labelIds, id]
    emitLabeled(world, actor, issue, 'labeled', repository.labels.find((l) => l.id === id) as LabelRecord)
  }
  issue.updatedAt = world.now()
}

export function addComment(world: World, actor: Actor, issue: IssueRecord, body: string): CommentRecord {
  if (body.trim() === '') throw validationFailed({ resource: 'IssueComment', code: 'missing_field', field: 'body' })
  checkBody('IssueComment', body)
  const id = world.ids.take('comment')
  const at = world.now()
  const comment: CommentRecord = {
    id,
    nodeId: nodeId('IC', issue.repositoryId, id),
    repositoryId: issue.repositoryId,
    issueNumber: issue.number,
    userId: actor.user.id,
    body,
    createdAt: at,
    updatedAt: at,
    minimized: null,
    viaApp: actor.viaApp,
  }
  world.comments.set(id, comment)
  issue.updatedAt = at
  emitComment(world, actor, comment, 'created')
  return comment
}

export function editComment(world: World, actor: Actor, comment: CommentRecord, body: string): void {
  if (body.trim() === '') throw validationFailed({ resource: 'IssueComment', code: 'missing_field', field: 'body' })
  checkBody('IssueComment', body)
  const from = comment.body
  comment.body = body
  comment.updatedAt = world.now()
  emitComment(world, actor, comment, 'edited', { changes: from === body ? {} : { body: { from } } })
}

export function deleteComment(world: World, actor: Actor, comment: CommentRecord): void {
  emitComment(world, actor, comment, 'deleted')
  world.comments.delete(comment.id)
}

function emitComment(world: World, actor: Actor, comment: CommentRecord, action: string, extra: Json = {}): void {
  const issue = issuePayload(world, world.issue(comment.repositoryId, comment.issueNumber))
  world.emit({
    name: 'issue_comment',
    action,
    repository: world.repositoryById(comment.repositoryId),
    sender: actor.user,
    startsWorkflows: actor.startsWorkflows,
    data: { issue, comment: commentView(world, comment), ...extra },
  })
}

/** The same reaction again is the same record; GitHub sends no event for reactions. */
export function react(
  world: World,
  actor: Actor,
  subject: ReactionRecord['subject'],
  target: IssueRecord | CommentRecord | ReviewRecord,
  content: ReactionContent,
): { reaction: ReactionRecord; created: boolean } {
  const same = (r: ReactionRecord) =>
    r.subject === subject && r.subjectId === target.id && r.userId === actor.user.id && r.content === content
  const known = [...world.reactions.values()].find(same)
  if (known) return { reaction: known, created: false }
  const id = world.ids.take('reaction')
  const reaction: ReactionRecord = {
    id,
    nodeId: nodeId('REA', target.repositoryId, id),
    subject,
    subjectId: target.id,
    userId: actor.user.id,
    content,
    createdAt: world.now(),
  }
  world.reactions.set(id, reaction)
  return { reaction, created: true }
}
