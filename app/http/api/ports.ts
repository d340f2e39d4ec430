/** What the API needs of the rest of the app, as narrow as it is used; main.ts plugs in the store, GitHub and the engine. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { ChangesBody, LogPage } from '../../contracts/api.ts'
import type { ReportedChecks } from '../../contracts/issues.ts'
import type { ProblemCode } from '../../contracts/problems.ts'
import type { RunStatus } from '../../contracts/status.ts'
import type { AgentRun } from '../../domain/agent-figures.ts'
import type { AssignOptions, CommandProblem } from '../../domain/assign-options.ts'
import type { Person, RepositoryRef, RunEvent } from '../../domain/events.ts'
import type { AskedWhen, IssueFacts, OpenIssue, TreeIssue } from '../../domain/issue-facts.ts'
import type { Asked, Input, Refusal } from '../../domain/inputs.ts'
import type { History } from '../../domain/ledger.ts'
import type { NotifyLevel } from '../../contracts/browse.ts'
import type { Clocks } from '../../domain/policy.ts'
import type { SandboxKind } from '../../domain/render/agents.ts'
import type { Run } from '../../domain/run.ts'
import type { ViewUrls } from '../../domain/view.ts'
import type { AgentOnboardingStore } from '../../store/agent-onboarding.ts'
import type { AgentRunsFilter } from '../../store/agent-runs.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { DocumentStore } from '../../store/documents.ts'
import type { RunListener } from '../../store/feed.ts'
import type { RunNews } from '../../store/news.ts'
import type { RunSearch } from '../../store/run-search.ts'
import type { SwitchStore } from '../../store/switch.ts'
import type { Identify, TokenRole } from '../route.ts'
import type { Access } from './access.ts'
import type { AdminPorts } from './admin/ports.ts'

export interface RunReads {
  load(id: string): Promise<{ run: Run } | null>
  ledger(id: string, afterSeq: number, limit: number): Promise<RunEvent[]>
  /** State and ledger of one moment. */
  history(id: string): Promise<History | null>
  /** The callbacks as they were signed. */
  callbacksOf(id: string): Promise<{ dispatchId: string; seq: number; digest: string; jws: string }[]>
  list(filter: {
    statuses?: readonly RunStatus[]
    repositoryIds: readonly number[] | null
    issue?: number
    agent?: string
    requestedBy?: string
    after?: { createdAt: number; id: string }
    since?: number
    limit: number
  }): Promise<Run[]>
  latestRunOfIssue(repositoryId: number, issue: number): Promise<Run | null>
  latestRunOfRepository(repositoryId: number): Promise<Run | null>
  /** Numbers of the pull requests that other Runs opened for the same issue. */
  pullRequestsBefore(run: Run): Promise<number[]>
}

/** A comment on an issue; its text is whoever wrote it's. */
export interface CommentFacts {
  id: number
  author: string | null
  body: string
  url: string
  /** ms since the epoch */
  createdAt: number
}

export interface GitHubReads {
  /** Null when the App is not installed there. */
  repository(owner: string, name: string): Promise<RepositoryRef | null>
  /** Sha of the commit that a branch names now; null when it is not there any more. */
  head(repository: RepositoryRef, ref: string): Promise<string | null>
  /** As it stands at a commit; null when it is not there. `text` is null for what is no text, or too long to show. */
  fileAt(repository: RepositoryRef, sha: string, path: string): Promise<{ text: string | null } | null>
  /** Null when one of the commits is not there any more. */
  compare(
    repository: RepositoryRef,
    base: string,
    head: string,
  ): Promise<Omit<ChangesBody, 'from' | 'unavailable'> | null>
  /** Null when there is no such issue. */
  issue(repository: RepositoryRef, number: number, when?: AskedWhen): Promise<IssueFacts | null>
  openIssues(repository: RepositoryRef): Promise<readonly OpenIssue[]>
  /** In their order; null when there is no such issue. `more`: there are others. */
  subIssues(
    repository: RepositoryRef,
    number: number,
    when?: AskedWhen,
  ): Promise<{ issues: readonly TreeIssue[]; more: boolean } | null>
  /** Null for an issue that is below no other. */
  parentIssue(repository: RepositoryRef, number: number, when?: AskedWhen): Promise<TreeIssue | null>
  /** The latest, oldest of them first; null when there is no such issue. `more`: there are older ones. */
  latestComments(
    repository: RepositoryRef,
    number: number,
  ): Promise<{ comments: readonly CommentFacts[]; more: boolean } | null>
  /** Null when there is none. */
  pullRequest(
    repository: RepositoryRef,
    number: number,
  ): Promise<{ state: 'open' | 'draft' | 'merged' | 'closed'; headSha: string } | null>
  /** What was checked of a commit; null when there is no such commit. `more`: there are others. */
  checksOf(repository: RepositoryRef, sha: string): Promise<ReportedChecks | null>
  /** Numbers of the open issues of the same repository that block this one. */
  openBlockers(repository: RepositoryRef, number: number): Promise<readonly number[]>
  /** All of them, open and closed. */
  blockedBy(repository: RepositoryRef, number: number): Promise<readonly TreeIssue[]>
  /** Where the App is installed; `more`: on others too, which are not listed. */
  installedRepositories(): Promise<{ repositories: readonly RepositoryRef[]; more: boolean }>
  /** Null when the App is not installed there. */
  grantedPermissions(
    owner: string,
    name: string,
  ): Promise<{ permissions: Record<string, string>; suspended: boolean; url: string } | null>
}

