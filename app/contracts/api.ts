/** The JSON API for people and machines: what the dashboard, the command line and other programs read and send. */
import { z } from 'zod'

import { MESSAGE_CHARS_MAX } from './callbacks.ts'
import { IsoTime, Isolation, RunId } from './ids.ts'
import { Phase, ReasonCode, RunStatus, WorkflowStatus } from './status.ts'

export const RUNS_PAGE_DEFAULT = 50
export const RUNS_PAGE_MAX = 100
export const EVENTS_PAGE_MAX = 1_000
export const INSTRUCTIONS_CHARS_MAX = 20_000
export const REASON_CHARS_MAX = 500

export const StatusViewBody = z.strictObject({
  key: z.enum(['queued', 'running', 'paused', 'waiting', 'succeeded', 'failed', 'cancelled', 'timed_out']),
  word: z.string(),
  octicon: z.string(),
  variant: z.enum(['secondary', 'accent', 'attention', 'success', 'danger']),
  emoji: z.string(),
})

export const RepositoryFacts = z.strictObject({
  id: z.int(),
  owner: z.string(),
  name: z.string(),
  private: z.boolean(),
})

/** A Run as everyone sees it. */
export const RunBody = z.strictObject({
  id: RunId,
  status: RunStatus,
  phase: Phase.nullable(),
  view: StatusViewBody,
  /** Why it ended or waits: a stable code, one sentence of cause and one remedy. */
  reason: z.strictObject({ code: ReasonCode, cause: z.string(), remedy: z.string() }).nullable(),
  /**
   * What keeps it from starting, whichever of the two: numbers of open issues of its repository that block its own, or its
   * position in line for a place, from 1. Null while nothing does.
   */
  waitingFor: z.strictObject({ issues: z.array(z.int()), position: z.int().nullable() }).nullable(),
  /** A pause that was asked for, by whom and when; the status says whether it was reached. */
  pause: z.strictObject({ by: z.string(), at: IsoTime }).nullable(),
  cancelRequested: z.boolean(),
  attempt: z.int(),
  agent: z.string(),
  /** `gate=none`: who asked for the Run turned the quality gates off. */
  gatesOff: z.boolean(),
  /** `dry-run`: nothing of what the agent makes is written to GitHub. */
  dryRun: z.boolean(),
  repository: RepositoryFacts,
  issue: z.strictObject({ number: z.int(), title: z.string(), url: z.string() }),
  requestedBy: z.strictObject({ id: z.int(), login: z.string() }),
  via: z.enum(['comment', 'label', 'api']),
  base: z.strictObject({ ref: z.string(), sha: z.string().nullable() }),
  branch: z.strictObject({ name: z.string(), sha: z.string(), url: z.string() }).nullable(),
  pullRequest: z.strictObject({ number: z.int(), url: z.string() }).nullable(),
  sandbox: z
    .strictObject({
      provider: z.string(),
      id: z.string().nullable(),
      isolation: Isolation.nullable(),
      state: z.enum(['requested', 'live', 'paused', 'gone']),
    })
    .nullable(),
  /** The job on GitHub; `status` and `conclusion` are GitHub's words, null where it has not said how it stands. */
  workflowRun: z
    .strictObject({
      id: z.int(),
      attempt: z.int(),
      url: z.string(),
      status: WorkflowStatus.nullable(),
      conclusion: z.string().nullable(),
    })
    .nullable(),
  /** Why the agent can be told nothing now, in a sentence; null while it can. */
  whyUnheard: z.string().nullable(),
  progress: z.strictObject({ step: z.int(), of: z.int(), title: z.string() }).nullable(),
  /** S001-056: what the agent's branch holds so far. */
  git: z.strictObject({
    commits: z.int(),
    files: z.int(),
    additions: z.int(),
    deletions: z.int(),
    latestCommitMessage: z.string().nullable(),
  }),
  trust: z.enum(['oidc', 'ticket']).nullable(),
  createdAt: IsoTime,
  startedAt: IsoTime.nullable(),
  endedAt: IsoTime.nullable(),
  /** How long the present attempt took: what it stood paused is left out, and `to` is null while its clock runs. */
  took: z.strictObject({ from: IsoTime, to: IsoTime.nullable() }),
  updatedAt: IsoTime,
  deadlineAt: IsoTime.nullable(),
  /** How many events the ledger holds; the last event's `seq`. */
  seq: z.int(),
  links: z.strictObject({ self: z.string(), html: z.string(), events: z.string(), stream: z.string() }),
})
export type RunBody = z.infer<typeof RunBody>

