/**
 * The composition root: settings → MongoDB → engine → GitHub, HTTP and loops. Whatever a layer may not import is passed
 * in here, so this is the one file that knows everybody.
 */
import { fileURLToPath } from 'node:url'

import { pino } from 'pino'
import type { Logger } from 'pino'

import { ConfigError, readConfig } from './config.ts'
import type { Config } from './config.ts'
import { Proposal } from './contracts/executor.ts'
import { createUrls } from './domain/render/urls.ts'
import { Engine } from './engine.ts'
import { GitHubError } from './github/errors.ts'
import { createGitHub } from './github/github.ts'
import { githubOAuth } from './github/oauth.ts'
import { Access } from './http/api/access.ts'
import { assigner } from './http/api/assign.ts'
import { identifier } from './http/api/identity.ts'
import type { GitHubReads } from './http/api/ports.ts'
import { apiRoutes } from './http/api/routes.ts'
import { executorRoutes } from './http/executor/routes.ts'
import { pageOrNotFound } from './http/pages.ts'
import { createServer } from './http/server.ts'
import { webhookRoutes } from './http/webhooks.ts'
import { newRunId, nonceOf, sandboxOwner, sha256, uuidv7 } from './ids.ts'
import { Drain } from './loops/drain.ts'
import { intake } from './loops/intake.ts'
import { reap } from './loops/reap.ts'
import { repeat } from './loops/repeat.ts'
import type { Loop, Timers } from './loops/repeat.ts'
import { sweep } from './loops/sweep.ts'
import type { PerformDeps } from './perform/perform.ts'
import { performTable } from './perform/table.ts'
import { createProbotHandlers } from './probot.ts'
import type { SandboxProvider } from './sandboxes/provider.ts'
import { providerFor } from './sandboxes/table.ts'
import type { ProviderName } from './sandboxes/table.ts'
import { auditStore } from './store/audit.ts'
import { connect, ping } from './store/connect.ts'
import { deliveryStore } from './store/deliveries.ts'
import { RunFeed } from './store/feed.ts'
import { Inbox } from './store/inbox.ts'
import { logStore } from './store/logs.ts'
import { proposalStore } from './store/proposals.ts'
import { RunsStore } from './store/runs.ts'
import { sessionStore } from './store/sessions.ts'

/** Names of the agents that an issue can be assigned to; the first is the default. */
const AGENTS = ['stub'] as const
const VERSION = '0.1.0'
/** How long the load balancer may take to notice that this replica is going (trust.md "Shutdown"). */
const DRAIN_NOTICE_MS = 5_000
const SHUTDOWN_MAX_MS = 20_000
/** The drain and the intake are hurried; their timers only catch what a lost hurry left behind. */
const DRAIN_INTERVAL_MS = 1_000
const INTAKE_INTERVAL_MS = 1_000

export interface App {
  /** Where it listens. */
  url: string
  /** Ends streams, finishes what is under way, closes the store. */
  stop(): Promise<void>
}

export interface AppOptions {
  log?: Logger
  /** Folder of the built dashboard. */
  webRoot?: string
  /** False switches off the pause between writes to GitHub; for tests against a local one. Default true. */
  throttle?: boolean
  /** Holds every answer to its schema; for tests. */
  checkAnswers?: boolean
}

const timers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Starts everything; resolves when requests are served. Rejects when the store or the port cannot be had. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? pino({ level: config.logLevel })
  const stores = await openStores(config, log)
  const core = buildCore(config, stores, log, options)
  const server = buildServer(config, stores, core, { log, ...options })
  const url = await server.listen(config.port, config.host)
  await stores.feed.start()
  const loops = startLoops(config, core, log)
  core.hurry.drain = () => loops.drain.hurry()
  core.hurry.intake = () => loops.intake.hurry()
  log.info({ url, publicUrl: config.publicUrl }, 'app_started')
  return {
    url,
    async stop() {
      server.drain()
      await Promise.all(Object.values(loops).map((loop) => loop.stop()))
      await server.close()
      await core.drain.idle()
      await stores.feed.stop()
      await stores.connection.close()
      log.info({}, 'app_stopped')
    },
  }
}

type Stores = Awaited<ReturnType<typeof openStores>>

