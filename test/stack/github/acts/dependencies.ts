/**
 * Which issues block which. The events that GitHub has for them (`issue_dependencies`) are not sent: the App does not
 * subscribe to them.
 */
import { unprocessable } from '../errors.ts'
import type { IssueRecord } from '../records.ts'
import type { World } from '../world.ts'

export const blockersOf = (world: World, issue: IssueRecord): IssueRecord[] =>
  issue.blockedByIds.flatMap((id) => world.issues.get(id) ?? [])

export function blockIssue(issue: IssueRecord, blocker: IssueRecord): void {
  if (issue.id === blocker.id) throw unprocessable('An issue cannot block itself')
  if (issue.blockedByIds.includes(blocker.id)) throw unprocessable('This issue blocks it already')
  issue.blockedByIds.push(blocker.id)
}
