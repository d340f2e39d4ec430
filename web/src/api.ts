/** The only file that fetches. Every call is same-origin, speaks JSON and turns a refusal into a `ProblemError`. */
import type {
  ApiTokensBody,
  AssignRequest,
  CancelRequest,
  ChangesBody,
  LedgerPage,
  LogCountBody,
  LogPage,
  RetryRequest,
  RunActionsBody,
  RunBaseBody,
  RunBody,
  RunChoicesBody,
  RunCountsBody,
  RunList,
  SandboxBody,
  SessionBody,
} from '#contracts/api.ts'
import type { AgentBody, AgentList, IssueListBody, RepositoryBody, VerifyBody } from '#contracts/browse.ts'
import type { ChecksBody, OnboardingBody, TestIssueBody } from '#contracts/checks.ts'
import type {
  IssueActivityBody,
  IssueBody,
  IssueOrderBody,
  IssueTree,
  ReorderRequest,
  RunIssuesBody,
} from '#contracts/issues.ts'
import type { ProblemCode } from '#contracts/problems.ts'
import type {
  ConfiguredBody,
  ConversionRequest,
  ExistingRequest,
  ManifestForm,
  ManifestRequest,
  ReachBody,
  SetupBody,
} from '#contracts/setup.ts'

import { learnServerTime } from './lib/clock.ts'
import type { ApiDescription } from './pages/docs/description.ts'

const REQUEST_TIMEOUT_MS = 20_000
export const EVENTS_PER_REQUEST_MAX = 500
export const RUNS_PER_PAGE = 50
const LOG_LINES_PER_REQUEST_MAX = 1_000

export interface IssueRef {
  owner: string
  repo: string
  number: number
}

export interface RunFilter {
  status?: string | undefined
  repository?: string | undefined
  issue?: number | undefined
  requestedBy?: string | undefined
  agent?: string | undefined
  within?: string | undefined
  q?: string | undefined
  after?: string | undefined
  limit?: number | undefined
}

export type RunCountsFilter = Pick<RunFilter, 'repository' | 'requestedBy' | 'agent' | 'within'>

export interface IssueFilter {
  repository?: string
  q?: string
  run?: string
}

/** What the server said when it refused, or `status` 0 when it could not be reached. `code` is stable, `title` is for people. */
export class ProblemError extends Error {
  readonly status: number
  readonly code: ProblemCode | 'unreachable' | 'unknown'
  readonly title: string
  readonly detail: string | null
  readonly reference: string | null
  readonly runId: string | null
  /** What was wrong with single values, where the refusal is about such. */
  readonly errors: readonly { path: string; message: string }[]

  constructor(status: number, body: Record<string, unknown>) {
    const title = text(body['title']) ?? 'Something broke'
    super(title)
    this.name = 'ProblemError'
    this.status = status
    this.code = (text(body['code']) as ProblemCode | null) ?? 'unknown'
    this.title = title
    this.detail = text(body['detail'])
    this.reference = text(body['reference'])
    this.runId = text(body['runId'])
    this.errors = errorsOf(body['errors'])
  }
}