async function openStores(config: Config, log: Logger) {
  const connection = await connect(config.mongodbUri)
  const runs = new RunsStore(connection)
  const stores = {
    connection,
    runs,
    deliveries: deliveryStore(connection),
    proposals: proposalStore(connection),
    logs: logStore(connection),
    sessions: sessionStore(connection),
    audit: auditStore(connection),
    feed: new RunFeed(connection, runs, { onTrouble: (err) => log.warn({ err }, 'feed_interrupted') }),
  }
  const { deliveries, proposals, logs, sessions, audit } = stores
  await Promise.all([runs, deliveries, proposals, logs, sessions, audit].map((store) => store.ensureIndexes()))
  return stores
}

type Core = ReturnType<typeof buildCore>

function buildCore(config: Config, stores: Stores, log: Logger, options: AppOptions) {
  const now = () => Date.now()
  const urls = createUrls(config)
  const hurry = { drain: () => {}, intake: () => {} }
  const github = createGitHub({
    appId: config.appId,
    privateKey: config.privateKey,
    apiUrl: config.githubApiUrl,
    log,
    throttle: options.throttle ?? true,
  })
  const engine = new Engine({
    store: stores.runs,
    now,
    chance: () => Math.random(),
    uuid: () => uuidv7(Date.now()),
    runId: newRunId,
    sha256,
    defaults: {
      clocks: config.clocks,
      sandboxProvider: config.sandbox.provider,
      executorRepository: config.executorRepository,
    },
    hurry: () => hurry.drain(),
  })
  const provider = providers(config)
  const perform: PerformDeps = {
    github,
    provider,
    proposal: async (runId, digest) => {
      const bytes = await stores.proposals.getProposal(runId, digest)
      return bytes === null ? null : Proposal.parse(JSON.parse(bytes.toString('utf8')))
    },
    nonceFor: (dispatchId) => nonceOf(config.secretKey, dispatchId),
    sha256,
    knownSecrets: [config.secretKey, config.webhookSecret, config.clientSecret, config.sandbox.e2b.apiKey ?? ''].filter(
      Boolean,
    ),
    sandboxOwner: sandboxOwner(config.appId, config.publicUrl),
    urls,
    callbackUrl: (runId) => `${config.publicUrl}/api/runs/${runId}`,
    log,
    now,
  }
  const handlers = createProbotHandlers({
    appId: config.appId,
    privateKey: config.privateKey,
    webhookSecret: config.webhookSecret,
    apiUrl: config.githubApiUrl,
    engine,
    github,
    urls,
    agents: AGENTS,
    defaultAgent: AGENTS[0],
    timeoutMsMax: config.clocks.runMs,
    log,
    now,
  })
  const drain = new Drain({ engine, table: performTable, perform })
  const { receive, apologise } = handlers
  const intakeDeps = { inbox: stores.deliveries, receive, apologise, log, now, chance: () => Math.random() }
  return { now, urls, hurry, github, engine, provider, perform, drain, intakeDeps }
}

/** Absent is an answer, not an error. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof GitHubError && error.kind === 'not_found') return null
    throw error
  }
}

/** Each provider once, by its name. */
function providers(config: Config): (name: string) => Promise<SandboxProvider> {
  const made = new Map<string, Promise<SandboxProvider>>()
  const { e2b, localIsolation } = config.sandbox
  return (name) => {
    const known = made.get(name)
    if (known) return known
    const provider = providerFor(name as ProviderName, {
      e2bApiKey: e2b.apiKey ?? undefined,
      e2bApiUrl: e2b.apiUrl ?? undefined,
      e2bSandboxUrl: e2b.sandboxUrl ?? undefined,
      localIsolation,
    })
    made.set(name, provider)
    return provider
  }
}

