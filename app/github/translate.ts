/**
 * From GitHub's webhooks to the few facts that are used. The schemas are loose, because GitHub adds fields, and they
 * look at the event's name and body together: the signature covers the body alone (trust.md row 5).
 */
import { z } from 'zod'

const Account = z.looseObject({
  id: z.int().min(1),
  login: z.string().min(1).max(100),
  type: z.string().max(40).optional(),
})
/** People follow these, so that a script or a file is none. */
const WebUrl = z.url({ protocol: /^https?$/ })
const Issue = z.looseObject({
  number: z.int().min(1),
  node_id: z.string().min(1).max(200),
  title: z.string().max(1_024),
  body: z.string().max(262_144).nullish(),
  html_url: WebUrl.max(1_024),
  state: z.enum(['open', 'closed']),
  locked: z.boolean().optional(),
  updated_at: z.string().max(40),
  pull_request: z.looseObject({}).nullish(),
})
const envelope = {
  installation: z.looseObject({ id: z.int().min(1) }),
  repository: z.looseObject({
    id: z.int().min(1),
    name: z.string().min(1).max(100),
    owner: Account,
  }),
  sender: Account,
  issue: Issue,
}
const IssueComment = z.looseObject({
  ...envelope,
  action: z.literal('created'),
  comment: z.looseObject({
    id: z.int().min(1),
    node_id: z.string().min(1).max(200),
    body: z.string().max(262_144),
    html_url: WebUrl.max(1_024),
    user: Account.nullable(),
    performed_via_github_app: z.looseObject({ id: z.int() }).nullish(),
  }),
})
const IssueLabel = z.looseObject({
  ...envelope,
  action: z.enum(['labeled', 'unlabeled']),
  label: z.looseObject({ name: z.string().min(1).max(200) }),
  // A comment's body in a label's clothes.
  comment: z.never().optional(),
})

interface Actor {
  id: number
  login: string
}

/** What all of them have. `trigger` is the node id that may start one Run, for ever. */
export interface IssueEvent {
  installationId: number
  repository: { id: number; owner: string; name: string }
  issue: {
    number: number
    title: string
    body: string
    url: string
    closed: boolean
    locked: boolean
    isPullRequest: boolean
  }
  by: Actor
  /** Bots, and whatever our own App did. */
  automatic: boolean
  trigger: string
}
export interface CommentEvent extends IssueEvent {
  comment: { id: number; body: string; url: string }
}
export interface LabelEvent extends IssueEvent {
  label: string
}

/** Null when the payload is not that of a new comment. */
export function toCommentEvent(payload: unknown, appId: number): CommentEvent | null {
  const parsed = IssueComment.safeParse(payload)
  if (!parsed.success) return null
  const { comment, sender } = parsed.data
  const foreign =
    comment.user?.id !== sender.id || isBot(comment.user) || comment.performed_via_github_app?.id === appId
  const event = common(parsed.data, comment.node_id)
  return {
    ...event,
    automatic: event.automatic || foreign,
    comment: { id: comment.id, body: comment.body, url: comment.html_url },
  }
}

/** Null when the payload is not that of a label. A label event has no node id of its own; its time stands for it. */
export function toLabelEvent(payload: unknown): LabelEvent | null {
  const parsed = IssueLabel.safeParse(payload)
  if (!parsed.success) return null
  const { issue, label, action } = parsed.data
  return {
    ...common(parsed.data, `${issue.node_id}:${action}:${label.name}:${issue.updated_at}`),
    label: label.name,
  }
}

function common(payload: z.infer<z.ZodObject<typeof envelope>>, trigger: string): IssueEvent {
  const { installation, repository, sender, issue } = payload
  return {
    installationId: installation.id,
    repository: { id: repository.id, owner: repository.owner.login, name: repository.name },
    issue: {
      number: issue.number,
      title: issue.title,
      body: issue.body ?? '',
      url: issue.html_url,
      closed: issue.state === 'closed',
      locked: issue.locked ?? false,
      isPullRequest: issue.pull_request !== null && issue.pull_request !== undefined,
    },
    by: { id: sender.id, login: sender.login },
    automatic: isBot(sender),
    trigger,
  }
}

const isBot = (account: z.infer<typeof Account> | null): boolean =>
  account?.type === 'Bot' || (account?.login ?? '').endsWith('[bot]')
