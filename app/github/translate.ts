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
/** Whoever can write a workflow can do with its token what an App can do. */
const WORKFLOW_TOKEN = 'github-actions[bot]'
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
  issue_dependencies_summary: z.looseObject({ blocked_by: z.int() }).nullish(),
})
const frame = {
  installation: z.looseObject({ id: z.int().min(1) }),
  repository: z.looseObject({
    id: z.int().min(1),
    name: z.string().min(1).max(100),
    owner: Account,
  }),
  sender: Account,
}
const envelope = { ...frame, issue: Issue }
const Comment = z.looseObject({
  id: z.int().min(1),
  node_id: z.string().min(1).max(200),
  body: z.string().max(262_144),
  html_url: WebUrl.max(1_024),
  created_at: z.string().max(40).optional(),
  user: Account.nullable(),
  performed_via_github_app: z.looseObject({ id: z.int() }).nullish(),
})
const IssueComment = z.looseObject({ ...envelope, action: z.literal('created'), comment: Comment })
/** A pull request has what is read of an issue. */
const onPullRequest = { ...frame, pull_request: Issue, issue: z.never().optional() }
const Review = z.looseObject({
  ...onPullRequest,
  action: z.literal('submitted'),
  comment: z.never().optional(),
  // One that only has comments on lines has no text.
  review: Comment.omit({ created_at: true }).extend({
    body: Comment.shape.body.nullable(),
    submitted_at: z.string().max(40).nullish(),
  }),
})
const LineComment = z.looseObject({
  ...onPullRequest,
  action: z.literal('created'),
  review: z.never().optional(),
  comment: Comment,
})
const IssueLabel = z.looseObject({
  ...envelope,
  action: z.enum(['labeled', 'unlabeled']),
  label: z.looseObject({ name: z.string().min(1).max(200) }),
  // A comment's body in a label's clothes.
  comment: z.never().optional(),
})

const IssueOpened = z.looseObject({ ...envelope, action: z.literal('opened'), comment: z.never().optional() })
const IssueClosed = z.looseObject({
  ...frame,
  action: z.literal('closed'),
  issue: z.looseObject({ number: Issue.shape.number }),
  comment: z.never().optional(),
})

const CheckPress = z.looseObject({
  ...frame,
  action: z.enum(['rerequested', 'requested_action']),
  check_run: z.looseObject({
    id: z.int().min(1),
    external_id: z.string().max(200).nullish(),
    conclusion: z.string().max(40).nullable(),
    app: z.looseObject({ id: z.int() }),
    output: z.looseObject({ title: z.string().max(1_024).nullish(), summary: z.string().max(262_144).nullish() }),
  }),
  requested_action: z.looseObject({ identifier: z.string().max(40) }).nullish(),
})

const SuitePress = z.looseObject({
  ...frame,
  action: z.literal('rerequested'),
  check_run: z.never().optional(),
  check_suite: z.looseObject({ head_branch: z.string().max(300).nullable(), app: z.looseObject({ id: z.int() }) }),
})

const WorkflowRunTold = z.looseObject({
  ...frame,
  action: z.enum(['in_progress', 'completed']),
  issue: z.never().optional(),
  comment: z.never().optional(),
  workflow_run: z.looseObject({
    id: z.int().min(1),
    run_attempt: z.int().min(1),
    path: z.string().max(1_024).default(''),
    event: z.string().max(100),
    display_title: z.string().max(1_024).default(''),
    // GitHub's own word, which people read.
    conclusion: z
      .string()
      .regex(/^[a-z_]{1,40}$/)
      .nullable(),
    created_at: z.iso.datetime({ offset: true }),
    triggering_actor: Account.nullish(),
  }),
})

interface Actor {
  id: number
  login: string
}

/** An issue that was closed, whoever did it. */
export interface ClosedEvent {
  repositoryId: number
  number: number
}

