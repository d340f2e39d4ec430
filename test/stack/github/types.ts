/**
 * The seam of the local GitHub: what tests, the demo and the local Actions runner may ask of it. Everything the
 * product itself does goes over HTTP, as with the real one; these functions stand for people, for the runner and for
 * the hand that makes GitHub misbehave.
 */
import type {
  ArtifactRecord,
  CheckRunRecord,
  CommentRecord,
  DeliveryRecord,
  InstallationRecord,
  IssueRecord,
  PullRecord,
  ReactionRecord,
  RepositoryRecord,
  RepositoryRole,
  ReviewRecord,
  TokenRecord,
  UserRecord,
  WorkflowJobRecord,
  WorkflowRunRecord,
} from './records.ts'

export type AccessLevel = 'read' | 'write' | 'admin'
/** Permission names as in an app manifest (`contents`, `issues`, `pull_requests`, `checks`, `actions`, …). */
export type Permissions = Record<string, AccessLevel>

export interface LocalGitHubOptions {
  /** 0 (the default) takes a free port. */
  port?: number
  /** The account that registered the App; default the organization `github`. */
  appOwner?: { login: string; type: 'User' | 'Organization' }
  /** Slug of the App; its bot user is `{slug}[bot]`. Default `deckhand`. */
  slug?: string
  /** What the App asked for in its manifest; an installation grants exactly this. Default: see `manifest.ts`. */
  permissions?: Permissions
  /** Events of the manifest; only those are delivered. Default: every event. */
  events?: readonly string[]
  webhookUrl?: string | null
  webhookSecret?: string
  callbackUrls?: readonly string[]
  /** Where bare repositories lie; default a new temporary directory, removed on disposal. */
  directory?: string
  /** Also hold our own answers to the description; see `responseViolations()`. Default false. */
  checkResponses?: boolean
  /** Clock of the simulator: all timestamps and expiries. Default `Date.now`. */
  now?: () => number
  /**
   * Sign-in without a click: the login that `/login/oauth/authorize` signs in as when the request names none.
   * Null (the default) shows a page with the known users.
   */
  signInAs?: string | null
  /** False: there is no App before somebody registers it from a manifest. Default true. */
  registered?: boolean
}

export interface LocalApp {
  readonly id: number
  readonly nodeId: string
  readonly slug: string
  readonly name: string
  readonly clientId: string
  readonly clientSecret: string
  readonly privateKeyPem: string
  readonly webhookSecret: string
}

export interface RequestRecord {
  /** Value of `X-GitHub-Request-Id`. */
  readonly id: string
  readonly method: string
  /** Path as sent, without the query and without `/api/v3`. */
  readonly path: string
  /** The description's path (`/repos/{owner}/{repo}/issues`), null when unknown there. */
  readonly template: string | null
  readonly status: number
  readonly token: TokenKind
  readonly at: number
  /** POST, PATCH, PUT and DELETE that make content and so count for GitHub's secondary limit. */
  readonly contentCreating: boolean
}
export type TokenKind = 'none' | 'app' | 'installation' | 'user' | 'job' | 'basic' | 'unknown'

export interface FaultMatch {
  method?: string
  /** Tested against the path without query and without `/api/v3`. */
  path?: RegExp
  /** How many requests it hits; default 1. */
  times?: number
}
export interface FailNext extends FaultMatch {
  /** 0 cuts the connection instead of answering. */
  status: number
  body?: unknown
  headers?: Record<string, string>
  /** `after`: the act happens and only the answer is lost. Default `before`. */
  apply?: 'before' | 'after'
}
export interface Hang extends FaultMatch {
  /** Answers after this long; without it the connection stays open until it is closed or `clear()` is called. */
  delayMs?: number
  apply?: 'before' | 'after'
}
export interface Faults {
  failNext(fault: FailNext): void
  /** The primary limit: `remaining` calls are left until `resetInMs`; then the full hour's again. */
  rateLimit(limit: { remaining: number; resetInMs: number }): void
  /** The secondary limit: 403 with `retry-after` for this long (or for `times` requests), for what creates content only if asked. */
  secondaryLimit(limit: { retryAfterSeconds: number; times?: number; contentCreatingOnly?: boolean }): void
  hang(hang: Hang): void
  clear(): void
}

export type DeliveryMode =
  | { mode: 'normal' }
  /** Recorded as failed and never sent: what GitHub does when it cannot connect. */
  | { mode: 'drop'; events?: readonly string[]; times?: number }
  | { mode: 'duplicate'; events?: readonly string[]; times?: number }
  | { mode: 'delay'; delayMs: number; events?: readonly string[] }
  /** Kept back until `release()`. */
  | { mode: 'hold'; events?: readonly string[] }
