/**
 * Which deliveries are commands of people, told from their bytes alone: who gave one hears when it fails for good, and it
 * waits where GitHub's limits have no room for it.
 */
import { parseComment } from '../domain/commands.ts'
import { toCommentEvent, toLabelEvent, toLineCommentEvent, toOpenedEvent, toReviewEvent } from '../github/translate.ts'
import type { CommentEvent, IssueEvent, LabelEvent } from '../github/translate.ts'
import { isIgnoredBot } from './deps.ts'
import type { Delivery, WebhookPorts } from './deps.ts'
import { isTriggerLabel } from './labels.ts'

type Known = Pick<WebhookPorts, 'appId' | 'label' | 'allowedBots' | 'commandInIssueBody'>

const comments: Record<string, (payload: unknown, appId: number) => CommentEvent | null> = {
  issue_comment: toCommentEvent,
  pull_request_review: toReviewEvent,
  pull_request_review_comment: toLineCommentEvent,
}

/** The comment, the label or the new issue that is a command of somebody whose commands count. */
export function commanded(deps: Known, delivery: Delivery): IssueEvent | null {
  const event = commentOrLabel(deps, delivery) ?? (deps.commandInIssueBody ? opened(delivery) : null)
  return event && !isIgnoredBot(deps, event) ? event : null
}

function commentOrLabel(deps: Known, { name, payload }: Delivery): IssueEvent | null {
  const toComment = comments[name]
  if (toComment) {
    const event = toComment(payload, deps.appId)
    return event && parseComment(event.comment.body) ? event : null
  }
  const event = name === 'issues' ? toLabelEvent(payload) : null
  return event && isTriggerLabel(deps, event.label) ? event : null
}

/**
 * The command that has to find room in GitHub's limits before it is begun; null when the delivery is none, or a kill,
 * which waits for nothing.
 */
export function commandIn(
  deps: Known,
  delivery: Delivery,
): { installationId: number; asker: string; stops: boolean } | null {
  const event = commanded(deps, delivery)
  if (!event) return null
  const command = parseComment(wordsOf(event))
  const verb = command?.kind === 'agent' ? command.verb : null
  if (verb === 'kill') return null
  const { installationId, repository, issue, by } = event
  const asker = `${by.id} on ${repository.id}#${issue.number}`
  return { installationId, asker, stops: verb === 'cancel' || verb === 'pause' || isTakenOff(event) }
}

function opened({ name, payload }: Delivery): IssueEvent | null {
  const event = name === 'issues' ? toOpenedEvent(payload) : null
  return event && parseComment(firstLineOf(event)) ? event : null
}

/** Of a new issue only its first line may be a command. */
export const firstLineOf = ({ issue }: IssueEvent): string => issue.body.split('\n', 1)[0]!

const wordsOf = (event: IssueEvent | CommentEvent): string => ('comment' in event ? event.comment.body : '')

const isTakenOff = (event: IssueEvent | LabelEvent): boolean => 'taken' in event && event.taken
