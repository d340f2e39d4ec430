/** The HTTP side: who may ask, the routes of people, programs and executors, and what they are given. */
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { RunRequest } from '../domain/change.ts'
import { GitHubError } from '../github/errors.ts'
import { githubOAuth } from '../github/oauth.ts'
import { Access } from '../http/api/access.ts'
import { assigner } from '../http/api/assign.ts'
import { identifier } from '../http/api/identity.ts'
import type { ApiPorts, GitHubReads } from '../http/api/ports.ts'
import { apiRoutes } from '../http/api/routes.ts'
import { executorRoutes } from '../http/executor/routes.ts'
import { metricsRoute } from '../http/metrics.ts'
import { pageOrNotFound } from '../http/pages.ts'
import { openApiRoute } from '../http/openapi.ts'
import { createServer } from '../http/server.ts'
import type { Identify, Route } from '../http/route.ts'
import { webhookRoutes } from '../http/webhooks.ts'
import { ping } from '../store/connect.ts'
import { Inbox } from '../store/inbox.ts'
import { AGENTS } from './core.ts'
import type { Core } from './core.ts'
import type { AppOptions } from './options.ts'
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
  const identify = identifier({ tokens: config.apiTokens, admins: config.admins, sessions: stores.sessions, now })
  const inbox = new Inbox(stores.deliveries)
  const routes = [
    ...webhookRoutes({ secret: () => config.webhookSecret, inbox, arrived: () => hurry.intake(), now }),
    ...routesOfExecutors(config, stores, core),
    ...routesOfPeople(config, stores, core, { identify, webRoot }),
    metricsRoute(telemetry.metrics.expose),
  ]
  return createServer({
    routes: telemetry.routes([...routes, openApiRoute(routes, { version: VERSION, publicUrl: config.publicUrl })]),
    publicUrl: config.publicUrl,
    identify,
    log,
    rejections: { reject: (surface, reason) => telemetry.metrics.rejected(surface, reason) },
    webRoot,
    pingStore: () => ping(stores.connection),
    now,
    ...(options.checkAnswers ? { checkAnswers: true } : {}),
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
    readToken: (repository) => github.readToken(repository),
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

function routesOfPeople(
  config: Config,
  stores: Stores,
  { engine, github, now }: Core,
  { identify, webRoot }: Pages,
): Route[] {
  const access = new Access({
    permissionOf: (repository, login, userId) => github.permissionOf(repository, login, userId),
    repositories: () => stores.runs.repositories(),
    now,
  })
  const reads: GitHubReads = {
    repository: (owner, name) => github.repository(owner, name),
    issue: (repository, number) => orNull(github.issue(repository, number)),
  }
  const page = pageOrNotFound(webRoot) as ApiPorts['page']
  const request = (spec: RunRequest) => engine.request(spec)
  return apiRoutes({
    auth: { publicUrl: config.publicUrl, version: VERSION, sessions: stores.sessions, oauth: githubOAuth(config), now },
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
      assign: assigner({ issue: (repository, number) => reads.issue(repository, number), agents: AGENTS, request }),
      retry: (runId, by) => engine.retry(runId, by),
      submit: (runId, input) => engine.submit(runId, input),
      killSwitch: stores.killSwitch,
      audit: (event) => stores.audit.record(event),
      page,
      now,
    },
  })
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
