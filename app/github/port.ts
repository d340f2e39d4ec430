/**
 * What the rest of the app may ask of GitHub, as plain functions without a trace of Octokit. Types only, so that
 * effects, probot.ts and tests depend on this seam and not on the library behind it.
 *
 * Every function that makes something can be called twice. `retried: true` says that an earlier try may have gone
 * through: then the thing is looked up by its marker before it is made. Without it the look-up is spared, because a
 * Run may cost at most 20 calls (trust.md P10). Every rejection is a `GitHubError` (errors.ts).
 */
import type { DispatchPayload, ProposalFile } from '../contracts/executor.ts'
import type { RepositoryRef } from '../domain/events.ts'
import type { AskedWhen, IssueFacts, OpenIssue, TreeIssue } from '../domain/issue-facts.ts'
import type { Label } from '../domain/labels.ts'

/** What it takes to address a repository through its installation. */
export type Repo = Pick<RepositoryRef, 'owner' | 'name' | 'installationId'>
/** The same with the numeric id, which no transfer or re-creation under the same name can fake. */
export type RepoWithId = Repo & Pick<RepositoryRef, 'id'>

export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof roles)[number]
/** True when `role` allows at least what `needed` allows. */
export const roleAtLeast = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed)

interface Issue extends IssueFacts {
  number: number
}

/** Where an issue comes to stand among its siblings, by their ids. */
export type SubIssueMove = { id: number } & ({ after: number } | { before: number })

export interface Comment {
  commentId: number
  url: string
}

export interface OwnComment extends Comment {
  nodeId: string
  body: string
  createdAt: number
}

/** A comment on an issue, whoever wrote it. */
export interface IssueComment {
  id: number
  /** Null where the account is gone. */
  author: string | null
  body: string
  url: string
  /** ms since the epoch */
  createdAt: number
}

/** Oldest first. `more`: there are older ones. */
export interface LatestComments {
  comments: IssueComment[]
  more: boolean
}

/** What was checked of a commit. `conclusion` is GitHub's word; `more`: there are others. */
export interface ReportedChecks {
  checks: { name: string; status: 'running' | 'completed'; conclusion: string | null; url: string | null }[]
  more: boolean
}

/** A comment that is found again by the marker in its body. */
export interface MarkedComment {
  body: string
  /** A part of `body` that names the Run and the kind of comment; see `statusMarker` and `noticeMarker`. */
  marker: string
  retried: boolean
  /** Nothing of ours can be older than this (ms since the epoch); bounds the look-up. */
  since: number
}

export type Reaction = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes'

export interface WorkflowRunSighting {
  state: 'absent' | 'queued' | 'in_progress' | 'completed'
  workflowRunId: number | null
  runAttempt?: number
  conclusion: string | null
}

/** A commit whose message is final (trailers included); files are those of the proposal. */
interface CommitToWrite {
  message: string
  files: readonly ProposalFile[]
}

/** `text` is null for what is no text, and for what is too long to show. */
export interface FileAt {
  text: string | null
}

/** What lies between two commits. A patch is null where GitHub has none, or where it is too long to show. */
export interface Comparison {
  url: string
  commits: { sha: string; message: string }[]
  files: {
    path: string
    previousPath: string | null
    status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed'
    additions: number
    deletions: number
    patch: string | null
  }[]
}

export interface BranchToWrite {
  /** Has to start with `agent/`; anything else is refused before GitHub is asked. */
  branch: string
  /** Full sha that the first commit stands on. */
  base: string
  runId: string
  commits: readonly CommitToWrite[]
  retried: boolean
}

export interface PullRequestToOpen {
  head: string
  base: string
  title: string
  body: string
  draft: boolean
  /** A part of `body` that names the Run; an existing pull request of the branch is adopted only when it carries it. */
  marker: string
  retried: boolean
}

export interface OpenedPullRequest {
  number: number
  url: string
  adopted: boolean
  /** As GitHub has it: some repositories have no drafts, and people change what is adopted. */
  draft: boolean
}