export const api = {
  /** The description of this API, for the page that shows it. */
  description: (signal?: AbortSignal) => get<ApiDescription>('/api/openapi.json', signal),
  session: (signal?: AbortSignal) => get<SessionBody>('/api/session', signal),
  issue: (ref: IssueRef, signal?: AbortSignal) => get<IssueBody>(issuePath(ref), signal),
  issueTree: (ref: IssueRef, signal?: AbortSignal) => get<IssueTree>(`${issuePath(ref)}/tree`, signal),
  issueActivity: (ref: IssueRef, signal?: AbortSignal) => get<IssueActivityBody>(`${issuePath(ref)}/activity`, signal),
  repositoryTree: (owner: string, repo: string, signal?: AbortSignal) =>
    get<IssueTree>(`${repositoryPath(owner, repo)}/tree`, signal),
  /** Moves an issue among its siblings. */
  reorder: (ref: IssueRef, body: ReorderRequest, idempotencyKey: string) =>
    post<IssueOrderBody>(`${issuePath(ref)}/reorder`, body, { 'Idempotency-Key': idempotencyKey }),
  assign: (ref: IssueRef, body: AssignRequest, idempotencyKey: string) =>
    post<RunBody>(`${issuePath(ref)}/assign-agent`, body, { 'Idempotency-Key': idempotencyKey }),
  runs: (filter: RunFilter, signal?: AbortSignal) => get<RunList>(`/api/runs${query({ ...filter })}`, signal),
  runCounts: (filter: RunCountsFilter, signal?: AbortSignal) =>
    get<RunCountsBody>(`/api/runs/counts${query({ ...filter })}`, signal),
  runChoices: (signal?: AbortSignal) => get<RunChoicesBody>('/api/runs/choices', signal),
  run: (id: string, signal?: AbortSignal) => get<RunBody>(runPath(id), signal),
  events: (id: string, after: number, signal?: AbortSignal) =>
    get<LedgerPage>(`${runPath(id)}/events${query({ after, limit: EVENTS_PER_REQUEST_MAX })}`, signal),
  /** Lines after the one of number `after`, or from the start with null. */
  logs: (id: string, after: number | null, signal?: AbortSignal) =>
    get<LogPage>(
      `${runPath(id)}/logs${query({ after: after ?? undefined, limit: LOG_LINES_PER_REQUEST_MAX })}`,
      signal,
    ),
  logCount: (id: string, signal?: AbortSignal) => get<LogCountBody>(`${runPath(id)}/logs/count`, signal),
  runActions: (id: string, signal?: AbortSignal) => get<RunActionsBody>(`${runPath(id)}/actions`, signal),
  /** The issue of a Run in its tree, with so many levels below it. */
  runIssues: (id: string, levels: number, signal?: AbortSignal) =>
    get<RunIssuesBody>(`${runPath(id)}/issues${query({ levels })}`, signal),
  /** How far the base branch has moved since the last attempt. */
  runBase: (id: string, signal?: AbortSignal) => get<RunBaseBody>(`${runPath(id)}/base`, signal),
  changes: (id: string, signal?: AbortSignal) => get<ChangesBody>(`${runPath(id)}/changes`, signal),
  sandbox: (id: string, signal?: AbortSignal) => get<SandboxBody>(`${runPath(id)}/sandbox`, signal),
  /** Opens the next attempt. The same key twice is one. */
  retry: (id: string, body: RetryRequest, idempotencyKey: string) =>
    post<RunBody>(`${runPath(id)}/retry`, body, { 'Idempotency-Key': idempotencyKey }),
  cancel: (id: string, body: CancelRequest) => post<RunBody>(`${runPath(id)}/cancel`, body),
  pause: (id: string) => post<RunBody>(`${runPath(id)}/pause`, {}),
  /** Has a Run that waits for its turn looked at now. */
  advance: (id: string) => post<RunBody>(`${runPath(id)}/advance`, {}),
  resume: (id: string) => post<RunBody>(`${runPath(id)}/resume`, {}),
  /** Tells the agent something while it works. The same key twice is one message. */
  prompt: (id: string, prompt: string, idempotencyKey: string) =>
    post<RunBody>(`${runPath(id)}/prompt`, { prompt }, { 'Idempotency-Key': idempotencyKey }),
  /** Ends the Run and its sandbox at once; for admins of its repository. */
  kill: (id: string, body: { reason: string }) => post<RunBody>(`${runPath(id)}/kill`, body),
  issues: (filter: IssueFilter, signal?: AbortSignal) =>
    get<IssueListBody>(`/api/issues${query({ ...filter })}`, signal),
  repository: (owner: string, repo: string, signal?: AbortSignal) =>
    get<RepositoryBody>(repositoryPath(owner, repo), signal),
  verify: (owner: string, repo: string) => post<VerifyBody>(`${repositoryPath(owner, repo)}/verify`, {}),
  agents: (signal?: AbortSignal) => get<AgentList>('/api/agents', signal),
  agent: (name: string, signal?: AbortSignal) => get<AgentBody>(`/api/agents/${encodeURIComponent(name)}`, signal),
  tokens: (signal?: AbortSignal) => get<ApiTokensBody>('/api/admin/tokens', signal),
  checks: (signal?: AbortSignal) => get<ChecksBody>('/api/admin/checks', signal),
  proposeWorkflow: (body: { repository: string }) => post<OnboardingBody>('/api/admin/checks/onboarding', body),
  /** The same key twice opens one issue. */
  openTestIssue: (repository: string, idempotencyKey: string) =>
    post<TestIssueBody>('/api/admin/checks/test-issue', { repository }, { 'Idempotency-Key': idempotencyKey }),
  /** Before there is an App. */
  setup: {
    read: (signal?: AbortSignal) => get<SetupBody>('/api/setup', signal),
    claim: (token: string) => post<null>('/api/setup/claim', { token }),
    reach: () => post<ReachBody>('/api/setup/reach', {}),
    manifest: (body: ManifestRequest) => post<ManifestForm>('/api/setup/manifest', body),
    convert: (body: ConversionRequest) => post<ConfiguredBody>('/api/setup/conversion', body),
    existing: (body: ExistingRequest) => post<ConfiguredBody>('/api/setup/existing', body),
  },
  /** Ends the session; answers nothing. */
  signOut: () => post<null>('/api/auth/logout', {}),
}

/** Where "Sign in" leads, coming back to `path` afterwards. */
export function loginHref(loginUrl: string, path: string): string {
  const url = new URL(loginUrl, window.location.origin)
  url.searchParams.set('returnTo', path)
  return url.origin === window.location.origin ? `${url.pathname}${url.search}` : url.href
}

function repositoryPath(owner: string, repo: string): string {
  return `/api/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`
}

function issuePath({ owner, repo, number }: IssueRef): string {
  return `${repositoryPath(owner, repo)}/issues/${number}`
}

function runPath(id: string): string {
  return `/api/runs/${encodeURIComponent(id)}`
}

/** `?name=value…`, without what is undefined. */
export function query(parameters: Record<string, string | number | undefined>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { method: 'GET' }, {}, signal)
}

export function post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  return send<T>('POST', path, body, headers)
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return send<T>('PUT', path, body)
}

function send<T>(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const init = { method, body: JSON.stringify(body) }
  return call<T>(path, init, { 'Content-Type': 'application/json', ...headers })
}

async function call<T>(
  path: string,
  init: RequestInit,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const sentAtMs = Date.now()
  const answer = await fetch(path, {
    ...init,
    headers: { Accept: 'application/json', ...headers },
    credentials: 'same-origin',
    redirect: 'error',
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw unreachable()
  })
  learnServerTime(answer.headers.get('Date'), sentAtMs, Date.now())
  if (answer.status === 204) return null as T
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok) throw new ProblemError(answer.status, isRecord(body) ? body : {})
  return body as T
}

function unreachable(): ProblemError {
  return new ProblemError(0, {
    code: 'unreachable',
    title: 'The server could not be reached',
    detail: 'Check your connection and try again.',
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function errorsOf(value: unknown): ProblemError['errors'] {
  return (Array.isArray(value) ? value : []).flatMap((one: unknown) => {
    const [path, message] = isRecord(one) ? [text(one['path']), text(one['message'])] : [null, null]
    return path !== null && message !== null ? [{ path, message }] : []
  })
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
