/**
 * The environment, read once: every setting with its default, its meaning and its check. A wrong environment is told
 * all at once, one sentence for each problem, because fixing settings one restart at a time is miserable.
 */
import type { z } from 'zod'

import * as value from './config/values.ts'
import type { ApiToken, ExecutorWorkflow, RepositoryRefSetting } from './config/values.ts'
import { DELIVERY_LEASE_MS, EFFECT_LEASE_MS, defaultClocks } from './domain/policy.ts'
import type { Clocks } from './domain/policy.ts'

/** `sysexits.h` EX_CONFIG: main ends with it, so that a supervisor can tell a wrong setting from a crash. */
const EXIT_CONFIG = 78

/** Thrown with everything that is wrong, never with a value that could be a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly exitCode = EXIT_CONFIG
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`
    super(`Deckhand cannot start. ${count} your attention:\n${problems.map((p) => `  - ${p}`).join('\n')}`)
    this.problems = problems
  }
}

export interface Config {
  appId: number
  /** PEM */
  privateKey: string
  webhookSecret: string
  mongodbUri: string
  /** Origin without a trailing slash. */
  publicUrl: string
  host: string
  port: number
  githubApiUrl: string
  githubUrl: string
  oidcIssuer: string
  /** null: each Run's target repository runs its own job. */
  executorRepository: RepositoryRefSetting | null
  executorWorkflows: ExecutorWorkflow[]
  allowSelfHostedRunners: boolean
  clientId: string
  clientSecret: string
  /** Logins in lower case. */
  admins: string[]
  secretKey: string
  apiTokens: ApiToken[]
  sandbox: {
    provider: 'e2b' | 'local'
    localIsolation: 'auto' | 'none'
    e2b: { apiKey: string | null; apiUrl: string | null; sandboxUrl: string | null }
  }
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** null: no traces. */
  otlpEndpoint: string | null
  clocks: Clocks
  sweepIntervalMs: number
  /** How long a replica that dies keeps its work from the others. */
  effectLeaseMs: number
  deliveryLeaseMs: number
  drainNoticeMs: number
}

