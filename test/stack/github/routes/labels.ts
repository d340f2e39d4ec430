/** Labels of a repository and of its issues, and reactions. */
import { createLabel, findLabel, react, setAssignees, setLabels } from '../acts/issues.ts'
import { actorOf } from '../auth.ts'
import { ApiError, notFound } from '../errors.ts'
import type { CommentRecord, IssueRecord, LabelRecord, ReactionContent } from '../records.ts'
import {
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
import { commentOf, discuss, readDiscussion } from './issues.ts'
import { issueView, labelView, reactionView } from '../views/issue.ts'

const triage = { ...writes('issues', 'pull_requests'), role: 'triage' as const }

function labelOf(call: RepositoryCall): LabelRecord {
  const found = findLabel(call.repository, call.params['name'] ?? '')
  if (!found) throw notFound()
  return found
}

/** `{labels: ["a"]}`, `["a"]` or `[{name: "a"}]`, as the description allows. */
function givenNames(call: RepositoryCall): string[] {
  const given = Array.isArray(call.body) ? call.body : (call.body['labels'] ?? [])
  if (!Array.isArray(given)) return []
  return given.map((item: unknown) =>
    typeof item === 'string' ? item : text((item as { name?: unknown } | null)?.name),
  )
}

function change(call: RepositoryCall, names: (issue: IssueRecord) => readonly string[]) {
  const { world, repository } = call
  const issue = issueOf(call)
  setLabels(world, actorOf(world, call.principal), issue, names(issue))
  return ok(world.labelsOf(issue).map((label) => labelView(world, repository, label)))
}

const current = (call: RepositoryCall, issue: IssueRecord) => call.world.labelsOf(issue).map((label) => label.name)

function removeOne(call: RepositoryCall) {
  const issue = issueOf(call)
  const name = (call.params['name'] ?? '').toLowerCase()
  const names = current(call, issue)
  if (!names.some((n) => n.toLowerCase() === name)) throw new ApiError(404, 'Label does not exist')
  return change(call, () => names.filter((n) => n.toLowerCase() !== name))
}

function reactionRoutes(subject: 'issue' | 'comment', target: (call: RepositoryCall) => IssueRecord | CommentRecord) {
  const list = onRepository(readDiscussion, (call) => {
    const { id } = target(call)
    const wanted = text(call.query['content'])
    const all = [...call.world.reactions.values()].filter((r) => r.subject === subject && r.subjectId === id)
    return listAnswer(
      call,
      all.filter((r) => wanted === '' || r.content === wanted),
      (r) => reactionView(call.world, r),
    )
  })
  const add = onRepository(discuss, (call) => {
    const { world, body } = call
    const found = target(call)
    const { reaction, created } = react(
      world,
      actorOf(world, call.principal),
      subject,
      found,
      body['content'] as ReactionContent,
    )
    return { status: created ? 201 : 200, body: reactionView(world, reaction) }
  })
  const remove = onRepository(discuss, (call) => {
    const found = call.world.reactions.get(numberOf(call, 'reaction_id'))
    if (!found || found.subject !== subject || found.subjectId !== target(call).id) throw notFound()
    call.world.reactions.delete(found.id)
    return noContent
  })
  return { list, add, remove }
}

const repo = '/repos/{owner}/{repo}'
const one = `${repo}/issues/{issue_number}`
const ofIssue = reactionRoutes('issue', issueOf)
const ofComment = reactionRoutes('comment', commentOf)

export const labelRoutes: Routes = {
  [`GET ${repo}/labels`]: onRepository(reads('issues', 'pull_requests'), (call) =>
    listAnswer(call, call.repository.labels, (label) => labelView(call.world, call.repository, label)),
  ),
  [`POST ${repo}/labels`]: onRepository({ ...triage, role: 'write' }, (call) => {
    const name = required(call, 'Label', 'name')
    const { color, description } = call.body
    const label = { name, color: optionalText(color), description: optionalText(description) }
    const record = createLabel(call.world, actorOf(call.world, call.principal), call.repository, label)
    return { status: 201, body: labelView(call.world, call.repository, record) }
  }),
  [`GET ${repo}/labels/{name}`]: onRepository(reads('issues', 'pull_requests'), (call) =>
    ok(labelView(call.world, call.repository, labelOf(call))),
  ),
  [`GET ${one}/labels`]: onRepository(readDiscussion, (call) =>
    listAnswer(call, call.world.labelsOf(issueOf(call)), (label) => labelView(call.world, call.repository, label)),
  ),
  [`POST ${one}/labels`]: onRepository(triage, (call) =>
    change(call, (i) => [...current(call, i), ...givenNames(call)]),
  ),
  [`PUT ${one}/labels`]: onRepository(triage, (call) => change(call, () => givenNames(call))),
  [`DELETE ${one}/labels`]: onRepository(triage, (call) => {
    change(call, () => [])
    return noContent
  }),
  [`DELETE ${one}/labels/{name}`]: onRepository(triage, removeOne),
  [`POST ${one}/assignees`]: onRepository(triage, (call) => {
    const issue = issueOf(call)
    const logins = (call.body['assignees'] ?? []) as string[]
    const ids = logins.flatMap((login) => call.world.findUser(login)?.id ?? [])
    setAssignees(call.world, actorOf(call.world, call.principal), issue, [...issue.assigneeIds, ...ids])
    return { status: 201, body: issueView(call.world, issue) }
  }),
  [`GET ${one}/reactions`]: ofIssue.list,
  [`POST ${one}/reactions`]: ofIssue.add,
  [`DELETE ${one}/reactions/{reaction_id}`]: ofIssue.remove,
  [`GET ${repo}/issues/comments/{comment_id}/reactions`]: ofComment.list,
  [`POST ${repo}/issues/comments/{comment_id}/reactions`]: ofComment.add,
  [`DELETE ${repo}/issues/comments/{comment_id}/reactions/{reaction_id}`]: ofComment.remove,
}