/** What holds for every Run and is shown with the repository. */
export interface RunSettings {
  triggerLabel: string
  labelRemovalCancels: boolean
  /** Logins, with `[bot]`. */
  allowedBots: readonly string[]
  notify: NotifyLevel
  /** The central repository (owner/name) whose workflow runs every Run; null is each target repository. */
  executor: string | null
  sandboxes: readonly SandboxKind[]
  clocks: Clocks
}

export interface AssignOrder {
  repository: RepositoryRef
  number: number
  by: Person
  /** Null takes the default. */
  agent: string | null
  instructions: string
  /** Default: none. */
  options?: AssignOptions
  /** What was wrong with them as they were read, to be told with the rest. */
  problems?: readonly CommandProblem[]
  /** Whether who asks has maintain access, which some options need; default: no. */
  mayAdminister?: boolean
  triggerId: string
  /** Where the request came from. */
  ip: string | undefined
}
/** `created` is false when this trigger started its Run before. */
export type Assigned = { created: boolean; run: Run } | NotAssigned
/** `errors`: each thing that is wrong, by the field that says it. */
export interface NotAssigned {
  problem: ProblemCode
  detail: string
  runId?: string
  errors?: { path: string; message: string }[]
  headers?: Record<string, string>
}

/** Clocks of streams; settable for tests. */
export interface StreamClocks {
  pingMs: number
  recheckMs: number
  lingerMs: number
  owedMs: number
}

export interface ApiPorts {
  urls: ViewUrls
  /** SECRET_KEY */
  secretKey: string
  /** Names of the agents that can be asked for; the first is the default. */
  agents: readonly [string, ...string[]]
  access: Access
  /** The programs of the setting API_TOKENS. */
  tokens: readonly { name: string; repositories: string; role: TokenRole }[]
  identify: Identify
  runs: RunReads
  proposals: { getProposal(runId: string, digest: string): Promise<Uint8Array | null> }
  agentRuns(filter: AgentRunsFilter): Promise<AgentRun[]>
  /** What agents are given to read. */
  agentOnboarding: Pick<AgentOnboardingStore, 'readOnboarding' | 'setOnboarding'>
  documents: Pick<DocumentStore, 'listDocuments' | 'readDocument' | 'readVersion' | 'saveDocument'>
  runSearch: RunSearch
  settings: RunSettings
  logs: {
    readLogs(runId: string, from: number, limit: number): Promise<LogPage['lines']>
    countLogs(runId: string): Promise<number>
  }
  github: GitHubReads
  feed: { onRun(runId: string, listener: RunListener): () => void }
  news: Pick<RunNews, 'place' | 'advance' | 'hear' | 'since'>
  assign(order: AssignOrder): Promise<Assigned>
  /**
   * Opens the next attempt of a Run; `ip` is where the request came from, `command` what names it, here and below.
   * Without instructions the agent gets those that it had.
   */
  retry(
    runId: string,
    by: { id: number; login: string },
    told: Asked & { instructions?: string },
  ): Promise<Run | Refusal>
  /** Goes on with a paused Run. */
  resume(runId: string, by: string, asked: Asked): Promise<Run | Refusal>
  /** Has a Run that waits for its turn looked at now; null when it does not wait. */
  advance(runId: string): Promise<Run | null>
  /** The engine's door. */
  submit(runId: string, input: Input, ip?: string): Promise<Run | Refusal>
  /** Moves a sub-issue of `parent` next to another one, by their ids; false where GitHub will not. */
  moveSubIssue(
    repository: RepositoryRef,
    parent: number,
    move: { id: number } & ({ after: number } | { before: number }),
  ): Promise<boolean>
  killSwitch: Pick<SwitchStore, 'readSwitch' | 'setSwitch'>
  audit(event: AuditEvent): Promise<void>
  admin: AdminPorts
  /** Answers with the dashboard's page. */
  page(req: IncomingMessage, res: ServerResponse): Promise<void>
  now: () => number
  streamClocks?: Partial<StreamClocks>
}
