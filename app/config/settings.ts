/** Every setting of the environment with its default, its meaning and its check: the one table that is read and documented. */
import type { z } from 'zod'

import { notifyLevels } from '../contracts/browse.ts'
import { DELIVERY_LEASE_MS, EFFECT_LEASE_MS, RUN_MS_MAX, defaultClocks } from '../domain/policy.ts'
import { releasedWorkflow } from './released.ts'
import * as value from './values.ts'

/** One setting: `fallback` null means that it must be given, '' that it may be absent. */
export interface Setting<T> {
  about: string
  fallback: string | null
  schema: z.ZodType<T, string>
  /** What the table shows as the default, where that is not the fallback itself. */
  shown?: string
}

const setting = <T>(
  schema: z.ZodType<T, string>,
  fallback: string | null,
  about: string,
  shown?: string,
): Setting<T> => ({
  schema,
  fallback,
  about,
  ...(shown === undefined ? {} : { shown }),
})

const clock = (ms: number, about: string): Setting<number> => setting(value.milliseconds, String(ms), about)

/** What the table shows for settings of the App: set-up makes them, and the environment wins over what it made. */
const FROM_SET_UP = 'from set-up'

export const settings = {
  APP_ID: setting(
    value.whole(1, Number.MAX_SAFE_INTEGER),
    null,
    'Number of the GitHub App, from its settings page.',
    FROM_SET_UP,
  ),
  PRIVATE_KEY: setting(
    value.privateKey,
    null,
    'Private key of the App: the PEM text (line ends may be \\n) or its path.',
    FROM_SET_UP,
  ),
  WEBHOOK_SECRET: setting(value.secret, null, 'Secret that GitHub signs webhooks with; 32 bytes or more.', FROM_SET_UP),
  MONGODB_URI: setting(value.mongodbUri, null, 'MongoDB replica set, with the database in its path.'),
  PUBLIC_URL: setting(
    value.origin,
    null,
    'Address where people, GitHub and jobs reach Deckhand; https, or http on loopback.',
  ),
  HOST: setting(
    value.optional,
    '',
    'Network address to listen on.',
    '0.0.0.0, and 127.0.0.1 when PUBLIC_URL is a loopback address',
  ),
  PORT: setting(value.whole(0, 65_535), '3001', 'Port to listen on; 0 takes a free one.'),
  GITHUB_API_URL: setting(value.address, 'https://api.github.com', "Address of GitHub's REST API."),
  GITHUB_URL: setting(value.address, 'https://github.com', "Address of GitHub's pages, sign-in and git."),
  ACTIONS_OIDC_ISSUER: setting(
    value.address,
    'https://token.actions.githubusercontent.com',
    'Issuer of the tokens by which a job proves who it is.',
  ),
  EXECUTOR_REPOSITORY: setting(
    value.text((given) => (given === '' ? null : value.parseRepository(given))),
    '',
    'One central repository (owner/name) whose workflow runs every Run.',
    'each target repository',
  ),
  EXECUTOR_WORKFLOW: setting(
    value.list(value.parseWorkflow),
    releasedWorkflow(),
    'Workflows that may report on Runs, comma-separated: `owner/repo/.github/workflows/run-agent.yml@<sha>`.',
    "the release's, or from set-up",
  ),
  ALLOW_SELF_HOSTED_RUNNERS: setting(value.flag, 'false', 'Whether a job on a self-hosted runner may report on Runs.'),
  CLIENT_ID: setting(value.required, null, "The App's client id, for signing in with GitHub.", FROM_SET_UP),
  CLIENT_SECRET: setting(value.clientSecret, null, "The App's client secret, for signing in with GitHub.", FROM_SET_UP),
  RUNS_AT_ONCE_MAX: setting(
    value.whole(1, 1_000),
    '10',
    'How many Runs of one repository may be at work at once; the others wait in line.',
  ),
  RUNS_PER_DAY_MAX: setting(
    value.whole(0, 100_000),
    '50',
    'How many Runs of one repository may be asked for in a day (UTC); 0 is no limit.',
  ),
  NOTIFY: setting(
    value.oneOf(...notifyLevels),
    'needs-me',
    'New comments beside the status comment: at every end (`all`), where a person is needed (`needs-me`), or `none`.',
  ),
  TRIGGER_LABEL: setting(value.label, 'agent', 'Label that assigns the agent; `<label>:<agent>` picks one.'),
  LABEL_REMOVAL_CANCELS: setting(value.flag, 'true', 'Whether taking the label off cancels the Run that it started.'),
  COMMAND_IN_ISSUE_BODY: setting(
    value.flag,
    'false',
    'Whether `/assign-agent` in the first line of a new issue starts a Run.',
  ),
  ALLOWED_BOTS: setting(
    value.list(value.parseBot),
    '',
    'Bots whose comments and labels count as if they had write access, comma-separated, such as `renovate[bot]`.',
  ),
  ADMINS: setting(
    value.list(value.parseLogin),
    '',
    'Logins of people who may administer everything, as whoever owns the App may; comma-separated.',
    'from set-up, else none',
  ),
  SECRET_KEY: setting(value.secret, null, 'Key for signatures and for encryption at rest; 32 bytes or more.'),
  API_TOKENS: setting(
    value.list(value.parseToken),
    '',
    'Machines that may use the API, comma-separated: `name:sha256:repository-glob:read|write|admin`.',
  ),
  SANDBOX_PROVIDER: setting(value.oneOf('e2b', 'local'), 'e2b', 'Where agents run: `e2b`, or `local` on the runner.'),
  SANDBOX_LOCAL_ISOLATION: setting(
    value.oneOf('auto', 'none'),
    'auto',
    'How the local provider isolates: `auto` needs bubblewrap, `none` is a plain process.',
  ),
  E2B_API_KEY: setting(
    value.optional,
    '',
    'Key of the E2B provider; needed with SANDBOX_PROVIDER=e2b.',
    'from set-up, else none',
  ),
  E2B_API_URL: setting(value.optionalAddress, '', "Address of E2B's API.", "E2B's own"),
  E2B_SANDBOX_URL: setting(value.optionalAddress, '', "Address of E2B's sandboxes.", "E2B's own"),
  NOTICE: setting(
    value.notice,
    '',
    'One line that every page shows on top, such as what this instance is for.',
    'none',
  ),
  LOG_LEVEL: setting(
    value.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'Least severe level that is logged.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    value.optionalAddress,
    '',
    'OpenTelemetry collector that gets one trace a Run, by OTLP over HTTP.',
    'none: no traces',
  ),
  DISPATCH_TIMEOUT_MS: clock(defaultClocks.dispatchMs, "Dispatch to the job's first report."),
  QUEUED_TIMEOUT_MS: clock(defaultClocks.queuedMs, 'How long GitHub may keep the job queued.'),
  SANDBOX_ACQUIRE_TIMEOUT_MS: clock(defaultClocks.acquireMs, 'Getting a sandbox, over all tries.'),
  HEARTBEAT_MS: clock(defaultClocks.heartbeatMs, 'Time between two heartbeats of a job.'),
  HEARTBEAT_LOST_MS: clock(defaultClocks.heartbeatLostMs, 'Silence after which a job counts as lost.'),
  AGENT_TIMEOUT_MS: clock(defaultClocks.agentMs, 'The agent phase.'),
  RUN_TIMEOUT_MS: setting(
    value.whole(1, RUN_MS_MAX, ' (milliseconds)'),
    String(defaultClocks.runMs),
    'The whole Run; at most 20700000 (5 h 45 min), because GitHub ends its job after 6 hours.',
  ),
  PUBLISH_TIMEOUT_MS: clock(defaultClocks.publishMs, 'An accepted proposal to its pull request.'),
  CANCEL_GRACE_MS: clock(defaultClocks.cancelGraceMs, 'A cancel that is not heard becomes a kill after this.'),
  SANDBOX_MARGIN_MS: clock(defaultClocks.sandboxMarginMs, "How far a sandbox's own lifetime exceeds its Run's."),
  PAUSE_TIMEOUT_MS: clock(defaultClocks.pauseMs, 'How long a Run may stay paused.'),
  SWEEP_INTERVAL_MS: clock(30_000, 'Time between two looks for Runs that are due.'),
  PROBE_INTERVAL_MS: clock(
    600_000,
    'Time between two rounds of attacks that a replica makes on its own public address.',
  ),
  EFFECT_LEASE_MS: clock(EFFECT_LEASE_MS, 'After this, others do the write to GitHub that a lost replica had begun.'),
  DELIVERY_LEASE_MS: clock(DELIVERY_LEASE_MS, 'After this, others take in the webhook that a lost replica had begun.'),
  DRAIN_NOTICE_MS: clock(5_000, 'Between SIGTERM and the last accepted request: `/readyz` says no, for balancers.'),
} satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof settings
export type Values = { [N in SettingName]: z.output<(typeof settings)[N]['schema']> }

/** Every setting as the documentation shows it: `fallback` null means that the setting must be given. */
export function settingsTable(): { name: SettingName; fallback: string | null; about: string }[] {
  return Object.entries(settings).map(([name, { fallback, shown, about }]: [string, Setting<unknown>]) => ({
    name: name as SettingName,
    fallback: shown ?? fallback,
    about,
  }))
}

/** The table of settings as Markdown; the README holds exactly this text, which a test checks. */
export function settingsMarkdown(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const shown = (fallback: string | null) => (fallback === null ? '**required**' : fallback === '' ? 'none' : fallback)
  const rows = settingsTable().map((s) => `| \`${s.name}\` | ${cell(shown(s.fallback))} | ${cell(s.about)} |`)
  return ['| Setting | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