/** What a person did in a repository. */
export interface PersonEvent {
  installationId: number
  repository: { id: number; owner: string; name: string }
  by: Actor
  /** `bot`: a bot did it by itself. `foreign`: it is somebody else's than the sender's, or came through our own App. */
  automatic: false | 'bot' | 'foreign'
}

/** What events of issues have. `trigger` is the node id that may start one Run, for ever. */
export interface IssueEvent extends PersonEvent {
  issue: {
    number: number
    title: string
    body: string
    url: string
    closed: boolean
    locked: boolean
    isPullRequest: boolean
    /** Open issues block it; null where this GitHub does not say. */
    isBlocked: boolean | null
  }
  trigger: string
  /** When GitHub says that it was written or done, in ms since the epoch; null when it does not say. */
  at: number | null
}
export interface CommentEvent extends IssueEvent {
  /** `review`: it is one, or it stands on one of its lines. */
  comment: { id: number; nodeId: string; body: string; url: string; on: 'conversation' | 'review' }
}
export interface LabelEvent extends IssueEvent {
  label: string
  /** It was taken off, and not put on. */
  taken: boolean
}

/** Somebody pressed a button of a check, or "Re-run" beside it. */
export interface CheckEvent extends PersonEvent {
  check: { id: number; runId: string | null; ours: boolean; title: string; summary: string }
  /** Null for "Re-run". */
  button: string | null
}

/** Somebody pressed "Re-run all checks": of one App's on one commit. */
export interface SuiteEvent extends PersonEvent {
  ours: boolean
  branch: string | null
}

/** A workflow run in a repository began its work, or ended. */
export interface WorkflowRunEvent {
  repository: PersonEvent['repository']
  id: number
  attempt: number
  /** Of its file; GitHub may put `@` and a ref behind it. */
  path: string
  /** What started it. */
  event: string
  title: string
  status: 'in_progress' | 'completed'
  conclusion: string | null
  /** When GitHub made it, in ms since the epoch. */
  createdAt: number
  /** Started by an App, and not by the token of a workflow. */
  byApp: boolean
}

/** Null when the payload is not that of a new comment. */
export function toCommentEvent(payload: unknown, appId: number): CommentEvent | null {
  const parsed = IssueComment.safeParse(payload)
  if (!parsed.success) return null
  return said(parsed.data, parsed.data.comment, 'conversation', appId)
}

/** Null when the payload is not that of a review that was submitted. */
export function toReviewEvent(payload: unknown, appId: number): CommentEvent | null {
  const parsed = Review.safeParse(payload)
  if (!parsed.success) return null
  const { review, pull_request: pull } = parsed.data
  const comment = { ...review, body: review.body ?? '', created_at: review.submitted_at ?? undefined }
  return said({ ...parsed.data, issue: { ...pull, pull_request: {} } }, comment, 'review', appId)
}

/** Null when the payload is not that of a new comment on a line of a pull request. */
export function toLineCommentEvent(payload: unknown, appId: number): CommentEvent | null {
  const parsed = LineComment.safeParse(payload)
  if (!parsed.success) return null
  const { comment, pull_request: pull } = parsed.data
  return said({ ...parsed.data, issue: { ...pull, pull_request: {} } }, comment, 'review', appId)
}

function said(
  payload: z.infer<z.ZodObject<typeof envelope>>,
  comment: z.infer<typeof Comment>,
  on: CommentEvent['comment']['on'],
  appId: number,
): CommentEvent {
  const { id, node_id: nodeId, body, html_url: url, user } = comment
  const foreign = user?.id !== payload.sender.id || comment.performed_via_github_app?.id === appId
  const event = common(payload, nodeId)
  return {
    ...event,
    at: timeOf(comment.created_at),
    automatic: foreign ? 'foreign' : event.automatic || (isBot(user) && 'bot'),
    comment: { id, nodeId, body, url, on },
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
    taken: action === 'unlabeled',
  }
}

const LABEL_TRIGGER = /^[^:]+:(?:un)?labeled:(.+):\d{4}-\d\d-\d\dT[\d:.]+Z$/s

