/**
 * The composition root: settings → MongoDB → engine → GitHub, HTTP and loops. Whatever a layer may not import is passed
 * in by `compose/`, so nobody else knows everybody.
 */
import type { Logger } from 'pino'

import { buildCore } from './compose/core.ts'
import { createLog } from './compose/log.ts'
import { startLoops } from './compose/loops.ts'
import type { App, AppOptions } from './compose/options.ts'
import { doctor } from './compose/doctor.ts'
import { buildServer } from './compose/server.ts'
import { openStores } from './compose/stores.ts'
import { openTelemetry } from './compose/telemetry.ts'
import { startFromEnvironment } from './compose/start.ts'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'

const SHUTDOWN_MAX_MS = 20_000
/** For work of the loops that is under way when the server is closed; what is left of it has leases that end. */
const WORK_MS_MAX = 5_000

export type { App } from './compose/options.ts'

/** Starts everything; resolves when requests are served. Rejects when the store or the port cannot be had. */
export async function startApp(config: Config, options: AppOptions = {}): Promise<App> {
  const log = options.log ?? createLog(config)
  const stores = await openStores(config, log, options)
  const telemetry = await openTelemetry(config, stores, log)
  const core = buildCore(config, stores, log, { ...options, telemetry })
  const server = buildServer(config, stores, core, { ...options, log, telemetry })
  await options.beforeListen?.()
  const url = await server.listen(config.port, config.host).catch(async (error: unknown) => {
    await stores.connection.close()
    throw error
  })
  await stores.feed.start()
  const loops = startLoops(config, stores, core, { log, telemetry })
  core.hurry.drain = () => loops.drain.hurry()
  core.hurry.intake = () => loops.intake.hurry()
  core.hurry.kill = (runId) => void core.drain.kill(runId)
  log.info({ url, publicUrl: config.publicUrl }, 'app_started')
  return {
    url,
    drain: () => server.drain(),
    async stop() {
      server.drain()
      // No new turns from here on, while the server answers what has arrived; what takes longer is another replica's.
      const working = Promise.all(Object.values(loops).map((loop) => loop.stop())).then(() => core.drain.idle())
      await server.close()
      if (!(await endsWithin(working, WORK_MS_MAX))) log.warn({}, 'work_left_to_others')
      await stores.feed.stop()
      await telemetry.stop()
      await stores.connection.close()
      log.info({}, 'app_stopped')
    },
  }
}

/** Whether the work is over in time; it may go on behind that, and fail unheard. */
async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const over = work.then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([over, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Ends the process in order: tell the balancer, finish what is under way, at most `SHUTDOWN_MAX_MS`. */
function stopOnSignals(app: App, drainNoticeMs: number, log: Logger): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'app_stopping')
    app.drain()
    setTimeout(() => process.exit(1), SHUTDOWN_MAX_MS).unref()
    const notice = signal === 'SIGTERM' ? drainNoticeMs : 0
    setTimeout(() => void app.stop().then(() => process.exit(0)), notice)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** What `npm start` does: the app over the environment's settings, or set-up before there are any, until a signal. */
export async function main(options: AppOptions = {}): Promise<void> {
  try {
    const { config, app, log } = await startFromEnvironment(process.env, startApp, options)
    stopOnSignals(app, config.drainNoticeMs, log)
  } catch (error) {
    const told = startProblem(error)
    if (told === null) throw error
    process.stderr.write(`${told}\n`)
    // What is still open of a start that failed must not keep the process.
    process.exit(error instanceof ConfigError ? error.exitCode : 1)
  }
}

/** One sentence for what the person who starts the app can put right; null for a fault of ours. */
function startProblem(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if (error instanceof ConfigError) return error.message
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'The port is taken by another program. Stop that one, or set PORT to a free port.'
  }
  if (error.name.startsWith('Mongo')) {
    return `MongoDB cannot be used (${error.name}). Check MONGODB_URI, and that the replica set is up and lets you in.`
  }
  return null
}

if (import.meta.main) {
  const [command, ...args] = process.argv.slice(2)
  if (command === 'doctor') process.exitCode = await doctor(process.env, args, (text) => process.stdout.write(text))
  else await main()
}