export interface Deliveries {
  setMode(mode: DeliveryMode): void
  /** Sends what is held, in the order given (indices into `held()`); default as they came. Back to normal mode. */
  release(order?: readonly number[]): Promise<void>
  held(): readonly DeliveryRecord[]
  /** As the button in the settings does: the same GUID again; resolves when it was answered. */
  redeliver(id: number): Promise<DeliveryRecord>
  list(): readonly DeliveryRecord[]
  /** Resolves when nothing is being sent or waiting in `delay`. */
  idle(): Promise<void>
}

export interface CreateWorkflowRun {
  /** `owner/name`. */
  repository: string
  /** `.github/workflows/x.yml` */
  workflowPath: string
  /** The workflow's `name:`. */
  name: string
  /** Rendered `run-name:`; default the name. */
  displayTitle?: string
  event: string
  headSha: string
  headBranch: string
  /** Login; default who owns the repository. */
  actor?: string
  status?: 'queued' | 'in_progress' | 'waiting' | 'pending'
  pullRequests?: readonly number[]
}

export interface RepositoryDispatch {
  repository: RepositoryRecord
  eventType: string
  clientPayload: unknown
  sender: UserRecord
  /** The whole webhook payload: what the runner puts into the event file. */
  payload: Record<string, unknown>
}

export interface LocalGitHubState {
  readonly users: readonly UserRecord[]
  readonly repositories: readonly RepositoryRecord[]
  readonly installations: readonly InstallationRecord[]
  /** Pull requests have a row here too, as with GitHub. */
  readonly issues: readonly IssueRecord[]
  readonly comments: readonly CommentRecord[]
  readonly reactions: readonly ReactionRecord[]
  readonly pulls: readonly PullRecord[]
  readonly checkRuns: readonly CheckRunRecord[]
  readonly workflowRuns: readonly WorkflowRunRecord[]
  readonly workflowJobs: readonly WorkflowJobRecord[]
  readonly artifacts: readonly ArtifactRecord[]
  readonly deliveries: readonly DeliveryRecord[]
  readonly tokens: readonly TokenRecord[]
}

/** The issue or pull request an act is about, and who acts. */
export interface IssueAct {
  repository: string
  number: number
  by: string
}

/** What people do in the browser. Each emits the webhooks that GitHub would. */
export interface People {
  createUser(user: { login: string; id?: number; type?: 'User' | 'Bot' | 'Organization'; name?: string }): UserRecord
  createRepository(repository: {
    owner: string
    name: string
    private?: boolean
    description?: string
    /** Path to content of the first commit on `main`. */
    files: Record<string, string>
    collaborators?: Record<string, RepositoryRole>
    /** Adds it to the App's installation on the owner, which is made when there is none. Default true. */
    install?: boolean
  }): Promise<RepositoryRecord>
  /** Owners of an organization administer all of its repositories. */
  setOrganizationOwner(act: { organization: string; login: string; owner: boolean }): void
  /** Installs the App on an account; `repositories` are full names, absent means all. */
  install(act: { account: string; repositories?: readonly string[]; by?: string }): InstallationRecord
  uninstall(act: { account: string; by?: string }): void
  suspend(act: { account: string; by?: string }): void
  unsuspend(act: { account: string; by?: string }): void
  setInstallationPermissions(act: { account: string; permissions: Permissions; by?: string }): void
  removeInstalledRepository(act: { repository: string; by?: string }): void
  setCollaborator(act: { repository: string; login: string; role: RepositoryRole | 'none' }): void

  openIssue(act: {
    repository: string
    by: string
    title: string
    body?: string
    labels?: readonly string[]
  }): IssueRecord
  editIssue(act: IssueAct & { title?: string; body?: string }): IssueRecord
  closeIssue(act: IssueAct & { reason?: 'completed' | 'not_planned' }): IssueRecord
  reopenIssue(act: IssueAct): IssueRecord
  lockIssue(act: IssueAct): IssueRecord
  unlockIssue(act: IssueAct): IssueRecord
  deleteIssue(act: IssueAct): void
  addLabel(act: IssueAct & { label: string }): void
  removeLabel(act: IssueAct & { label: string }): void
  assign(act: IssueAct & { assignee: string }): void
  /** Puts an issue below another one, as the last of its sub-issues; `repository` and `number` are those of the parent. */
  addSubIssue(act: IssueAct & { child: { repository?: string; number: number } }): void
  /** Marks an issue as blocked by another one. */
  blockIssue(act: IssueAct & { blockedBy: { repository?: string; number: number } }): void
  comment(act: IssueAct & { body: string }): CommentRecord
  editComment(act: { id: number; by: string; body: string }): CommentRecord
  deleteComment(act: { id: number; by: string }): void

