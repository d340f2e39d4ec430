/**
 * A new comment: whose it is, which command it holds, who may give it, and who carries it out (surfaces.md 1.4). On a
 * pull request a review and each of its comments on lines are comments too.
 */
import { issueTarget } from '../domain/acts.ts'
import { parseComment } from '../domain/commands.ts'
import type { Command } from '../domain/commands.ts'
import type { RepositoryRef } from '../domain/events.ts'
import { REPLY_MARKER } from '../domain/render/markers.ts'
import * as say from '../domain/render/replies.ts'
import type { CommentEvent, IssueEvent } from '../github/translate.ts'
import { assign } from './assign.ts'
import type { AssignCommand } from './assign.ts'
import { firstLineOf } from './commanded.ts'
import { DENIED, denied, ignored, isIgnoredBot, isOurs, isStale, processed, puzzled, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'
import { actOn, cancel, kill, pauseOrResume, retry, status, tell } from './steer.ts'

export async function onComment(deps: Deps, event: CommentEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit a new comment')
  if (isIgnoredBot(deps, event)) return ignored('a bot')
  if (event.comment.body.trimEnd().endsWith(REPLY_MARKER)) return ignored('a reply of ours, copied')
  const command = parseComment(event.comment.body)
  if (!command) return ignored('no command')
  if (isStale(deps, event)) return ignored('a command of more than a week ago')
  if (await isOurs(deps, event)) return ignored('our own App')
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  const outcome = await obey(deps, repository, event, command)
  // Who may not command has had their answer.
  const heard = outcome.outcome !== 'ignored' && outcome.reason !== 'denied'
  if (command.extraCommands > 0 && heard) await deps.talk.reply(repository, event, 'extra', say.extraCommandsText)
  return outcome
}

/** An issue that is opened with `/assign-agent` in its first line, where that is switched on (surfaces.md 1.2). */
export async function onOpened(deps: Deps, event: IssueEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit issues.opened')
  if (!deps.commandInIssueBody) return ignored('a command in a new issue does not count here')
  if (event.automatic) return ignored('a bot')
  const command = parseComment(firstLineOf(event))
  if (!command || !assigns(command)) return ignored('no command')
  if (isStale(deps, event)) return ignored('a command of more than a week ago')
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  return order(deps, repository, event, command)
}

const assigns = (command: Command): command is AssignCommand =>
  command.kind === 'assign' || (command.kind === 'invalid' && command.command === 'assign-agent')

/** `/assign-agent`, or what was meant to be a command and is none. */
async function order(
  deps: Deps,
  repository: RepositoryRef,
  event: IssueEvent | CommentEvent,
  command: Exclude<Command, { kind: 'agent' }>,
): Promise<DeliveryOutcome> {
  const { talk, agents, defaultAgent, urls } = deps
  if (!(await talk.mayWrite(repository, event))) {
    await talk.deny(repository, event, say.deniedText(repository))
    // What was meant to be another command asked for nothing that there is.
    if (command.kind === 'invalid' && command.command !== 'assign-agent') return DENIED
    const { number } = event.issue
    const act = {
      action: 'run.assign',
      target: issueTarget(repository, number),
      issue: number,
      via: 'comment',
    } as const
    return denied(deps, repository, event, act)
  }
  if (assigns(command)) return assign(deps, repository, event, command)
  const help = say.helpText(agents, defaultAgent, urls)
  return puzzled(deps, repository, event, say.invalidText(command.problems, command.command, help))
}

async function obey(
  deps: Deps,
  repository: RepositoryRef,
  event: CommentEvent,
  command: Command,
): Promise<DeliveryOutcome> {
  const { talk, agents, defaultAgent, urls } = deps
  if (command.kind !== 'agent') return order(deps, repository, event, command)
  const { verb, runId } = command
  const why = command.text === '' ? null : command.text
  const open = verb === 'help' || verb === 'status'
  if (open && !(await talk.mayAsk(repository, event))) return ignored('asked too often in one minute')
  if (verb === 'help') {
    await talk.react(repository, event, 'eyes')
    await talk.reply(repository, event, 'help', say.helpText(agents, defaultAgent, urls))
    return processed('help')
  }
  if (verb === 'status') return status(deps, repository, event, runId)
  if (verb === 'cancel') return cancel(deps, repository, event, runId, why)
  if (verb === 'kill') return kill(deps, repository, event, runId, why)
  if (!(await talk.mayWrite(repository, event))) {
    await talk.deny(repository, event, say.deniedVerbText(repository, verb))
    const steers = verb === 'pause' || verb === 'resume' || verb === 'retry' || verb === 'say'
    return steers ? denied(deps, repository, event, actOn(repository, event, verb, null)) : DENIED
  }
  if (verb === 'retry') return retry(deps, repository, event, runId)
  if (verb === 'pause' || verb === 'resume') return pauseOrResume(deps, repository, event, verb, runId)
  if (verb === 'say') return tell(deps, repository, event, runId, command.text)
  return puzzled(deps, repository, event, say.verbNotYetText(verb))
}