export const RunList = z.strictObject({ runs: z.array(RunBody), next: z.string().nullable() })
export type RunList = z.infer<typeof RunList>

/** How far back a list of Runs may reach. */
export const runWindows = ['1h', '24h', '7d', '30d'] as const
export type RunWindow = (typeof runWindows)[number]
export const RUN_SEARCH_CHARS_MAX = 100

/** `GET /api/runs?…`: every parameter at most once; anything else is refused with 400. */
export const RunQuery = z.strictObject({
  status: z.string().max(120).optional().describe('One or more statuses with commas between them'),
  repository: z.string().max(140).optional().describe('owner/name'),
  issue: z
    .string()
    .regex(/^\d{1,10}$/)
    .optional()
    .describe('Number of an issue'),
  agent: z.string().max(64).optional().describe('Name of an agent'),
  requestedBy: z.string().max(64).optional().describe('Login of who asked'),
  within: z.enum(runWindows).optional().describe('Only Runs that were asked for within this time'),
  q: z
    .string()
    .max(RUN_SEARCH_CHARS_MAX)
    .optional()
    .describe('Words of the title, `#issue`, a branch, or the id of a Run'),
  after: z.string().max(120).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional(),
})

/** `GET /api/runs/counts?…`: the same filters, but for what is counted. */
export const RunCountsQuery = RunQuery.pick({
  repository: true,
  issue: true,
  agent: true,
  requestedBy: true,
  within: true,
})
/** How many Runs there are of each status; `max` stands for that many and more. */
export const RunCountsBody = z.strictObject({
  counts: z.strictObject({
    queued: z.int(),
    running: z.int(),
    paused: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    cancelled: z.int(),
  }),
  max: z.int(),
})
export type RunCountsBody = z.infer<typeof RunCountsBody>

/** `GET /api/runs/choices`: what the filters of the list can be set to, as far as the caller may read it. */
export const RunChoicesBody = z.strictObject({
  repositories: z.array(z.string()),
  agents: z.array(z.string()),
  people: z.array(z.string()),
})
export type RunChoicesBody = z.infer<typeof RunChoicesBody>

export const LedgerEventBody = z.strictObject({
  v: z.int(),
  runId: RunId,
  attempt: z.int(),
  seq: z.int(),
  type: z.string(),
  at: IsoTime,
  actor: z.string(),
  data: z.record(z.string(), z.unknown()),
  prev: z.string().nullable(),
  hash: z.string(),
})
export type LedgerEventBody = z.infer<typeof LedgerEventBody>
export const LedgerPage = z.strictObject({ events: z.array(LedgerEventBody), next: z.int().nullable() })
export type LedgerPage = z.infer<typeof LedgerPage>

/** A line of a Run's log; `line` counts from 0 over the whole Run. The text is clean, but it is the agent's. */
export const LogLineBody = z.strictObject({
  line: z.int().min(0),
  at: IsoTime,
  source: z.enum(['agent', 'executor', 'sandbox']),
  level: z.enum(['info', 'warn', 'error']),
  text: z.string(),
})
export const LogPage = z.strictObject({ lines: z.array(LogLineBody), next: z.int().nullable() })
export type LogPage = z.infer<typeof LogPage>

/** `GET /api/runs/{id}/logs/count`: how many lines the log has. */
export const LogCountBody = z.strictObject({ lines: z.int().min(0) })
export type LogCountBody = z.infer<typeof LogCountBody>

/**
 * `GET /api/runs/{id}/changes`: what the agent made. Once it is published, as GitHub compares it; before that the files
 * of its proposal, without a diff, but for a dry run, of which there will be no other. `unavailable` is a sentence that
 * says why there is nothing to show.
 */
