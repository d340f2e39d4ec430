/** Sub-issues over REST. What a token may not see is not among them, and has no parent there. */
import { visible } from '../access.ts'
import { addSubIssue, moveSubIssue, parentOf, removeSubIssue, subIssuesOf } from '../acts/sub-issues.ts'
import { notFound, unprocessable } from '../errors.ts'
import type { IssueRecord } from '../records.ts'
import { created, issueOf, listAnswer, ok, onRepository, reads, writes } from '../route.ts'
import type { RepositoryCall, Routes } from '../route.ts'
import { issueView } from '../views/issue.ts'

const triage = { ...writes('issues'), role: 'triage' as const }
const base = '/repos/{owner}/{repo}/issues/{issue_number}'

const sees = ({ world, principal }: RepositoryCall, issue: IssueRecord): boolean =>
  visible(world, principal, world.repositoryById(issue.repositoryId))

/** The issue that a field of the body names by its id. */
function named(call: RepositoryCall, field: string): IssueRecord {
  const found = call.world.issues.get(Number(call.body[field]))
  if (!found || !sees(call, found)) throw notFound()
  return found
}

function move(call: RepositoryCall) {
  const { after_id: after, before_id: before } = call.body
  if ((after === undefined) === (before === undefined)) {
    throw unprocessable('Exactly one of after_id and before_id has to be given')
  }
  const field = after === undefined ? 'before_id' : 'after_id'
  const child = named(call, 'sub_issue_id')
  moveSubIssue(issueOf(call), child, { id: named(call, field).id, after: after !== undefined })
  return ok(issueView(call.world, child))
}

export const subIssueRoutes: Routes = {
  [`GET ${base}/sub_issues`]: onRepository(reads('issues'), (call) => {
    const all = subIssuesOf(call.world, issueOf(call)).filter((issue) => sees(call, issue))
    return listAnswer(call, all, (issue) => issueView(call.world, issue))
  }),
  [`POST ${base}/sub_issues`]: onRepository(triage, (call) => {
    const child = named(call, 'sub_issue_id')
    addSubIssue(call.world, issueOf(call), child, call.body['replace_parent'] === true)
    const view = issueView(call.world, child)
    return created(view, view['url'])
  }),
  [`DELETE ${base}/sub_issue`]: onRepository(triage, (call) => {
    const child = named(call, 'sub_issue_id')
    removeSubIssue(call.world, issueOf(call), child)
    return ok(issueView(call.world, child))
  }),
  [`PATCH ${base}/sub_issues/priority`]: onRepository(triage, move),
  [`GET ${base}/parent`]: onRepository(reads('issues'), (call) => {
    const parent = parentOf(call.world, issueOf(call))
    if (!parent || !sees(call, parent)) throw notFound()
    return ok(issueView(call.world, parent))
  }),
}