/** One setting: `fallback` null means that it must be given, '' that it may be absent. */
interface Setting<T> {
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

const settings = {
  APP_ID: setting(value.whole(1, Number.MAX_SAFE_INTEGER), null, 'Number of the GitHub App, from its settings page.'),
  PRIVATE_KEY: setting(
    value.privateKey,
    null,
    'Private key of the App: the PEM text (line ends may be \\n) or its path.',
  ),
  WEBHOOK_SECRET: setting(value.secret, null, 'Secret that GitHub signs webhooks with; 32 bytes or more.'),
  MONGODB_URI: setting(value.required, null, 'MongoDB replica set, with the database in its path.'),
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
    null,
    'Workflows that may report on Runs, comma-separated: `owner/repo/.github/workflows/run-agent.yml@<sha>`.',
  ),
  ALLOW_SELF_HOSTED_RUNNERS: setting(value.flag, 'false', 'Whether a job on a self-hosted runner may report on Runs.'),
  CLIENT_ID: setting(value.required, null, "The App's client id, for signing in with GitHub."),
  CLIENT_SECRET: setting(value.required, null, "The App's client secret, for signing in with GitHub."),
  ADMINS: setting(
    value.list(value.parseLogin),
    '',
    'Logins of the people who may administer everything, comma-separated.',
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
  E2B_API_KEY: setting(value.optional, '', 'Key of the E2B provider; needed with SANDBOX_PROVIDER=e2b.'),
  E2B_API_URL: setting(value.optionalAddress, '', "Address of E2B's API.", "E2B's own"),
  E2B_SANDBOX_URL: setting(value.optionalAddress, '', "Address of E2B's sandboxes.", "E2B's own"),
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
  RUN_TIMEOUT_MS: clock(defaultClocks.runMs, 'The whole Run.'),
  PUBLISH_TIMEOUT_MS: clock(defaultClocks.publishMs, 'An accepted proposal to its pull request.'),
  CANCEL_GRACE_MS: clock(defaultClocks.cancelGraceMs, 'A cancel that is not heard becomes a kill after this.'),
  SANDBOX_MARGIN_MS: clock(defaultClocks.sandboxMarginMs, "How far a sandbox's own lifetime exceeds its Run's."),
  PAUSE_TIMEOUT_MS: clock(defaultClocks.pauseMs, 'How long a Run may stay paused.'),
  SWEEP_INTERVAL_MS: clock(30_000, 'Time between two looks for Runs that are due.'),
  EFFECT_LEASE_MS: clock(EFFECT_LEASE_MS, 'After this, others do the write to GitHub that a lost replica had begun.'),
  DELIVERY_LEASE_MS: clock(DELIVERY_LEASE_MS, 'After this, others take in the webhook that a lost replica had begun.'),
  DRAIN_NOTICE_MS: clock(5_000, 'Between SIGTERM and the last accepted request: `/readyz` says no, for balancers.'),
} satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof settings
type Values = { [N in SettingName]: z.output<(typeof settings)[N]['schema']> }

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

/**
 * Reads the settings. An empty string counts as missing.
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const [name, { fallback, about, schema }] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const given = env[name]?.trim() || fallback
    if (given === null) {
      problems.push(`${name} is missing. Set it: ${about}`)
      continue
    }
    const parsed = schema.safeParse(given)
    if (parsed.success) values[name] = parsed.data
    else problems.push(...parsed.error.issues.map((issue) => `${name} ${issue.message}`))
  }
  problems.push(...contradictions(values as Partial<Values>))
  if (problems.length > 0) throw new ConfigError(problems)
  return toConfig(values as Values)
}

function contradictions(v: Partial<Values>): string[] {
  const problems: string[] = []
  if (v.SANDBOX_PROVIDER === 'e2b' && v.E2B_API_KEY === null) {
    problems.push('E2B_API_KEY is missing, and SANDBOX_PROVIDER is e2b. Set the key, or SANDBOX_PROVIDER=local.')
  }
  if (v.HEARTBEAT_MS && v.HEARTBEAT_LOST_MS && v.HEARTBEAT_LOST_MS <= v.HEARTBEAT_MS) {
    problems.push('HEARTBEAT_LOST_MS is not longer than HEARTBEAT_MS. Allow for several heartbeats.')
  }
  if (v.EXECUTOR_WORKFLOW?.length === 0) {
    problems.push('EXECUTOR_WORKFLOW names no workflow, so no job could report. Name at least one.')
  }
  const names = v.API_TOKENS?.map((token) => token.name) ?? []
  if (new Set(names).size < names.length) problems.push('API_TOKENS names a machine twice. Give each its own name.')
  return problems
}

function toConfig(v: Values): Config {
  return {
    appId: v.APP_ID,
    privateKey: v.PRIVATE_KEY,
    webhookSecret: v.WEBHOOK_SECRET,
    mongodbUri: v.MONGODB_URI,
    publicUrl: v.PUBLIC_URL,
    host: v.HOST ?? (value.isLoopback(new URL(v.PUBLIC_URL)) ? '127.0.0.1' : '0.0.0.0'),
    port: v.PORT,
    githubApiUrl: v.GITHUB_API_URL,
    githubUrl: v.GITHUB_URL,
    oidcIssuer: v.ACTIONS_OIDC_ISSUER,
    executorRepository: v.EXECUTOR_REPOSITORY,
    executorWorkflows: v.EXECUTOR_WORKFLOW,
    allowSelfHostedRunners: v.ALLOW_SELF_HOSTED_RUNNERS,
    clientId: v.CLIENT_ID,
    clientSecret: v.CLIENT_SECRET,
    admins: v.ADMINS,
    secretKey: v.SECRET_KEY,
    apiTokens: v.API_TOKENS,
    sandbox: {
      provider: v.SANDBOX_PROVIDER,
      localIsolation: v.SANDBOX_LOCAL_ISOLATION,
      e2b: { apiKey: v.E2B_API_KEY, apiUrl: v.E2B_API_URL, sandboxUrl: v.E2B_SANDBOX_URL },
    },
    logLevel: v.LOG_LEVEL,
    otlpEndpoint: v.OTEL_EXPORTER_OTLP_ENDPOINT,
    clocks: {
      dispatchMs: v.DISPATCH_TIMEOUT_MS,
      queuedMs: v.QUEUED_TIMEOUT_MS,
      acquireMs: v.SANDBOX_ACQUIRE_TIMEOUT_MS,
      heartbeatMs: v.HEARTBEAT_MS,
      heartbeatLostMs: v.HEARTBEAT_LOST_MS,
      agentMs: v.AGENT_TIMEOUT_MS,
      runMs: v.RUN_TIMEOUT_MS,
      publishMs: v.PUBLISH_TIMEOUT_MS,
      cancelGraceMs: v.CANCEL_GRACE_MS,
      sandboxMarginMs: v.SANDBOX_MARGIN_MS,
      pauseMs: v.PAUSE_TIMEOUT_MS,
    },
    sweepIntervalMs: v.SWEEP_INTERVAL_MS,
    effectLeaseMs: v.EFFECT_LEASE_MS,
    deliveryLeaseMs: v.DELIVERY_LEASE_MS,
    drainNoticeMs: v.DRAIN_NOTICE_MS,
  }
}
