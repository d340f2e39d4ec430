/**
 * The environment, read once: every setting with its default, its meaning and its check. A wrong environment is told
 * all at once, one sentence for each problem, because fixing settings one restart at a time is miserable.
 */
import { settings } from './config/settings.ts'
import type { Setting, SettingName, Values } from './config/settings.ts'
import { isLoopback } from './config/values.ts'
import type { ApiToken, ExecutorWorkflow, RepositoryRefSetting } from './config/values.ts'
import { setupChoices } from './contracts/setup.ts'
import type { SetupChoice } from './contracts/setup.ts'
import type { NotifyLevel } from './contracts/browse.ts'
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
  /** How we behave on GitHub. */
  surface: {
    notify: NotifyLevel
    label: string
    labelRemovalCancels: boolean
    commandInIssueBody: boolean
    /** Logins in lower case. */
    allowedBots: string[]
  }
  secretKey: string
  apiTokens: ApiToken[]
  sandbox: {
    provider: 'e2b' | 'local'
    localIsolation: 'auto' | 'none'
    e2b: { apiKey: string | null; apiUrl: string | null; sandboxUrl: string | null }
  }
  /** How many Runs of one repository may be at work at once. */
  runsAtOnceMax: number
  /** How many may be asked for in a day; 0 is no limit. */
  runsPerDayMax: number
  /** What every page shows on top. */
  notice: string | null
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** null: no traces. */
  otlpEndpoint: string | null
  clocks: Clocks
  sweepIntervalMs: number
  probeIntervalMs: number
  /** How long a replica that dies keeps its work from the others. */
  effectLeaseMs: number
  deliveryLeaseMs: number
  drainNoticeMs: number
}

export type Environment = Readonly<Record<string, string | undefined>>

/** What is wrong with one setting: its name and what `says` make a sentence. */
export interface SettingProblem {
  name: SettingName
  missing: boolean
  says: string
}

interface Reading {
  values: Partial<Values>
  problems: SettingProblem[]
}

const sentence = ({ name, says }: SettingProblem): string => `${name} ${says}`

/** An empty string counts as missing. */
function readAll(env: Environment): Reading {
  const problems: Reading['problems'] = []
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const [name, { fallback, about, schema }] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const given = env[name]?.trim() || fallback
    if (given === null) {
      problems.push({ name, missing: true, says: `is missing. Set it: ${about}` })
      continue
    }
    const parsed = schema.safeParse(given)
    if (parsed.success) values[name] = parsed.data
    else {
      // Two entries of a list may be wrong in the same words.
      const said = new Set(parsed.error.issues.map(({ message }) => message))
      problems.push(...[...said].map((says) => ({ name, missing: false, says })))
    }
  }
  const known = values as Partial<Values>
  return { values: known, problems: [...problems, ...contradictions(known)] }
}

/**
 * Reads the settings of the app at work.
 * @throws ConfigError with every problem at once
 */
export function readConfig(env: Environment): Config {
  const { values, problems } = readAll(env)
  if (problems.length > 0) throw new ConfigError(problems.map(sentence))
  return toConfig(values as Values)
}

const APP_SETTINGS = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'CLIENT_ID', 'CLIENT_SECRET'] as const
/** What set-up stores, by the names of the environment. */
export type StoredSettings = Readonly<Partial<Record<(typeof APP_SETTINGS)[number] | SetupChoice, string | undefined>>>

/** What runs before there is an App: the settings that set-up needs, and what it should ask people for. */
export type SetupConfig = Pick<
  Config,
  | 'mongodbUri'
  | 'publicUrl'
  | 'secretKey'
  | 'host'
  | 'port'
  | 'githubUrl'
  | 'githubApiUrl'
  | 'logLevel'
  | 'drainNoticeMs'
> & { asks: SetupChoice[] }

/** True when the environment says nothing of an App, so that set-up has to find or make one. */
export const namesNoApp = (env: Environment): boolean => APP_SETTINGS.every((name) => !env[name]?.trim())

/**
 * The settings before set-up: what set-up brings may be missing, everything that is given has to be right.
 * @throws ConfigError with every problem at once
 */
export function readSetupConfig(env: Environment): SetupConfig {
  const { values, problems } = readAll(env)
  const brought = new Set<string>([...APP_SETTINGS, ...setupChoices])
  const wrong = problems.filter(({ name, missing }) => !(missing && brought.has(name)))
  if (wrong.length > 0) throw new ConfigError(wrong.map(sentence))
  const asked = new Set(problems.map(({ name }) => name))
  const asks = setupChoices.filter((name) => {
    if (name === 'ADMINS') return values.ADMINS?.length === 0
    // Whoever has no key may rather run agents without E2B.
    if (name === 'SANDBOX_PROVIDER') return asked.has('E2B_API_KEY') && !env[name]?.trim()
    return asked.has(name)
  })
  const { mongodbUri, publicUrl, secretKey, host, port, githubUrl, githubApiUrl, logLevel, drainNoticeMs } = toConfig(
    values as Values,
  )
  return { mongodbUri, publicUrl, secretKey, host, port, githubUrl, githubApiUrl, logLevel, drainNoticeMs, asks }
}

