/**
 * What the local GitHub remembers. One flat record a thing; references are ids, so that a record can be printed,
 * compared and shown on a page. Times are epoch milliseconds; `views/` turns them into GitHub's ISO strings.
 */
import type { Permissions } from './types.ts'

export type RepositoryRole = 'read' | 'triage' | 'write' | 'maintain' | 'admin'

export interface UserRecord {
  readonly id: number
  readonly nodeId: string
  readonly login: string
  readonly type: 'User' | 'Bot' | 'Organization'
  readonly name: string | null
  readonly createdAt: number
}

export interface LabelRecord {
  readonly id: number
  readonly nodeId: string
  name: string
  color: string
  description: string | null
}

export interface RepositoryRecord {
  readonly id: number
  readonly nodeId: string
  readonly ownerId: number
  readonly owner: string
  readonly name: string
  readonly fullName: string
  private: boolean
  archived: boolean
  description: string | null
  readonly defaultBranch: string
  /** Absolute path of the bare repository. */
  readonly gitDir: string
  readonly createdAt: number
  pushedAt: number
  /** By login. */
  readonly collaborators: Map<string, RepositoryRole>
  readonly labels: LabelRecord[]
  /** Number of the last issue or pull request. */
  lastNumber: number
}

export interface InstallationRecord {
  readonly id: number
  readonly accountId: number
  readonly createdAt: number
  updatedAt: number
  permissions: Permissions
  events: readonly string[]
  selection: 'all' | 'selected'
  /** Ids, when `selected`. */
  readonly repositoryIds: Set<number>
  suspendedAt: number | null
  suspendedById: number | null
  deleted: boolean
}

export interface IssueRecord {
  readonly id: number
  readonly nodeId: string
  readonly repositoryId: number
  readonly number: number
  readonly userId: number
  title: string
  body: string | null
  state: 'open' | 'closed'
  stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null
  locked: boolean
  lockReason: string | null
  /** Label ids. */
  labelIds: number[]
  assigneeIds: number[]
  readonly createdAt: number
  updatedAt: number
  closedAt: number | null
  closedById: number | null
  /** A pull request's row in issues. */
  readonly isPull: boolean
  /** The issue that this one is a sub-issue of. */
  parentId: number | null
  /** In their order. */
  subIssueIds: number[]
  /** Ids of the issues that block it. */
  blockedByIds: number[]
  /** Slug of the app that made it, when it was one. */
  readonly viaApp: string | null
}

export interface CommentRecord {
  readonly id: number
  readonly nodeId: string
  readonly repositoryId: number
  readonly issueNumber: number
  readonly userId: number
  body: string
  readonly createdAt: number
  updatedAt: number
  /** Why it is folded (GraphQL `minimizeComment`), or null. */
  minimized: string | null
  readonly viaApp: string | null
}

/** A review as it was submitted, or one of its comments on a line. */
export interface ReviewRecord {
  readonly id: number
  readonly nodeId: string
  readonly repositoryId: number
  readonly pullNumber: number
  readonly userId: number
  /** Null in a review that only has comments on lines. */
  readonly body: string | null
  readonly state: 'approved' | 'changes_requested' | 'commented'
  readonly commitSha: string
  /** Of a comment on a line: the review that it came with. */
  readonly reviewId: number | null
  readonly createdAt: number
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes'
export interface ReactionRecord {
  readonly id: number
  readonly nodeId: string
  readonly subject: 'issue' | 'comment' | 'review'
  /** Id of the issue, comment or review record. */
  readonly subjectId: number
  readonly userId: number
  readonly content: ReactionContent
  readonly createdAt: number
}

export interface PullRecord {
  readonly id: number
  readonly nodeId: string
  readonly repositoryId: number
  readonly number: number
  readonly headRef: string
  baseRef: string
  /** Follows the branch until the pull request is closed. */
  headSha: string
  readonly baseSha: string
  draft: boolean
  merged: boolean
  mergedAt: number | null
  mergedById: number | null
  mergeCommitSha: string | null
  requestedReviewerIds: number[]
  maintainerCanModify: boolean
  commits: number
  additions: number
  deletions: number
  changedFiles: number
}

export interface CheckRunRecord {
  readonly id: number
  readonly nodeId: string
  readonly repositoryId: number
  readonly suiteId: number
  /** Slug of the app it belongs to. */
  readonly appSlug: string
  name: string
  readonly headSha: string
  externalId: string
  detailsUrl: string | null
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
  conclusion: string | null
  startedAt: number | null
  completedAt: number | null
  output: { title: string | null; summary: string | null; text: string | null }
  annotations: Record<string, unknown>[]
  actions: { label: string; description: string; identifier: string }[]
}

export interface WorkflowRunRecord {
  readonly id: number
  readonly nodeId: string
  readonly repositoryId: number
  readonly workflowId: number
  readonly workflowPath: string
  readonly name: string
  displayTitle: string
  readonly event: string
  readonly headSha: string
  readonly headBranch: string
  readonly runNumber: number
  attempt: number
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
  conclusion:
    | 'success'
    | 'failure'
    | 'cancelled'
    | 'neutral'
    | 'skipped'
    | 'timed_out'
    | 'action_required'
    | 'startup_failure'
    | 'stale'
    | null
  readonly suiteId: number
  readonly actorId: number
  readonly createdAt: number
  updatedAt: number
  runStartedAt: number
  cancelRequestedAt: number | null
  readonly pullNumbers: readonly number[]
}

export interface WorkflowStepRecord {
  name: string
  number: number
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: string | null
  startedAt: number | null
  completedAt: number | null
}
export interface WorkflowJobRecord {
  /** The same number as `checkRunId`. */
  readonly id: number
  readonly checkRunId: number
  readonly nodeId: string
  readonly runId: number
  readonly attempt: number
  readonly name: string
  readonly labels: readonly string[]
  status: 'queued' | 'in_progress' | 'completed' | 'waiting'
  conclusion: 'success' | 'failure' | 'cancelled' | 'neutral' | 'skipped' | 'timed_out' | 'action_required' | null
  readonly createdAt: number
  startedAt: number
  completedAt: number | null
  steps: WorkflowStepRecord[]
  runnerName: string | null
  logs: string
}

export interface ArtifactRecord {
  readonly id: number
  readonly nodeId: string
  readonly runId: number
  readonly repositoryId: number
  readonly name: string
  readonly zip: Uint8Array
  /** `sha256:…` of the zip. */
  readonly digest: string
  readonly createdAt: number
  readonly expiresAt: number
}

export interface DeliveryRecord {
  readonly id: number
  /** `X-GitHub-Delivery`; a redelivery has the same one. */
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly installationId: number | null
  readonly repositoryId: number | null
  readonly deliveredAt: number
  readonly redelivery: boolean
  readonly url: string
  /** Exact bytes that were signed. */
  readonly body: string
  readonly headers: Record<string, string>
  state: 'held' | 'sending' | 'done'
  /** GitHub's own when nothing answered: 502 "failed to connect to host", 504 "timed out". */
  statusCode: number
  status: string
  durationMs: number
  responseBody: string
  responseHeaders: Record<string, string>
}

export interface TokenRecord {
  readonly token: string
  readonly kind: 'installation' | 'user' | 'job'
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly userId: number
  readonly installationId: number | null
  /** Null: every repository the holder may see. */
  readonly repositoryIds: readonly number[] | null
  readonly permissions: Permissions | null
  /** A user token made by the App's sign-in, and its refresh token. */
  readonly viaApp: boolean
  readonly refreshToken: string | null
  revoked: boolean
}