export interface CheckToPublish {
  headSha: string
  name: string
  runId: string
  detailsUrl: string
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out' | 'action_required' | 'skipped' | null
  title: string
  summary: string
  /** Buttons of a completed check; at most three. */
  actions: readonly { label: string; description: string; identifier: string }[]
  /** Remarks beside files. GitHub adds them to those that the check has: a check is given its own once. */
  annotations: readonly { path: string; message: string }[]
  checkRunId: number | null
  retried: boolean
}
/** What of a check can change; what is left out stays. */
export type CheckChange = Pick<CheckToPublish, 'title' | 'summary'> &
  Partial<Pick<CheckToPublish, 'status' | 'conclusion' | 'actions'>>

/** One row of GitHub's own record of what it tried to deliver to us. */
export interface DeliveryAttempt {
  id: number
  /** `X-GitHub-Delivery`: the same for every attempt. */
  guid: string
  event: string
  deliveredAt: number
  statusCode: number
  ok: boolean
  /** Asked for again; false for GitHub's own first attempt. */
  redelivery: boolean
}

export interface GitHubPort {
  /**
   * The person's role, asked afresh. `none` also when the account behind the login is not `userId` (trust.md row 31). A
   * bot of `ALLOWED_BOTS` has `write`, whatever GitHub says of it.
   */
  permissionOf(repo: Repo, login: string, userId: number): Promise<Role>
  /** The name by which GitHub knows the App; rejects where it does not accept the App's key. */
  appSlug(): Promise<string>
  /** The App belongs to this account, or to an organization that this account is an owner of. */
  ownsApp(login: string, userId: number): Promise<boolean>
  /** Tells a collaborator from anybody else who can read a public repository. */
  isCollaborator(repo: Repo, login: string): Promise<boolean>
  /** Null when the App is not installed there, is suspended, or (with an installation given) that one has no access. */
  repository(owner: string, name: string, installationId?: number): Promise<RepositoryRef | null>
  issue(repo: Repo, number: number): Promise<Issue>
  /** Not safe to repeat: each call opens another one. */
  createIssue(repo: Repo, issue: { title: string; body: string }): Promise<{ number: number; url: string }>
  /** The newest 100 open issues and pull requests without the latter, the one that changed last first; up to 30 s old. */
  openIssues(repo: Repo): Promise<OpenIssue[]>
  /** The first 100 sub-issues in their order, which is as many as GitHub has; up to 30 s old. `more`: there are others. */
  subIssues(repo: Repo, number: number, when?: AskedWhen): Promise<{ issues: TreeIssue[]; more: boolean }>
  /**
   * Numbers of the open issues of the same repository that block this one, in order; the first `BLOCKERS_MAX`. None where
   * this GitHub has no such thing, or does not let the App see it.
   */
  openBlockers(repo: Repo, number: number): Promise<number[]>
  /** All of them, open and closed, with what a tree shows of each; up to 30 s old. */
  blockedBy(repo: Repo, number: number): Promise<TreeIssue[]>
  /** Null for an issue that is below no other; up to 30 s old. */
  parentIssue(repo: Repo, number: number, when?: AskedWhen): Promise<TreeIssue | null>
  /** Moves one of the sub-issues of issue `parent` next to another of them. */
  moveSubIssue(repo: Repo, parent: number, move: SubIssueMove): Promise<void>
  /** The newest 20 comments on an issue; null when there is no such issue. Up to 30 s old, like the next two. */
  latestComments(repo: Repo, number: number): Promise<LatestComments | null>
  /** How a pull request stands, and the commit that it would bring; null when there is none. */
  pullRequest(
    repo: Repo,
    number: number,
  ): Promise<{ state: 'open' | 'draft' | 'merged' | 'closed'; headSha: string } | null>
  /** The newest check of each name on a commit, at most 100; null when there is no such commit. */
  checksOf(repo: Repo, sha: string): Promise<ReportedChecks | null>
  /** The first 100 repositories of each of the first 20 installations; `more`: there are others. Up to 5 min old. */
  installedRepositories(): Promise<{ repositories: RepositoryRef[]; more: boolean }>
  /** What the App was granted for a repository, and where that is changed; null when it is not installed there. */
  grantedPermissions(
    owner: string,
    name: string,
  ): Promise<{ permissions: Record<string, string>; suspended: boolean; url: string } | null>