/** Whether these triggers of one issue's label events are of the same label: its names tell no case apart. */
export function isSameLabel(one: string, other: string): boolean {
  const [first, second] = [one, other].map((trigger) => LABEL_TRIGGER.exec(trigger)?.[1]?.toLowerCase())
  return first !== undefined && first === second
}

/** Null when the payload is not that of a press. */
export function toCheckEvent(payload: unknown, appId: number): CheckEvent | null {
  const parsed = CheckPress.safeParse(payload)
  if (!parsed.success) return null
  const { check_run: check, requested_action: pressed, action } = parsed.data
  if (action === 'requested_action' && !pressed) return null
  const { title, summary } = check.output
  return {
    ...person(parsed.data),
    check: {
      id: check.id,
      runId: check.external_id || null,
      ours: check.app.id === appId,
      title: title ?? '',
      summary: summary ?? '',
    },
    button: action === 'requested_action' ? pressed!.identifier : null,
  }
}

/** Null when the payload is not that of "Re-run all checks". */
export function toSuiteEvent(payload: unknown, appId: number): SuiteEvent | null {
  const parsed = SuitePress.safeParse(payload)
  if (!parsed.success) return null
  const { app, head_branch: branch } = parsed.data.check_suite
  return { ...person(parsed.data), ours: app.id === appId, branch }
}

/** Null when the payload is not that of a workflow run that began or ended. */
export function toWorkflowRunEvent(payload: unknown): WorkflowRunEvent | null {
  const parsed = WorkflowRunTold.safeParse(payload)
  if (!parsed.success) return null
  const { workflow_run: run, action: status } = parsed.data
  const { triggering_actor: by = null } = run
  return {
    repository: person(parsed.data).repository,
    id: run.id,
    attempt: run.run_attempt,
    path: run.path,
    event: run.event,
    title: run.display_title,
    status,
    conclusion: status === 'completed' ? run.conclusion : null,
    createdAt: Date.parse(run.created_at),
    byApp: isBot(by) && by?.login !== WORKFLOW_TOKEN,
  }
}

function person({
  installation,
  repository,
  sender,
}: Pick<z.infer<z.ZodObject<typeof envelope>>, 'installation' | 'repository' | 'sender'>): PersonEvent {
  return {
    installationId: installation.id,
    repository: { id: repository.id, owner: repository.owner.login, name: repository.name },
    by: { id: sender.id, login: sender.login },
    automatic: isBot(sender) && 'bot',
  }
}

/** Null when the payload is not that of a new issue. */
export function toOpenedEvent(payload: unknown): IssueEvent | null {
  const parsed = IssueOpened.safeParse(payload)
  return parsed.success ? common(parsed.data, parsed.data.issue.node_id) : null
}

/** Null when the payload is not that of an issue that was closed. */
export function toClosedEvent(payload: unknown): ClosedEvent | null {
  const parsed = IssueClosed.safeParse(payload)
  return parsed.success ? { repositoryId: parsed.data.repository.id, number: parsed.data.issue.number } : null
}

function timeOf(text: string | undefined): number | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : at
}

function common(payload: z.infer<z.ZodObject<typeof envelope>>, trigger: string): IssueEvent {
  const { issue } = payload
  return {
    ...person(payload),
    issue: {
      number: issue.number,
      title: issue.title,
      body: issue.body ?? '',
      url: issue.html_url,
      closed: issue.state === 'closed',
      locked: issue.locked ?? false,
      isPullRequest: issue.pull_request !== null && issue.pull_request !== undefined,
      isBlocked: issue.issue_dependencies_summary ? issue.issue_dependencies_summary.blocked_by > 0 : null,
    },
    trigger,
    at: timeOf(issue.updated_at),
  }
}

const isBot = (account: z.infer<typeof Account> | null): boolean =>
  account?.type === 'Bot' || (account?.login ?? '').endsWith('[bot]')
