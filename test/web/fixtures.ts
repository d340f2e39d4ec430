/** Bodies in the shape of the contracts, with one story in them: octocat gives issue 101 of acme/shop to the stub agent. */
import type {
  ChangesBody,
  LedgerEventBody,
  LogPage,
  RunActionsBody,
  RunBody,
  SandboxBody,
  SessionBody,
} from '#contracts/api.ts'
import type { IssueBody, IssueLink, IssueNode, IssueTree } from '#contracts/issues.ts'
import { statusView } from '#contracts/status.ts'

export const RUN_ID = 'r_8k2f0q7w3z'
const START_MS = Date.now() - 192_000
const SHA = '4f1c2ab09d3e5f60718293a4b5c6d7e8f9012345'
export const at = (offsetMs: number) => new Date(START_MS + offsetMs).toISOString()

const repository = { id: 9001, owner: 'acme', name: 'shop', private: true }

/** A queued Run; `over` says what is different. The view always fits the status. */
export function makeRun(over: Partial<RunBody> = {}): RunBody {
  const id = over.id ?? RUN_ID
  const run: Omit<RunBody, 'took'> = {
    id,
    status: 'queued',
    phase: 'dispatching',
    view: statusView('queued', null),
    reason: null,
    pause: null,
    cancelRequested: false,
    attempt: 1,
    agent: 'stub',
    gatesOff: false,
    waitingFor: null,
    dryRun: false,
    whyUnheard: null,
    repository,
    issue: { number: 101, title: 'Add CSV export to orders', url: 'https://github.com/acme/shop/issues/101' },
    requestedBy: { id: 583231, login: 'octocat' },
    via: 'comment',
    base: { ref: 'main', sha: SHA },
    branch: null,
    pullRequest: null,
    sandbox: null,
    workflowRun: null,
    progress: null,
    git: { commits: 0, files: 0, additions: 0, deletions: 0, latestCommitMessage: null },
    trust: null,
    createdAt: at(0),
    startedAt: null,
    endedAt: null,
    updatedAt: at(0),
    deadlineAt: null,
    seq: 2,
    links: {
      self: `/api/runs/${id}`,
      html: `/runs/${id}`,
      events: `/api/runs/${id}/events`,
      stream: `/api/runs/${id}/stream`,
    },
    ...over,
  }
  const took = over.took ?? { from: run.createdAt, to: run.endedAt }
  return { ...run, took, view: statusView(run.status, run.reason?.code ?? null) }
}

const job = { id: 77120045, attempt: 1, url: 'https://github.com/acme/shop/actions/runs/77120045' }
export const working = { ...job, status: 'in_progress' as const, conclusion: null }
export const ended = (conclusion: string) => ({ ...job, status: 'completed' as const, conclusion })
const bound = {
  workflowRun: ended('success'),
  trust: 'oidc' as const,
  startedAt: at(1_200),
}
const sandbox = { provider: 'e2b', id: 'sbx_91f0', isolation: 'vm' as const, state: 'live' as const }
const branch = {
  name: 'agent/101-add-csv-export-8k2f0q7w3z',
  sha: SHA,
  url: 'https://github.com/acme/shop/tree/agent/101-add-csv-export-8k2f0q7w3z',
}

export const runningRun = (over: Partial<RunBody> = {}) =>
  makeRun({
    ...bound,
    workflowRun: working,
    status: 'running',
    phase: 'executing',
    sandbox,
    progress: { step: 4, of: 6, title: 'Agent working' },
    deadlineAt: new Date(Date.now() + 3_400_000).toISOString(),
    updatedAt: at(10_000),
    seq: 9,
    ...over,
  })

export const pausedRun = (over: Partial<RunBody> = {}) =>
  runningRun({
    status: 'paused',
    phase: null,
    reason: { code: 'paused_by_person', cause: 'octocat paused the run.', remedy: 'Resume or cancel it.' },
    pause: { by: 'octocat', at: at(60_000) },
    workflowRun: ended('success'),
    took: { from: at(0), to: at(60_500) },
    sandbox: { ...sandbox, state: 'paused' },
    seq: 15,
    ...over,
  })

export const succeededRun = (over: Partial<RunBody> = {}) =>
  makeRun({
    ...bound,
    status: 'succeeded',
    phase: null,
    sandbox: { ...sandbox, state: 'gone' },
    reason: { code: 'pull_request_opened', cause: 'Pull request #207 is open.', remedy: 'Review it.' },
    branch,
    pullRequest: { number: 207, url: 'https://github.com/acme/shop/pull/207' },
    git: { commits: 2, files: 5, additions: 120, deletions: 8, latestCommitMessage: 'Add CSV writer' },
    endedAt: at(190_000),
    updatedAt: at(190_000),
    seq: 16,
    ...over,
  })

