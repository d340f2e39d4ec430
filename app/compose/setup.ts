/**
 * The process before there is an App: set-up and health are served, everything else is closed. As soon as the App is
 * stored, by this process or by another replica, the process turns into the app on the same port.
 */
import { fileURLToPath } from 'node:url'

import { pino } from 'pino'
import type { Logger } from 'pino'

import { problemsOfChoices, problemsOfStored, readConfig, withStored } from '../config.ts'
import type { Environment, SetupConfig } from '../config.ts'
import { SETUP_PATH, manifestOf } from '../domain/manifest.ts'
import { whyPermission } from '../domain/render/permissions.ts'
import { GitHubError } from '../github/errors.ts'
import { registrationOf } from '../github/registration.ts'
import { createServer } from '../http/server.ts'
import { closedUntilSetup } from '../http/setup/closed.ts'
import type { SetupPorts } from '../http/setup/ports.ts'
import { setupRoutes } from '../http/setup/routes.ts'
import { webhookRoutes } from '../http/webhooks.ts'
import { repeat } from '../loops/repeat.ts'
import { auditStore } from '../store/audit.ts'
import { connect, ping } from '../store/connect.ts'
import type { StoreConnection } from '../store/connect.ts'
import { sealWith } from '../store/seal.ts'
import { settingsStore } from '../store/settings.ts'
import { TICKET_MS, ticketStore } from '../store/setup-tickets.ts'
import { timers } from './loops.ts'
import { readAppFile } from './manifest.ts'
import type { App, AppOptions } from './options.ts'
import { unreachable } from './reach.ts'
import type { StartApp } from './start.ts'

/** How soon a replica notices that another one was set up. */
const NOTICE_MS = 2_000

type Options = AppOptions & { log: Logger }

/** Starts set-up; what it answers is the app as soon as there is one. */
export async function startSetup(
  config: SetupConfig,
  env: Environment,
  start: StartApp,
  options: Options,
): Promise<App> {
  const { log } = options
  const connection = await connect(config.mongodbUri)
  const stores = await openSetupStores(connection, config.secretKey)
  const announce = options.announceSetup ?? ((url: string) => pino({ base: null }).info({ url }, 'setup_needed'))
  let announcedAt = Number.NEGATIVE_INFINITY
  let current: App
  let turning: Promise<void> | null = null

  const look = async (): Promise<void> => {
    if (turning) return
    const stored = await stores.settings.readSettings()
    if (stored) {
      turning = turn(stored).catch((err: unknown) => {
        log.fatal({ err }, 'app_not_started_after_setup')
        process.exit(1)
      })
    } else if (Date.now() - announcedAt >= TICKET_MS) {
      announcedAt = Date.now()
      announce(`${config.publicUrl}${SETUP_PATH}?token=${await stores.tickets.issue('token', announcedAt)}`)
    }
  }
  const turn = async (stored: Record<string, string>): Promise<void> => {
    log.info({}, 'setup_done')
    const port = Number(new URL(current.url).port)
    // Everything is built before the port changes hands, so nobody finds it closed for longer than a moment.
    const beforeListen = async (): Promise<void> => setup.stop()
    current = await start({ ...readConfig(withStored(env, stored)), port }, { ...options, beforeListen })
  }

  const server = setupServer(config, portsOf(config, env, stores, { log, configured: () => loop.hurry() }), {
    ...options,
    connection,
  })
  const url = await server.listen(config.port, config.host).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  const setup: App = {
    url,
    drain: () => server.drain(),
    async stop() {
      await loop.stop()
      await server.close()
      await connection.close()
    },
  }
  current = setup
  const loop = repeat('setup', NOTICE_MS, look, { timers, log })
  log.info({ url, publicUrl: config.publicUrl }, 'setup_started')
  return {
    url,
    drain: () => current.drain(),
    async stop() {
      await turning
      await current.stop()
    },
  }
}

async function openSetupStores(connection: StoreConnection, secretKey: string) {
  const seal = sealWith(secretKey)
  const stores = {
    settings: settingsStore(connection, seal),
    tickets: ticketStore(connection, seal),
    audit: auditStore(connection),
  }
  await Promise.all(Object.values(stores).map((store) => store.ensureIndexes()))
  return stores
}

type SetupStores = Awaited<ReturnType<typeof openSetupStores>>

function setupServer(
  config: SetupConfig,
  ports: SetupPorts,
  { log, connection, ...options }: Options & { connection: StoreConnection },
) {
  const webRoot = options.webRoot ?? fileURLToPath(new URL('../../web/dist', import.meta.url))
  const inbox = { add: () => Promise.reject(new Error('There is no App yet.')) }
  return createServer({
    routes: [...setupRoutes(ports), ...webhookRoutes({ secret: () => null, inbox, arrived: () => {}, now: ports.now })],
    publicUrl: config.publicUrl,
    githubUrl: config.githubUrl,
    otherwise: closedUntilSetup(webRoot, config.githubUrl),
    identify: async () => ({ kind: 'anonymous' }),
    log,
    rejections: { reject: () => {} },
    webRoot,
    pingStore: () => ping(connection),
    now: ports.now,
    ...(options.checkAnswer ? { checkAnswer: options.checkAnswer } : {}),
  })
}

interface Heard {
  log: Logger
  configured: () => void
}

function portsOf(config: SetupConfig, env: Environment, stores: SetupStores, { log, configured }: Heard): SetupPorts {
  const file = readAppFile()
  const { publicUrl, githubUrl, asks } = config
  const registration = registrationOf({ apiUrl: config.githubApiUrl, log })
  const now = (): number => Date.now()
  return {
    publicUrl,
    githubUrl,
    name: file.name,
    permissions: Object.entries(file.default_permissions).map(([name, level]) => ({
      name,
      level,
      why: whyPermission(name),
    })),
    events: file.default_events,
    asks,
    tickets: stores.tickets,
    manifest: (wish) => manifestOf(file, publicUrl, wish),
    problemsOfChoices: (choices) => problemsOfChoices(env, choices),
    problemsOf: (values) => problemsOfStored(env, values),
    github: {
      slugTaken: (slug) => orAway(registration.slugTaken(slug), log),
      convert: (code) => orAway(registration.convert(code), log),
      verify: (appId, privateKey) => orAway(registration.verify(appId, privateKey), log),
    },
    unreachable: () => unreachable(publicUrl),
    store: (values) => stores.settings.writeSettings(values, now()),
    audit: (event) => stores.audit.record(event),
    configured,
    now,
  }
}

async function orAway<T>(asked: Promise<T>, log: Logger): Promise<T | 'away'> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error
    log.warn({ err: error }, 'setup_github_failed')
    return 'away'
  }
}
