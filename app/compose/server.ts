/** The HTTP side: who may ask, the routes of people, programs and executors, and what they are given. */
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { AGENTS } from '../contracts/executor.ts'
import type { RunRequest } from '../domain/change.ts'
import { sandboxKinds } from '../domain/render/agents.ts'
import { GitHubError } from '../github/errors.ts'
import { isBranch } from '../github/existing-branch.ts'
import { githubOAuth } from '../github/oauth.ts'
import { Access } from '../http/api/access.ts'
import { assigner } from '../http/api/assign.ts'
import { checkRoutes } from '../http/api/checks.ts'
import { identifier } from '../http/api/identity.ts'
import { Owners } from '../http/api/owners.ts'
import type { ApiPorts, RunSettings } from '../http/api/ports.ts'
import { apiRoutes } from '../http/api/routes.ts'
import { readingOf } from '../http/executor/reading.ts'
import { executorRoutes } from '../http/executor/routes.ts'
import { metricsRoute } from '../http/metrics.ts'
import { pageOrNotFound } from '../http/pages.ts'
import { createServer } from '../http/server.ts'
import type { Identify, Route } from '../http/route.ts'
import { webhookRoutes } from '../http/webhooks.ts'
import { ping } from '../store/connect.ts'
import { Inbox } from '../store/inbox.ts'
import { accessOver } from './access.ts'
import { adminPorts } from './admin.ts'
import { checkInstallation } from './checks.ts'
import type { Core } from './core.ts'
import { proposeWorkflow } from './onboarding.ts'
import { openTestIssue } from './test-issue.ts'
import type { AppOptions } from './options.ts'
import { readsOf } from './reads.ts'
import type { Stores } from './stores.ts'
import type { Telemetry } from './telemetry.ts'
import { VERSION } from './version.ts'

interface Served {
  log: Logger
  telemetry: Telemetry
}

/** Every route, over the core and the stores. */
export function buildServer(config: Config, stores: Stores, core: Core, options: Served & AppOptions) {
  const { log, telemetry } = options
  const { now, hurry } = core
  const webRoot = options.webRoot ?? fileURLToPath(new URL('../../web/dist', import.meta.url))
  const owners = new Owners({ ownsApp: (login, userId) => core.github.ownsApp(login, userId), now })
  const identify = identifier({
    tokens: config.apiTokens,
    admins: config.admins,
    owns: (user) => owners.owns(user),
    sessions: stores.sessions,
    now,
  })
  const inbox = new Inbox(stores.deliveries)
  const routes = [
    ...webhookRoutes({ secret: () => config.webhookSecret, inbox, arrived: () => hurry.intake(), now }),
    ...routesOfExecutors(config, stores, core),
    ...routesOfPeople(config, stores, core, { identify, webRoot }),
    metricsRoute(telemetry.metrics.expose),
  ]
  return createServer({
    routes: telemetry.routes(routes),
    version: VERSION,
    publicUrl: config.publicUrl,
    identify,
    log,
    rejections: { reject: (surface, reason) => telemetry.metrics.rejected(surface, reason) },
    webRoot,
    githubUrl: config.githubUrl,
    pingStore: () => ping(stores.connection),
    keys: stores.idempotency,
    now,
    ...(options.checkAnswer ? { checkAnswer: options.checkAnswer } : {}),
  })
}

function routesOfExecutors(config: Config, stores: Stores, { engine, github, perform, now }: Core): Route[] {
  return executorRoutes({
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
    switchedOff: perform.switchedOff,
    readToken: (repository) => github.readToken(repository),
    reading: (run) => readingOf(run, stores),
    sandbox: { owner: perform.sandboxOwner, isolation: config.sandbox.localIsolation },
    feed: stores.feed,
    proposals: stores.proposals,
    logs: stores.logs,
    audit: (event) => stores.audit.record(event),
    now,
  })
}

interface Pages {
  identify: Identify
  webRoot: string
}

