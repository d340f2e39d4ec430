/** The trigger label: put on it starts a Run, taken off it cancels the Run that it started (surfaces.md 1.2). */
import { issueTarget } from '../domain/acts.ts'
import { assignProblems } from '../domain/assign-policy.ts'
import type { RepositoryRef } from '../domain/events.ts'
import { GATES_OFF_LABEL } from '../domain/labels.ts'
import { isAskedAfter } from '../domain/obeyed.ts'
import * as say from '../domain/render/replies.ts'
import { isSameLabel } from '../github/translate.ts'
import type { LabelEvent } from '../github/translate.ts'
import { obstacleTo, request } from './assign.ts'
import { denied, ignored, isIgnoredBot, isOurs, isStale, processed, puzzled, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

export function isTriggerLabel({ label }: Pick<Deps, 'label'>, name: string): boolean {
  // One of our own marks begins like the names of agents. GitHub's names of labels tell no case apart.
  const [given, ours] = [name.toLowerCase(), label.toLowerCase()]
  if (given === GATES_OFF_LABEL.name) return false
  return given === ours || given.startsWith(`${ours}:`)
}

export async function onLabel(
  deps: Deps,
  event: LabelEvent | null,
  handle: (deps: Deps, repository: RepositoryRef, event: LabelEvent, agent: string | null) => Promise<DeliveryOutcome>,
): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit the event of a label')
  const { label } = event
  if (!isTriggerLabel(deps, label)) return ignored('not our label')
  // Our own removal at the end of a Run is one of these.
  if (isIgnoredBot(deps, event)) return ignored('a bot')
  if (isStale(deps, event)) return ignored('a label of more than a week ago')
  if (await isOurs(deps, event)) return ignored('our own App')
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  return handle(deps, repository, event, agentIn(label.slice(deps.label.length)))
}

/** What follows on the label's name: nothing, or a colon and an agent. */
const agentIn = (rest: string): string | null => (rest === '' ? null : rest.slice(1).trim().toLowerCase())

export async function labeled(
  deps: Deps,
  repository: RepositoryRef,
  event: LabelEvent,
  agent: string | null,
): Promise<DeliveryOutcome> {
  if (!(await deps.talk.mayWrite(repository, event))) {
    await deps.talk.deny(repository, event, say.deniedText(repository))
    const target = issueTarget(repository, event.issue.number)
    const act = { action: 'run.assign', target, issue: event.issue.number, via: 'label' } as const
    return denied(deps, repository, event, act)
  }
  const problems = assignProblems(agent, {}, deps)
  const obstacle = problems.length > 0 ? say.invalidText(problems, 'assign-agent', '') : obstacleTo(event)
  if (obstacle) return puzzled(deps, repository, event, obstacle)
  return request(deps, repository, event, {
    agent: agent ?? deps.defaultAgent,
    instructions: '',
    baseRef: repository.defaultBranch,
    trigger: { via: 'label', id: event.trigger, commentId: null, url: event.issue.url },
  })
}

/** Only a Run that a label started is stopped by taking it off. */
export async function unlabeled(deps: Deps, repository: RepositoryRef, event: LabelEvent): Promise<DeliveryOutcome> {
  if (!deps.labelRemovalCancels) return ignored('taking the label off cancels nothing here')
  const run = await deps.engine.liveRun(repository.id, event.issue.number)
  if (run?.trigger.via !== 'label' || !isSameLabel(run.trigger.id, event.trigger))
    return ignored('no run that this label started')
  if (isAskedAfter(run, event.at)) return ignored('the run was asked for after the label was taken off')
  const asked = run.requestedBy.id === event.by.id
  if (!asked && !(await deps.talk.mayWrite(repository, event))) {
    const act = { action: 'run.cancel', target: `run:${run.id}`, issue: run.issue.number, via: 'label' } as const
    return denied(deps, repository, event, act)
  }
  const { login } = event.by
  const answer = await deps.engine.submit(run.id, {
    type: 'cancel',
    by: login,
    reason: null,
    via: 'label',
    command: event.trigger,
    at: deps.now(),
  })
  return processed('refused' in answer ? answer.message : `${run.id} is being cancelled`)
}