export const failedRun = (over: Partial<RunBody> = {}) =>
  makeRun({
    ...bound,
    workflowRun: ended('failure'),
    status: 'failed',
    phase: null,
    sandbox: null,
    reason: {
      code: 'sandbox_acquire_timeout',
      cause: 'No sandbox was ready within 60 s.',
      remedy: 'Try again in a few minutes; if it happens again, check the provider’s status page.',
    },
    endedAt: at(62_000),
    updatedAt: at(62_000),
    seq: 6,
    ...over,
  })

export const cancelledRun = (over: Partial<RunBody> = {}) =>
  makeRun({
    ...bound,
    status: 'cancelled',
    phase: null,
    sandbox: { ...sandbox, state: 'gone' },
    reason: {
      code: 'cancelled_by_person',
      cause: 'octocat cancelled the run.',
      remedy: 'Comment `/assign-agent` when you are ready.',
    },
    endedAt: at(40_000),
    updatedAt: at(40_000),
    seq: 12,
    ...over,
  })

/** What somebody with this access may do with a Run that another person asked for. */
export function runActions(access: 'read' | 'write' | 'admin' = 'admin'): RunActionsBody {
  const answer = (doing: string, need: 'write' | 'admin') => {
    const allowed = access === 'admin' || access === need
    return { allowed, why: allowed ? null : `You can read shop, but ${doing} this run needs ${need} access.` }
  }
  return {
    pause: answer('pausing', 'write'),
    resume: answer('resuming', 'write'),
    cancel: answer('cancelling', 'write'),
    retry: answer('retrying', 'write'),
    kill: answer('killing', 'admin'),
    prompt: answer('prompting', 'write'),
    advance: answer('advancing', 'write'),
  }
}

type Told = readonly [type: string, offsetMs: number, actor: string, data?: Record<string, unknown>]
const told: readonly Told[] = [
  ['run.requested', 0, 'octocat'],
  ['run.dispatched', 300, 'deckhand'],
  ['executor.bound', 1_100, 'deckhand'],
  ['executor.started', 1_200, 'executor'],
  ['sandbox.requested', 1_300, 'executor', { provider: 'e2b', attemptId: 'a1' }],
  [
    'sandbox.acquired',
    4_600,
    'executor',
    { provider: 'e2b', sandboxId: 'sbx_91f0', isolation: 'vm', ttlMs: 3_600_000, ms: 3_300 },
  ],
  ['workspace.prepared', 6_700, 'executor', { baseSha: SHA, bytes: 812_000, ms: 2_100 }],
  ['agent.started', 6_800, 'executor', { agent: 'stub' }],
  ['agent.progressed', 7_000, 'executor', { step: 1, of: 3, title: 'Read src/orders/list.ts', state: 'started' }],
  ['agent.progressed', 7_100, 'executor', { step: 1, of: 3, title: 'Read src/orders/list.ts', state: 'completed' }],
  ['agent.progressed', 7_200, 'executor', { step: 2, of: 3, title: 'Write src/orders/export.ts', state: 'started' }],
  [
    'agent.progressed',
    160_000,
    'executor',
    { step: 2, of: 3, title: 'Write src/orders/export.ts', state: 'completed' },
  ],
  [
    'agent.finished',
    161_000,
    'executor',
    { commits: 2, files: 5, additions: 120, deletions: 8, summary: '', ms: 154_200 },
  ],
  ['proposal.submitted', 161_500, 'executor', { commits: 2, files: 5, additions: 120, deletions: 8 }],
  ['branch.published', 170_000, 'deckhand', { name: branch.name, sha: SHA, commits: 2 }],
  [
    'pull_request.opened',
    189_000,
    'deckhand',
    { number: 207, url: 'https://github.com/acme/shop/pull/207', adopted: false },
  ],
  ['run.succeeded', 190_000, 'deckhand', { reason: 'pull_request_opened' }],
]

/** The ledger of the story's Run up to and including event number `upTo`. */
export function makeLedger(upTo: number = told.length): LedgerEventBody[] {
  return told
    .slice(0, upTo)
    .map(([type, offsetMs, actor, data], index) => ledgerEvent(index + 1, type, at(offsetMs), actor, data))
}

