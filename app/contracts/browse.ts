/** What the dashboard's pages of repositories, issues and agents read. */
import { z } from 'zod'

import { RepositoryFacts, RunBody } from './api.ts'
import { IsoTime } from './ids.ts'

export const runLimits = ['queuedMs', 'acquireMs', 'agentMs', 'runMs', 'pauseMs'] as const

/** Which new comments are posted beside the edited one (surfaces.md 1.5): at every end, where a person is needed, none. */
export const notifyLevels = ['all', 'needs-me', 'none'] as const
export type NotifyLevel = (typeof notifyLevels)[number]

/** `GET /api/repos/{owner}/{repo}`: a repository and the settings that Runs in it have. */
export const RepositoryBody = z.strictObject({
  repository: RepositoryFacts,
  url: z.string(),
  defaultBranch: z.string(),
  /** Whether the caller may start Runs here, and if not, the sentence that says why. */
  start: z.strictObject({ allowed: z.boolean(), why: z.string().nullable() }),
  triggerLabel: z.string(),
  labelRemovalCancels: z.boolean().describe('Whether taking the label off cancels the Run that it started'),
  allowedBots: z.array(z.string()).describe('Bots that may start Runs, as if they had write access'),
  notify: z.enum(notifyLevels),
  agents: z.array(z.string()),
  /** Where the job runs, as owner/name. */
  executor: z.string(),
  sandboxes: z.array(
    z.strictObject({
      name: z.enum(['e2b', 'local', 'docker']),
      title: z.string(),
      about: z.string(),
      chosen: z.boolean(),
      available: z.boolean(),
      why: z.string().nullable(),
    }),
  ),
  limits: z.array(z.strictObject({ name: z.enum(runLimits), ms: z.int() })),
})
export type RepositoryBody = z.infer<typeof RepositoryBody>

/** `GET /api/repos` */
export const RepositoryList = z.strictObject({
  repositories: z.array(z.strictObject({ ...RepositoryFacts.shape, defaultBranch: z.string() })),
  more: z
    .boolean()
    .describe(
      'Whether there may be others, which were not looked at or of which GitHub said nothing; each is found by its address.',
    ),
})
export type RepositoryList = z.infer<typeof RepositoryList>

const PermissionLevel = z.enum(['none', 'read', 'write', 'admin'])

/** `POST /api/repos/{owner}/{repo}/verify`: what the App may do there now, permission by permission. */
export const VerifyBody = z.strictObject({
  ok: z.boolean(),
  suspended: z.boolean(),
  permissions: z.array(
    z.strictObject({ name: z.string(), needed: PermissionLevel, granted: PermissionLevel, ok: z.boolean() }),
  ),
  /** Where permissions are granted on GitHub. */
  settingsUrl: z.string(),
  checkedAt: IsoTime,
})
export type VerifyBody = z.infer<typeof VerifyBody>

export const ISSUES_MAX = 100
export const issueRunFilters = ['none', 'live', 'ended'] as const

/** `GET /api/issues?…` */
export const IssueListQuery = z.strictObject({
  repository: z.string().max(140).optional(),
  /** Words that the title holds, or a number with or without `#`. */
  q: z.string().max(100).optional(),
  run: z.enum(issueRunFilters).optional(),
})
export type IssueListQuery = z.infer<typeof IssueListQuery>
export const IssueListBody = z.strictObject({
  /** Open issues, the one that changed last first; at most `ISSUES_MAX`. */
  issues: z.array(
    z.strictObject({
      repository: RepositoryFacts,
      number: z.int(),
      title: z.string(),
      url: z.string(),
      labels: z.array(z.string()),
      updatedAt: IsoTime,
      /** Its newest Run. */
      run: RunBody.nullable(),
    }),
  ),
  /** Every repository that the caller may choose, as owner/name. */
  repositories: z.array(z.string()),
  /** Those of them that were left out, because too many would have to be asked for. */
  left: z.int(),
  /** Those that GitHub gave no answer for, as owner/name. */
  unavailable: z.array(z.string()),
  /** More issues fit than are shown. */
  more: z.boolean(),
})
export type IssueListBody = z.infer<typeof IssueListBody>

export const AgentBody = z.strictObject({
  name: z.string(),
  kind: z.string(),
  about: z.string(),
  /** Taken where nobody names one. */
  isDefault: z.boolean(),
  /** Over the last `days`, in the repositories that the caller may read. */
  figures: z.strictObject({
    days: z.int(),
    runs: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    successRate: z.number().nullable(),
    medianMs: z.number().nullable(),
    repositories: z.int(),
  }),
})
export type AgentBody = z.infer<typeof AgentBody>

/** `GET /api/agents` */
export const AgentList = z.strictObject({ agents: z.array(AgentBody) })
export type AgentList = z.infer<typeof AgentList>