  /** A commit pushed by a person; null deletes a file. Makes the branch (from the default branch) when absent. Returns its sha. */
  push(act: {
    repository: string
    by: string
    branch?: string
    message?: string
    files: Record<string, string | null>
  }): Promise<string>
  /** Submits a review of a pull request: with a text, with comments on lines, or with both. */
  review(act: IssueAct & { body?: string; state?: ReviewRecord['state']; lines?: readonly string[] }): {
    review: ReviewRecord
    lines: ReviewRecord[]
  }
  mergePull(act: IssueAct): Promise<PullRecord>
  closePull(act: IssueAct): PullRecord
  reopenPull(act: IssueAct): PullRecord
  /** "Re-run" on a check run of the App. */
  rerequestCheckRun(act: { id: number; by: string }): void
  /** "Re-run all checks" on the tip of a branch. */
  rerequestChecks(act: { repository: string; branch: string; by: string }): void
  /** A button of a check run (`actions`). */
  pressCheckAction(act: { id: number; by: string; identifier: string }): void
}

/** An event as `on:` of a workflow sees it. */
interface WorldEventRecord {
  name: string
  action: string | null
  repository: RepositoryRecord | null
  payload: Record<string, unknown>
  /** False for what a job's own `GITHUB_TOKEN` did: GitHub starts no workflow for it. */
  startsWorkflows: boolean
}

/** What the local Actions runner does and hears. */
export interface ActionsService {
  onRepositoryDispatch(listener: (dispatch: RepositoryDispatch) => void): void
  /** `force` is `POST …/force-cancel`. Answered 202 already: the listener ends the run by `updateWorkflowRun`. */
  onWorkflowRunCancel(listener: (runId: number, force: boolean) => void): void
  /** `POST …/rerun`, `…/rerun-failed-jobs`; `attempt` is the new number. The run is `queued` again. */
  onWorkflowRunRerun(listener: (runId: number, attempt: number) => void): void
  /** Every event of any repository with its webhook payload, whether or not the App is subscribed. */
  onEvent(listener: (event: WorldEventRecord) => void): void
  createWorkflowRun(run: CreateWorkflowRun): WorkflowRunRecord
  updateWorkflowRun(
    id: number,
    change: {
      status?: WorkflowRunRecord['status']
      conclusion?: WorkflowRunRecord['conclusion']
      displayTitle?: string
    },
  ): WorkflowRunRecord
  /** Its check run (by the app `github-actions`) comes with it. `id` and `checkRunId` are equal, as with GitHub. */
  createWorkflowJob(runId: number, job: { name: string; labels?: readonly string[] }): WorkflowJobRecord
  updateWorkflowJob(
    id: number,
    change: {
      status?: WorkflowJobRecord['status']
      conclusion?: WorkflowJobRecord['conclusion']
      steps?: WorkflowJobRecord['steps']
      runnerName?: string
      logs?: string
    },
  ): WorkflowJobRecord
  addArtifact(runId: number, name: string, zip: Uint8Array): ArtifactRecord
  /** The `GITHUB_TOKEN` of one job: for one repository, acts as `github-actions[bot]`, starts no workflow. */
  createJobToken(token: { repository: string; permissions: Permissions }): string
}

export interface LocalGitHub extends AsyncDisposable, People, ActionsService {
  /** Web host: git over HTTP at `/{owner}/{repo}.git`, `/login/oauth/*`, simple pages of issues, pulls and users. */
  readonly url: string
  /** `${url}/api/v3`; the description's paths hang below it. */
  readonly apiUrl: string
  readonly app: LocalApp
  readonly state: LocalGitHubState
  setWebhookUrl(url: string | null): void
  /** As if a person had just confirmed the App's manifest: the code that `POST /app-manifests/{code}/conversions` takes once. */
  createManifestCode(): string
  /** Throws when there is none. */
  repository(fullName: string): RepositoryRecord
  user(login: string): UserRecord
  issue(repository: string, number: number): IssueRecord
  pull(repository: string, number: number): PullRecord
  /** A file at a ref of the bare repository; null when absent. */
  readFile(repository: string, ref: string, path: string): Promise<string | null>
  /** A personal access token of a person, for tests that act as people over REST or git. */
  createUserToken(login: string): string

  readonly requests: readonly RequestRecord[]
  clearRequests(): void
  /** Requests that do not fit GitHub's description: unknown method and path, bad parameter, bad body. */
  violations(): readonly string[]
  /** Our own answers that do not fit it; empty unless `checkResponses`. */
  responseViolations(): readonly string[]
  readonly faults: Faults
  readonly deliveries: Deliveries
}