/** One event of the story's Run; the hashes have the right shape and mean nothing. */
export function ledgerEvent(
  seq: number,
  type: string,
  when: string,
  actor: string,
  data: Record<string, unknown> = {},
): LedgerEventBody {
  const hash = (n: number) => n.toString(16).padStart(64, '0')
  return {
    v: 1,
    runId: RUN_ID,
    attempt: 1,
    seq,
    type,
    at: when,
    actor,
    data,
    prev: seq === 1 ? null : hash(seq - 1),
    hash: hash(seq),
  }
}

/** A log of so many lines, as a test runner writes it: mostly plain, now and then a colour, a warning, an error. */
export function makeLog(lines: number): LogPage['lines'] {
  return Array.from({ length: lines }, (_, line) => {
    const level = line % 50 === 49 ? 'error' : line % 10 === 9 ? 'warn' : 'info'
    const text =
      level === 'error'
        ? `\u001B[1;31mFAIL\u001B[0m src/orders/export.test.ts > case ${line}`
        : `ok ${line} writes the header and one line for every order`
    return { line, at: at(line * 7), source: line % 3 === 0 ? 'executor' : 'agent', level, text }
  })
}

export function makeIssue(over: Partial<IssueBody> = {}): IssueBody {
  return {
    repository,
    number: 101,
    title: 'Add CSV export to orders',
    body: 'Our bookkeeper wants the orders as a spreadsheet.\n\n- [ ] A button on the list of orders\n- [ ] UTF-8, separated by commas\n\n<img src=x onerror="document.title = 1">',
    state: 'open',
    url: 'https://github.com/acme/shop/issues/101',
    labels: ['enhancement', 'orders'],
    agents: ['stub', 'claude'],
    assign: { allowed: true, why: null },
    runs: [],
    blockedBy: [],
    tree: makeTree(),
    ...over,
  }
}

export function makeTree(over: Partial<IssueTree> = {}): IssueTree {
  return { parent: null, children: [], truncated: false, move: { allowed: true, why: null }, ...over }
}

/** An issue in a tree, by its number. */
export function treeNode(number: number, over: Partial<IssueNode> = {}): IssueNode {
  const url = `https://github.com/acme/shop/issues/${number}`
  return {
    repository,
    number,
    title: `Part ${number}`,
    url,
    state: 'open',
    progress: null,
    run: null,
    children: [],
    ...over,
  }
}

/** Of an issue only what names it. */
export const linkOf = ({ number, title, url, state, ...issue }: IssueLink): IssueLink => ({
  repository: issue.repository,
  number,
  title,
  url,
  state,
})

export const session: SessionBody = {
  user: { id: 583231, login: 'octocat', avatarUrl: '/avatar.svg', admin: false },
  loginUrl: '/login/github',
  version: 'test-1',
  notice: null,
}

/** What the story's agent made. */
export const changes: ChangesBody = {
  from: 'branch',
  unavailable: null,
  url: 'https://github.com/acme/shop/compare/4f1c2ab...9d0e1f2',
  commits: [
    { sha: '9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f7081920', message: 'Add CSV writer' },
    { sha: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d', message: 'Add the button' },
  ],
  files: [
    {
      path: 'README.md',
      previousPath: null,
      status: 'modified',
      additions: 1,
      deletions: 1,
      patch: '@@ -1,2 +1,2 @@\n # Shop\n-Sells things.\n+Sells things, and tells of it as CSV.',
    },
    {
      path: 'src/orders/export.ts',
      previousPath: null,
      status: 'added',
      additions: 2,
      deletions: 0,
      patch: '@@ -0,0 +1,2 @@\n+export const header = \'id,total\'\n+// <img src=x onerror="document.title = 1">',
    },
    { path: 'src/logo.png', previousPath: null, status: 'added', additions: 0, deletions: 0, patch: null },
    {
      path: 'src/orders/rows.ts',
      previousPath: 'src/rows.ts',
      status: 'renamed',
      additions: 0,
      deletions: 0,
      patch: null,
    },
  ],
}

/** The story's sandbox while it lives, as somebody sees it who may not kill it. */
export const sandboxFacts: SandboxBody = {
  provider: 'e2b',
  id: 'sbx_91f0',
  isolation: 'vm',
  state: 'live',
  requestedAt: at(1_300),
  endsAt: new Date(Date.now() + 3_400_000).toISOString(),
  limits: { acquireMs: 60_000, agentMs: 300_000, runMs: 3_600_000, ttlMs: 90_000 },
  kill: { allowed: false, why: 'You can read shop, but killing this run needs admin access.' },
}
