/**
 * The webhook table: each subscribed event, one line: translate, then submit. Deliveries come from the durable inbox,
 * verified and inspected; Probot routes them, but its server is not used (trust.md, fact 1).
 */
import { emitterEventNames } from '@octokit/webhooks'
import { Probot } from 'probot'
import type { Logger } from 'probot'

import { octokitClass } from './github/client.ts'
import { createConversation } from './github/conversation.ts'
import {
  toCheckEvent,
  toClosedEvent,
  toCommentEvent,
  toLabelEvent,
  toLineCommentEvent,
  toOpenedEvent,
  toReviewEvent,
  toSuiteEvent,
  toWorkflowRunEvent,
} from './github/translate.ts'
import { apologise } from './webhooks/apologise.ts'
import { onCheck, onSuite } from './webhooks/checks.ts'
import { onClosed } from './webhooks/closed.ts'
import { commandIn } from './webhooks/commanded.ts'
import { onComment, onOpened } from './webhooks/comments.ts'
import { ignored } from './webhooks/deps.ts'
import type { Delivery, DeliveryOutcome, Deps, WebhookPorts } from './webhooks/deps.ts'
import { labeled, onLabel, unlabeled } from './webhooks/labels.ts'
import { onWorkflowRun } from './webhooks/workflow-run.ts'

export interface ProbotHandlersOptions extends WebhookPorts {
  privateKey: string
  webhookSecret: string
  apiUrl: string
  log: Logger
}

export interface ProbotHandlers {
  /** Names of the events that the App has to subscribe to; `app.yml` lists the same. */
  events: string[]
  /** Rejects when something failed that may work later; the delivery may then come again. */
  receive: (delivery: Delivery) => Promise<DeliveryOutcome>
  /** For a delivery that failed for good: tells the person, if GitHub still answers. */
  apologise: (delivery: Delivery) => Promise<void>
  /** The command that has to find room in GitHub's limits before it is handed over; null when it need not wait. */
  commandIn: (delivery: Delivery) => ReturnType<typeof commandIn>
}

type Handle = (deps: Deps, payload: unknown, delivery: string) => Promise<DeliveryOutcome>

const table = {
  'issue_comment.created': (deps, payload) => onComment(deps, toCommentEvent(payload, deps.appId)),
  'pull_request_review.submitted': (deps, payload) => onComment(deps, toReviewEvent(payload, deps.appId)),
  'pull_request_review_comment.created': (deps, payload) => onComment(deps, toLineCommentEvent(payload, deps.appId)),
  'check_run.requested_action': (deps, payload, id) => onCheck(deps, toCheckEvent(payload, deps.appId), id),
  'check_run.rerequested': (deps, payload, id) => onCheck(deps, toCheckEvent(payload, deps.appId), id),
  'check_suite.rerequested': (deps, payload, id) => onSuite(deps, toSuiteEvent(payload, deps.appId), id),
  'issues.opened': (deps, payload) => onOpened(deps, toOpenedEvent(payload)),
  'issues.closed': (deps, payload) => onClosed(deps, toClosedEvent(payload)),
  'issues.labeled': (deps, payload) => onLabel(deps, toLabelEvent(payload), labeled),
  'issues.unlabeled': (deps, payload) => onLabel(deps, toLabelEvent(payload), unlabeled),
  'workflow_run.in_progress': (deps, payload) => onWorkflowRun(deps, toWorkflowRunEvent(payload)),
  'workflow_run.completed': (deps, payload) => onWorkflowRun(deps, toWorkflowRunEvent(payload)),
} as const satisfies Record<string, Handle>

export function createProbotHandlers(options: ProbotHandlersOptions): ProbotHandlers {
  const { appId, privateKey, webhookSecret, apiUrl, log } = options
  const deps: Deps = { ...options, talk: createConversation(options.github, options.now) }
  // Probot writes whole payloads into its lines, and what fails here is thrown to the intake loop, which logs it.
  const quiet = log.child({}, { level: 'silent' })
  const Octokit = octokitClass({ apiUrl, log: quiet })
  const probot = new Probot({ appId, privateKey, secret: webhookSecret, log: quiet, Octokit })
  /** By delivery id, while it is worked on. */
  const outcomes = new Map<string, DeliveryOutcome>()
  for (const [event, handle] of Object.entries<Handle>(table)) {
    if (!emitterEventNames.includes(event as never)) throw new Error(`GitHub has no event ${event}`)
    probot.on(event as keyof typeof table, async ({ id, payload }) => {
      outcomes.set(id, await handle(deps, payload, id))
    })
  }
  return {
    events: [...new Set(Object.keys(table).map((event) => event.split('.')[0]!))].toSorted(),
    async receive({ id, name, payload }) {
      await probot.ready()
      try {
        await probot.webhooks.receive({ id, name, payload } as Parameters<typeof probot.webhooks.receive>[0])
        return outcomes.get(id) ?? ignored(`nothing handles ${name}`)
      } catch (error) {
        throw firstCause(error)
      } finally {
        outcomes.delete(id)
      }
    },
    apologise: (delivery) => apologise(deps, delivery),
    commandIn: (delivery) => commandIn(deps, delivery),
  }
}

/** Webhooks wraps what handlers throw in an AggregateError and hangs the whole payload onto both. */
function firstCause(error: unknown): unknown {
  const cause: unknown = error instanceof AggregateError && error.errors.length === 1 ? error.errors[0] : error
  if (cause instanceof Error) Reflect.deleteProperty(cause, 'event')
  return cause
}
