/** Events about a number: issues and pull requests share numbers, labels and states, but not event names. */
import type { Actor } from '../auth.ts'
import type { IssueRecord, PullRecord } from '../records.ts'
import type { Json } from '../views/common.ts'
import { issuePayload } from '../views/issue.ts'
import { pullView } from '../views/pull.ts'
import type { World } from '../world.ts'

/** The name and body of an event about a number: issues and pull requests share numbers but not events. */
export function issueEventData(world: World, issue: IssueRecord): { name: string; data: Json } {
  if (!issue.isPull) return { name: 'issues', data: { issue: issuePayload(world, issue) } }
  const pull = world.pull(issue.repositoryId, issue.number)
  return { name: 'pull_request', data: { number: issue.number, pull_request: pullView(world, pull, null) } }
}

/** `issues.<action>`, or `pull_request.<action>` when the number is a pull request's. */
export function emitIssue(world: World, actor: Actor, issue: IssueRecord, action: string, extra: Json = {}): void {
  const { name, data } = issueEventData(world, issue)
  world.emit({
    name,
    action,
    repository: world.repositoryById(issue.repositoryId),
    sender: actor.user,
    startsWorkflows: actor.startsWorkflows,
    data: { ...data, ...extra },
  })
}

export function emitPull(world: World, actor: Actor, pull: PullRecord, action: string, extra: Json = {}): void {
  const { name, data } = issueEventData(world, world.issue(pull.repositoryId, pull.number))
  const repository = world.repositoryById(pull.repositoryId)
  const { user: sender, startsWorkflows } = actor
  world.emit({ name, action, repository, sender, startsWorkflows, data: { ...data, ...extra } })
}