export const ChangesBody = z.strictObject({
  from: z.enum(['branch', 'proposal']).nullable(),
  unavailable: z.string().nullable(),
  url: z.string().nullable(),
  /** The pull request that a dry run would have opened; absent for every other Run. */
  wouldOpen: z.strictObject({ title: z.string(), body: z.string(), draft: z.boolean() }).optional(),
  commits: z.array(z.strictObject({ sha: z.string().nullable(), message: z.string() })),
  files: z.array(
    z.strictObject({
      path: z.string(),
      previousPath: z.string().nullable(),
      status: z.enum(['added', 'removed', 'modified', 'renamed', 'changed', 'written']),
      additions: z.int().nullable(),
      deletions: z.int().nullable(),
      /** Unified diff without its header; null where there is none to show. */
      patch: z.string().nullable(),
    }),
  ),
})
export type ChangesBody = z.infer<typeof ChangesBody>

/** `GET /api/runs/{id}/sandbox`: where the Run is, or was, executed, and whether the caller may end it. */
export const SandboxBody = z.strictObject({
  provider: z.string(),
  id: z.string().nullable(),
  isolation: Isolation.nullable(),
  state: z.enum(['none', 'requested', 'live', 'paused', 'gone']),
  requestedAt: IsoTime.nullable(),
  /** When the provider ends it by itself; heartbeats renew it. */
  endsAt: IsoTime.nullable(),
  limits: z.strictObject({ acquireMs: z.int(), agentMs: z.int(), runMs: z.int(), ttlMs: z.int().nullable() }),
  kill: z.strictObject({ allowed: z.boolean(), why: z.string().nullable() }),
})
export type SandboxBody = z.infer<typeof SandboxBody>

const Permitted = z.strictObject({ allowed: z.boolean(), why: z.string().nullable() })
/** `GET /api/runs/{id}/actions`: what the caller's access lets them do; `why` is for people who may not. */
export const RunActionsBody = z.strictObject({
  pause: Permitted,
  resume: Permitted,
  cancel: Permitted,
  retry: Permitted,
  kill: Permitted,
  prompt: Permitted,
  advance: Permitted,
})
export type RunActionsBody = z.infer<typeof RunActionsBody>

/** `GET /api/repos/{owner}/{repo}/badge`: addresses to put into a page; those of private repositories carry a token. */
export const BadgeLinks = z.strictObject({
  svg: z.string(),
  json: z.string(),
  markdown: z.string(),
  expiresAt: IsoTime.nullable(),
})
export type BadgeLinks = z.infer<typeof BadgeLinks>

/** Of one option's text; a whole command line may not be longer. */
const OPTION_CHARS_MAX = 300
const option = z.string().max(OPTION_CHARS_MAX).optional()
/** What `/assign-agent` can say. Here is only what type each field has; what it may say is the grammar's to judge. */
export const AssignRequest = z.strictObject({
  agent: z.string().max(64).optional().describe('Name of the agent; without it the default'),
  instructions: z.string().max(INSTRUCTIONS_CHARS_MAX).optional().describe('What to tell the agent besides the issue'),
  base: option.describe("Branch to start from and to merge into; without it the repository's default branch"),
  timeout: option.describe('Time limit such as 90s, 30m or 2h; without it the usual one, which is also the longest'),
  priority: option.describe('low, normal or high: where it stands in a line; high needs maintain or admin access'),
  draft: z.boolean().optional().describe('Whether to open the pull request as a draft'),
  gate: option.describe('none turns the quality gates off, which needs maintain or admin access'),
  dryRun: z.boolean().optional().describe('Whether to do everything but push: no branch, no pull request'),
  plan: z.boolean().optional().describe('Does not work yet: true is refused'),
})
export type AssignRequest = z.infer<typeof AssignRequest>

export const CancelRequest = z.strictObject({ reason: z.string().max(REASON_CHARS_MAX).optional() })
export type CancelRequest = z.infer<typeof CancelRequest>

/** `POST /api/runs/{id}/retry`: without instructions the agent gets those that it had. */
export const RetryRequest = z.strictObject({ instructions: z.string().max(INSTRUCTIONS_CHARS_MAX).optional() })
export type RetryRequest = z.infer<typeof RetryRequest>

