/** What starts a Run: `/assign-agent` and the label. */
import { GATES_BYPASS, assignProblems, isForMaintainers, placeProblems, runOptionsOf } from '../domain/assign-policy.ts'
import { NotAdmitted } from '../domain/admission.ts'
import type { CommandProblem } from '../domain/assign-options.ts'
import type { Command } from '../domain/commands.ts'
import type { RepositoryRef, Trigger } from '../domain/events.ts'
import * as say from '../domain/render/replies.ts'
import { SwitchedOff } from '../domain/switched-off.ts'
import type { Engine } from '../engine.ts'
import { isBranch } from '../github/existing-branch.ts'
import type { CommentEvent, IssueEvent } from '../github/translate.ts'
import { isAdmin, record } from './admins.ts'
import { processed, puzzled } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

/** `/assign-agent` as it was read, with or without problems. */
export type AssignCommand = Extract<Command, { kind: 'assign' } | { command: 'assign-agent' }>

/** Starts a Run, or tells everything that is wrong with the command in one reply. */
export async function assign(
  deps: Deps,
  repository: RepositoryRef,
  event: IssueEvent | CommentEvent,
  command: AssignCommand,
): Promise<DeliveryOutcome> {
  const { agent, options } = command
  const { base, gate } = options
  const problems: CommandProblem[] = command.kind === 'invalid' ? [...command.problems] : []
  problems.push(...assignProblems(agent, options, deps))
  const obstacle = problems.length > 0 ? null : obstacleTo(event)
  if (obstacle) return puzzled(deps, repository, event, obstacle)
  const baseExists = base !== undefined && (await isBranch(deps.github, repository, base))
  const mayAdminister = isForMaintainers(options) && (await isAdmin(deps, repository, event))
  problems.push(...placeProblems(options, repository, { baseExists, mayAdminister }))
  if (gate === 'none' && !mayAdminister) {
    const refusal = { outcome: 'refused', reason: 'needs_admin', why: null } as const
    const where = { runId: null, issue: event.issue.number, via: 'comment' } as const
    await record(deps, repository, event, { action: GATES_BYPASS, ...where, ...refusal })
  }
  if (command.kind === 'invalid' || problems.length > 0) {
    return puzzled(deps, repository, event, say.invalidText(problems, 'assign-agent', ''))
  }
  await deps.talk.react(repository, event, 'eyes')
  return request(deps, repository, event, {
    agent: agent ?? deps.defaultAgent,
    instructions: command.instructions,
    trigger: triggerOf(event),
    ...runOptionsOf(options, repository),
  })
}

/** The text of a new issue counts as its first comment, which has no id to react to. */
function triggerOf(event: IssueEvent | CommentEvent): Trigger {
  const comment = 'comment' in event ? event.comment : null
  return { via: 'comment', id: event.trigger, commentId: comment?.id ?? null, url: comment?.url ?? event.issue.url }
}

export function obstacleTo({ issue }: IssueEvent): string | null {
  if (issue.isPullRequest) return say.pullRequestText
  if (issue.closed) return say.issueClosedText
  return issue.locked ? say.issueLockedText : null
}

type Wish = Pick<
  Parameters<Engine['request']>[0],
  'agent' | 'instructions' | 'baseRef' | 'trigger' | 'clocks' | 'gatesOff' | 'draft' | 'dryRun' | 'priority'
>

/** The snapshot is the issue as the signed webhook shows it: later edits do not reach the agent (row 32). */
export async function request(
  deps: Deps,
  repository: RepositoryRef,
  event: IssueEvent,
  wish: Wish,
): Promise<DeliveryOutcome> {
  const { engine, now } = deps
  const { by, trigger } = event
  const { number, title, body, url, isBlocked } = event.issue
  const spec = {
    repository,
    issue: { number, title, body, url },
    requestedBy: by,
    isBlocked,
    askedAt: event.at,
    ...wish,
  }
  const answer = await engine.request(spec).catch((error: unknown) => {
    if (error instanceof SwitchedOff) return say.switchedOffText(wish.trigger.via)
    if (error instanceof NotAdmitted) return say.notAdmittedText(error.obstacle)
    throw error
  })
  if (typeof answer === 'string') return puzzled(deps, repository, event, answer)
  if (answer.conflict === 'same_trigger') return processed(`${answer.run.id} was started by this already`)
  if (answer.conflict === 'live') {
    await engine.submit(answer.run.id, { type: 'request.repeated', by, triggerId: trigger, at: now() })
    return processed(`${answer.run.id} is working on it`)
  }
  return processed(answer.run.id)
}