function routesOfPeople(config: Config, stores: Stores, core: Core, { identify, webRoot }: Pages): Route[] {
  const { engine, github, now } = core
  const access = new Access({
    ...accessOver(github),
    repositories: () => stores.runs.repositories(),
    now,
  })
  const reads = readsOf(github)
  const page = pageOrNotFound(webRoot, config.githubUrl) as ApiPorts['page']
  const request = (spec: RunRequest) => engine.request(spec)
  const assign = assigner({
    issue: (repository, number) => reads.issue(repository, number, 'now'),
    isBranch: (repository, branch) => isBranch(github, repository, branch),
    agents: AGENTS,
    timeoutMsMax: config.clocks.runMs,
    request,
    now,
  })
  const routes = apiRoutes({
    auth: {
      publicUrl: config.publicUrl,
      version: VERSION,
      notice: config.notice,
      sessions: stores.sessions,
      oauth: githubOAuth(config),
      now,
    },
    api: {
      urls: config,
      secretKey: config.secretKey,
      agents: AGENTS,
      access,
      tokens: config.apiTokens,
      identify,
      runs: stores.runs,
      proposals: stores.proposals,
      agentRuns: stores.agentRuns,
      agentOnboarding: stores.agentOnboarding,
      documents: stores.documents,
      runSearch: stores.runSearch,
      settings: runSettings(config),
      logs: stores.logs,
      github: reads,
      feed: stores.feed,
      news: stores.news,
      assign,
      retry: (runId, by, told) => engine.retry(runId, by.login, by.id, { via: 'api', ...told }),
      resume: (runId, by, asked) => engine.resume(runId, by, 'api', asked),
      advance: (runId) => engine.advance(runId),
      submit: (runId, input, ip) => engine.submit(runId, input, ip),
      moveSubIssue: (repository, parent, move) => unlessRefused(github.moveSubIssue(repository, parent, move)),
      killSwitch: stores.killSwitch,
      audit: (event) => stores.audit.record(event),
      admin: adminPorts(config, stores, core),
      page,
      now,
    },
  })
  return [...routes, ...routesOfChecks(config, stores, core, { access, assign })]
}

function routesOfChecks(
  config: Config,
  stores: Stores,
  core: Core,
  { access, assign }: { access: Access; assign: ApiPorts['assign'] },
): Route[] {
  const { freshGitHub, inspection, now } = core
  return checkRoutes({
    access,
    audit: (event) => stores.audit.record(event),
    now,
    check: () =>
      checkInstallation({
        config,
        inspection,
        provider: () => core.provider(config.sandbox.provider),
        pingStore: () => ping(stores.connection),
        knownDeliveries: (guids) => stores.deliveries.knownDeliveries(guids),
        now,
      }),
    urls: config,
    killSwitch: stores.killSwitch,
    github: core.github,
    test: (order) => openTestIssue({ github: core.github, assign }, order),
    propose: (repository, by) => proposeWorkflow({ config, github: freshGitHub(), inspection }, repository, by),
  })
}

/** What holds for every Run, as pages show it. */
function runSettings({ executorRepository, sandbox, clocks, surface }: Config): RunSettings {
  return {
    triggerLabel: surface.label,
    labelRemovalCancels: surface.labelRemovalCancels,
    allowedBots: surface.allowedBots,
    notify: surface.notify,
    executor: executorRepository && `${executorRepository.owner}/${executorRepository.name}`,
    sandboxes: sandboxKinds(sandbox.provider, sandbox.e2b.apiKey !== null),
    clocks,
  }
}

/** Whether it was done. What GitHub understood and will not do is an answer. */
async function unlessRefused(asked: Promise<void>): Promise<boolean> {
  try {
    await asked
    return true
  } catch (error) {
    if (error instanceof GitHubError && (error.kind === 'not_found' || error.kind === 'invalid')) return false
    throw error
  }
}