/** `POST /api/runs/{id}/prompt`: what the agent is told while it works. */
export const PromptRequest = z.strictObject({
  prompt: z.string().min(1).max(MESSAGE_CHARS_MAX).describe('What to tell the agent before its next step'),
})

/** GitHub lists no more commits between two than these. */
export const BASE_MOVED_MAX = 250
/** `GET /api/runs/{id}/base`: whether the next attempt would start from another commit than the last one did. */
export const RunBaseBody = z.strictObject({
  ref: z.string(),
  /** Where the attempt started, and where the branch is now; null where nobody knows. */
  sha: z.string().nullable(),
  head: z.string().nullable(),
  /** How many commits came since; at most `BASE_MOVED_MAX`. Null where they cannot be compared. */
  moved: z.int().nullable(),
})
export type RunBaseBody = z.infer<typeof RunBaseBody>

/** `POST /api/runs/{id}/kill` */
export const KillRequest = z.strictObject({ reason: z.string().max(REASON_CHARS_MAX).optional() })

/** `POST /api/runs/kill-all`: `all` also turns the kill switch on. */
export const KillAllRequest = z.strictObject({
  scope: z.union([z.literal('all'), z.strictObject({ repository: z.string().max(140) })]),
  reason: z.string().max(REASON_CHARS_MAX).optional(),
})
/** The Runs that were hit, and the ids of those that could not be: ask again for them. */
export const KillAllBody = z.strictObject({
  runs: z.array(RunBody),
  failed: z.array(RunId),
  killSwitch: z.boolean(),
})
export type KillAllBody = z.infer<typeof KillAllBody>

/** `PUT /api/admin/kill-switch` */
export const KillSwitchRequest = z.strictObject({
  on: z.boolean(),
  reason: z.string().max(REASON_CHARS_MAX).optional(),
})
/** `confirmed` is false when nobody could be asked; it then counts as on. The others tell of the last flip. */
export const KillSwitchBody = z.strictObject({
  on: z.boolean(),
  confirmed: z.boolean(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  at: IsoTime.nullable(),
})
export type KillSwitchBody = z.infer<typeof KillSwitchBody>

/** `GET /api/session`: who is signed in, or null. */
export const SessionBody = z.strictObject({
  user: z.strictObject({ id: z.int(), login: z.string(), avatarUrl: z.string(), admin: z.boolean() }).nullable(),
  loginUrl: z.string(),
  version: z.string(),
  /** What whoever runs this instance wants every page to show on top. */
  notice: z.string().nullable(),
})
export type SessionBody = z.infer<typeof SessionBody>

/** `GET /api/admin/tokens`: who may use the API as a program; the tokens themselves are known to their owners only. */
export const ApiTokensBody = z.strictObject({
  tokens: z.array(
    z.strictObject({ name: z.string(), repositories: z.string(), role: z.enum(['read', 'write', 'admin']) }),
  ),
})
export type ApiTokensBody = z.infer<typeof ApiTokensBody>

/**
 * Names of the events of a Run's stream (S003-118 to S003-125). The data of each is a `RunStreamData`; `id:` is
 * `<runId>/<seq>`, which the browser sends back as `Last-Event-ID`.
 */
export const runStreamEvents = [
  'workflow.started',
  'workflow.step.started',
  'workflow.step.completed',
  'workflow.step.failed',
  'workflow.completed',
  'workflow.failed',
  'ci.status',
  'issue.updated',
] as const
export type RunStreamEvent = (typeof runStreamEvents)[number]
/** Besides those: `ping` (every 30 s), `auth` (the session ended), `reset` (refetch, the place is too old). */
export const RunStreamData = z.strictObject({
  v: z.literal(1),
  topic: z.string(),
  type: z.string(),
  seq: z.int(),
  at: IsoTime,
  data: z.record(z.string(), z.unknown()),
  run: RunBody,
})
export type RunStreamData = z.infer<typeof RunStreamData>

/**
 * `GET /api/stream?topics=…`: messages are named `change`, with a `RunStreamData` that tells of the Run's last event; a
 * reader that sees a gap in `seq` reads the ledger. `id:` is the place; besides those, `ping`, `auth` and `reset`.
 */
export const TOPICS_MAX = 100
export const TOPICS_CHARS_MAX = 4_000