/** What is wrong with what set-up would store, with the environment's own settings around it. */
export function problemsOfStored(env: Environment, stored: StoredSettings): SettingProblem[] {
  return readAll(withStored(env, stored)).problems
}

/** The same before there is an App: its settings are not asked for. */
export function problemsOfChoices(env: Environment, chosen: StoredSettings): SettingProblem[] {
  return problemsOfStored(env, chosen).filter(
    ({ name, missing }) => !(missing && (APP_SETTINGS as readonly string[]).includes(name)),
  )
}

/** The environment wins. What is stored for one App says nothing about another one that the environment names. */
export function withStored(env: Environment, stored: StoredSettings): Environment {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
  const other = given['APP_ID'] !== undefined && given['APP_ID'].trim() !== stored.APP_ID
  const useful = Object.entries(stored).filter(
    ([name]) => !(other && (APP_SETTINGS as readonly string[]).includes(name)),
  )
  return { ...Object.fromEntries(useful), ...given }
}

function contradictions(v: Partial<Values>): Reading['problems'] {
  const problems: Reading['problems'] = []
  const wrong = (name: SettingName, says: string, missing = false) => problems.push({ name, missing, says })
  if (v.SANDBOX_PROVIDER === 'e2b' && v.E2B_API_KEY === null) {
    const says = 'is missing, and SANDBOX_PROVIDER is e2b. Set the key, or SANDBOX_PROVIDER=local.'
    wrong('E2B_API_KEY', says, true)
  }
  if (v.HEARTBEAT_MS && v.HEARTBEAT_LOST_MS && v.HEARTBEAT_LOST_MS <= v.HEARTBEAT_MS) {
    wrong('HEARTBEAT_LOST_MS', 'is not longer than HEARTBEAT_MS. Allow for several heartbeats.')
  }
  if (v.EXECUTOR_WORKFLOW?.length === 0) {
    wrong('EXECUTOR_WORKFLOW', 'names no workflow, so no job could report. Name at least one.')
  }
  const names = v.API_TOKENS?.map((token) => token.name) ?? []
  if (new Set(names).size < names.length) {
    wrong('API_TOKENS', 'names a machine twice. Give each its own name.')
  }
  const cloud = { pages: v.GITHUB_URL === 'https://github.com', api: v.GITHUB_API_URL === 'https://api.github.com' }
  if (v.GITHUB_URL && v.GITHUB_API_URL && cloud.pages !== cloud.api) {
    const says =
      'names another GitHub than the setting of its API. For a GitHub Enterprise Server set both: GITHUB_URL=https://host and GITHUB_API_URL=https://host/api/v3.'
    wrong('GITHUB_URL', says)
  }
  return problems
}

function toConfig(v: Values): Config {
  return {
    appId: v.APP_ID,
    privateKey: v.PRIVATE_KEY,
    webhookSecret: v.WEBHOOK_SECRET,
    mongodbUri: v.MONGODB_URI,
    publicUrl: v.PUBLIC_URL,
    host: v.HOST ?? (isLoopback(new URL(v.PUBLIC_URL)) ? '127.0.0.1' : '0.0.0.0'),
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
    surface: {
      notify: v.NOTIFY,
      label: v.TRIGGER_LABEL,
      labelRemovalCancels: v.LABEL_REMOVAL_CANCELS,
      commandInIssueBody: v.COMMAND_IN_ISSUE_BODY,
      allowedBots: v.ALLOWED_BOTS,
    },
    secretKey: v.SECRET_KEY,
    apiTokens: v.API_TOKENS,
    sandbox: {
      provider: v.SANDBOX_PROVIDER,
      localIsolation: v.SANDBOX_LOCAL_ISOLATION,
      e2b: { apiKey: v.E2B_API_KEY, apiUrl: v.E2B_API_URL, sandboxUrl: v.E2B_SANDBOX_URL },
    },
    runsAtOnceMax: v.RUNS_AT_ONCE_MAX,
    runsPerDayMax: v.RUNS_PER_DAY_MAX,
    notice: v.NOTICE,
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
    probeIntervalMs: v.PROBE_INTERVAL_MS,
    effectLeaseMs: v.EFFECT_LEASE_MS,
    deliveryLeaseMs: v.DELIVERY_LEASE_MS,
    drainNoticeMs: v.DRAIN_NOTICE_MS,
  }
}