function buildServer(config: Config, stores: Stores, core: Core, options: AppOptions & { log: Logger }) {
  const { log } = options
  const { now, github, engine, perform, hurry } = core
  const webRoot = options.webRoot ?? fileURLToPath(new URL('../web/dist', import.meta.url))
  const identify = identifier({ tokens: config.apiTokens, admins: config.admins, sessions: stores.sessions, now })
  const access = new Access({
    permissionOf: (repository, login, userId) => github.permissionOf(repository, login, userId),
    repositories: () => stores.runs.repositories(),
    now,
  })
  const reads: GitHubReads = {
    repository: (owner, name) => github.repository(owner, name),
    issue: (repository, number) => orNull(github.issue(repository, number)),
  }
  const oauth = githubOAuth(config)
  const inbox = new Inbox(stores.deliveries)
  const executor = executorRoutes({
    publicUrl: config.publicUrl,
    githubUrl: config.githubUrl,
    oidc: {
      issuer: config.oidcIssuer,
      workflows: config.executorWorkflows,
      allowSelfHostedRunners: config.allowSelfHostedRunners,
    },
    engine,
    executorRepository: async (run) => {
      if (!run.executorRepository) return run.repository
      const { owner, name } = run.executorRepository
      const found = await github.repository(owner, name)
      if (!found) throw new Error(`The App is not installed on the executor repository ${owner}/${name}`)
      return found
    },
    nonceFor: perform.nonceFor,
    readToken: (repository) => github.readToken(repository),
    sandbox: { owner: perform.sandboxOwner, isolation: config.sandbox.localIsolation },
    feed: stores.feed,
    proposals: stores.proposals,
    logs: stores.logs,
    audit: (event) => stores.audit.record(event),
    now,
  })
  const api = apiRoutes({
    auth: { publicUrl: config.publicUrl, version: VERSION, sessions: stores.sessions, oauth, now },
    api: {
      urls: config,
      secretKey: config.secretKey,
      agents: AGENTS,
      access,
      identify,
      runs: stores.runs,
      logs: stores.logs,
      github: reads,
      feed: stores.feed,
      assign: assigner({ issue: reads.issue, agents: AGENTS, request: (spec) => engine.request(spec) }),
      submit: (runId, input) => engine.submit(runId, input),
      page: pageOrNotFound(webRoot) as never,
      now,
    },
  })
  return createServer({
    routes: [
      ...webhookRoutes({ secret: () => config.webhookSecret, inbox, arrived: () => hurry.intake(), now }),
      ...executor,
      ...api,
    ],
    publicUrl: config.publicUrl,
    identify,
    log,
    rejections: { reject: (surface, reason) => log.debug({ surface, reason }, 'request_rejected') },
    webRoot,
    pingStore: () => ping(stores.connection),
    now,
    ...(options.checkAnswers ? { checkAnswers: true } : {}),
  })
}

function startLoops(config: Config, core: Core, log: Logger): Record<'intake' | 'drain' | 'sweep' | 'reap', Loop> {
  const { engine, drain, perform, now } = core
  const loop = (name: string, everyMs: number, step: () => Promise<unknown>) =>
    repeat(name, everyMs, step, { timers, log })
  return {
    intake: loop('intake', INTAKE_INTERVAL_MS, () => intake(core.intakeDeps)),
    drain: loop('drain', DRAIN_INTERVAL_MS, async () => {
      // A slow call to GitHub must not hold up the next turn; the drain knows which Runs it works on.
      drain.step().catch((err: unknown) => log.error({ err }, 'drain_step_failed'))
    }),
    sweep: loop('sweep', config.sweepIntervalMs, () => sweep(engine, now(), log)),
    reap: loop('reap', config.sweepIntervalMs, async () => {
      const provider = await core.provider(config.sandbox.provider)
      return reap({ engine, provider, owner: perform.sandboxOwner, log }, now())
    }),
  }
}

/** Ends the process in order: tell the balancer, finish what is under way, at most `SHUTDOWN_MAX_MS`. */
function stopOnSignals(app: App, log: Logger): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'app_stopping')
    setTimeout(() => process.exit(1), SHUTDOWN_MAX_MS).unref()
    const notice = signal === 'SIGTERM' ? DRAIN_NOTICE_MS : 0
    setTimeout(() => void app.stop().then(() => process.exit(0)), notice)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

async function main(): Promise<void> {
  let config: Config
  try {
    config = readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error.exitCode
    return
  }
  const log = pino({ level: config.logLevel })
  const app = await startApp(config, { log })
  stopOnSignals(app, log)
}

if (import.meta.main) await main()
