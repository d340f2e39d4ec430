/**
 * Deliveries that are answered and not kept. GitHub tells of every workflow run in a repository three times, and most
 * are somebody's tests. Such a webhook only hurries what happens without it, so one that cannot be about a Run is not
 * worth its place in the inbox. Nothing is parsed for that: a text is looked for in the bytes, and where GitHub should
 * write it otherwise one day, the webhooks of our own workflow are stored or passed over too, and Runs end as before.
 */
import { CALLER_PATH } from './caller-workflow.ts'

/** The one event that may be passed over, and that nobody asks GitHub for again. */
export const WORKFLOW_RUN_EVENT = 'workflow_run'
/** That a workflow run was asked for is told by its dispatch already. */
const ASKED_FOR = '"action":"requested"'

/** `body`: the bytes as they came, signed by GitHub. The event's name stands in a header, which is not. */
export function isPassedOver(event: string, body: { includes(text: string): boolean }): boolean {
  if (event !== WORKFLOW_RUN_EVENT) return false
  return !body.includes(CALLER_PATH) || !body.includes('repository_dispatch') || body.includes(ASKED_FOR)
}