  addReaction(repo: Repo, commentId: number, content: Reaction): Promise<void>
  /** The same on a review of a pull request, or on a comment on one of its lines. */
  addReviewReaction(repo: Repo, nodeId: string, content: Reaction): Promise<void>
  /** `gone`: the stored comment was deleted by a person; it is not made again. */
  upsertStatusComment(
    repo: Repo,
    issue: number,
    comment: MarkedComment & { commentId: number | null },
  ): Promise<Comment | 'gone'>
  postNotice(repo: Repo, issue: number, comment: MarkedComment): Promise<Comment>
  /** The App's own comments on an issue that were made or edited since then (ms since the epoch), oldest first. */
  ownComments(repo: Repo, issue: number, since: number): Promise<OwnComment[]>
  editComment(repo: Repo, commentId: number, body: string): Promise<void>
  /** Folds comments away as outdated; what cannot be folded stays as it is. */
  minimizeComments(repo: Repo, nodeIds: readonly string[]): Promise<void>
  /** Unfolds a comment that was folded away. */
  restoreComment(repo: Repo, nodeId: string): Promise<void>
  /** Labels that the repository does not have are made; those that it has keep their colour. */
  addLabels(repo: Repo, number: number, labels: readonly Label[]): Promise<void>
  /** A label that is not there (any more) is fine. */
  removeLabel(repo: Repo, number: number, label: string): Promise<void>

  /** A file as it stands at a commit; null when it is not there. */
  fileAt(repo: Repo, sha: string, path: string): Promise<FileAt | null>
  /** Null when one of the commits is not there any more. */
  compare(repo: Repo, base: string, head: string): Promise<Comparison | null>

  /** Sha of the commit that a branch, tag or sha names now. */
  baseCommit(repo: Repo, ref: string): Promise<string>
  /** `beforeSend` runs when the request leaves, which GitHub's limits may put off; what it throws keeps it back. */
  fireDispatch(repo: Repo, payload: DispatchPayload, beforeSend?: () => Promise<void>): Promise<void>
  /**
   * By the workflow's `run-name`, which carries the Run id; `since` in ms since the epoch. Never the workflow run of the
   * Run's former job, nor an older one.
   */
  findWorkflowRun(repo: Repo, runId: string, since: number, formerId?: number): Promise<WorkflowRunSighting>
  /** The same by its id; `absent` when GitHub has it no more. */
  workflowRun(repo: Repo, workflowRunId: number): Promise<WorkflowRunSighting>
  /** `over`: it had ended already. */
  cancelWorkflowRun(repo: Repo, workflowRunId: number, force: boolean): Promise<'requested' | 'over'>
  /** The zip of an artifact of a workflow run, null when there is none; at most `ARTIFACT_BYTES_MAX`. */
  downloadArtifact(repo: Repo, workflowRunId: number, name: string): Promise<Uint8Array | null>
  /** A fresh installation token for this one repository with `contents: read` and nothing else. */
  readToken(repo: RepoWithId): Promise<{ value: string; expiresAt: string }>

  /** Rejects with kind `conflict` when the branch exists and is not this Run's. */
  writeBranch(repo: Repo, branch: BranchToWrite): Promise<{ sha: string; commits: number }>
  /** Only where its tip is still this commit; below `agent/` like all that the app writes. */
  deleteBranch(repo: Repo, branch: { branch: string; sha: string }): Promise<'deleted' | 'absent' | 'moved'>
  /** Rejects with kind `conflict` when another pull request has this branch, `invalid` when there is nothing to merge. */
  openPullRequest(repo: Repo, pull: PullRequestToOpen): Promise<OpenedPullRequest>
  /** Number of the open pull request that has this branch of the same repository and this mark in its text, or null. */
  findPullRequest(repo: Repo, head: string, marker: string): Promise<number | null>
  closePullRequest(repo: Repo, number: number): Promise<void>
  /** A person whom GitHub does not accept as a reviewer is left out silently. */
  requestReviewer(repo: Repo, number: number, login: string): Promise<void>
  publishCheck(repo: Repo, check: CheckToPublish): Promise<number>
  /** A check that is not there (any more) is left alone. */
  updateCheck(repo: Repo, checkRunId: number, change: CheckChange): Promise<void>

  /** Newest first; `since` in ms since the epoch. Not `complete`: there are older ones, too many for one look. */
  listDeliveries(since: number): Promise<{ attempts: DeliveryAttempt[]; complete: boolean }>
  redeliver(id: number): Promise<void>
}
