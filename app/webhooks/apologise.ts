/** A delivery that failed for good: the person hears of it, if GitHub still answers. */
import { parseComment } from '../domain/commands.ts'
import * as say from '../domain/render/replies.ts'
import { toCommentEvent, toLabelEvent, toLineCommentEvent, toReviewEvent } from '../github/translate.ts'
import type { CommentEvent, IssueEvent } from '../github/translate.ts'
import type { Delivery, Deps } from './deps.ts'
import { isTriggerLabel } from './labels.ts'

const REFERENCE_CHARS = 8

export async function apologise(deps: Deps, delivery: Delivery): Promise<void> {
  const { talk } = deps
  const event = commanded(deps, delivery)
  if (!event || event.automatic) return
  const repository = await talk.admit(event)
  if (!repository || !(await talk.mayWrite(repository, event))) return
  await talk.react(repository, event, 'confused')
  await talk.reply(repository, event, 'error', say.ownFailureText(delivery.id.slice(0, REFERENCE_CHARS)))
}

const comments: Record<string, (payload: unknown, appId: number) => CommentEvent | null> = {
  issue_comment: toCommentEvent,
  pull_request_review: toReviewEvent,
  pull_request_review_comment: toLineCommentEvent,
}

/** Only who gave a command waits for an answer. */
function commanded(deps: Deps, { name, payload }: Delivery): IssueEvent | null {
  const toComment = comments[name]
  if (toComment) {
    const event = toComment(payload, deps.appId)
    return event && parseComment(event.comment.body) ? event : null
  }
  const event = name === 'issues' ? toLabelEvent(payload) : null
  return event && isTriggerLabel(deps, event.label) ? event : null
}
