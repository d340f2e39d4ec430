/** What is told about the app while it runs: its log and metrics always, traces when there is an endpoint for them. */
import type { Logger } from 'pino'

import type { Config } from '../config.ts'
import { isTerminal } from '../contracts/status.ts'
import { Engine } from '../engine.ts'
import type { EngineDeps } from '../engine.ts'
import type { AroundCall } from '../github/client.ts'
import type { Route } from '../http/route.ts'
import type { Receive } from '../loops/intake.ts'
import type { Perform, PerformTable } from '../perform/perform.ts'
import { runGauges } from '../store/run-gauges.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { openOtlp } from './otlp.ts'
import type { Stores } from './stores.ts'
import { Tracing } from './tracing.ts'
import { VERSION } from './version.ts'

/** Parts of the app as they are, or wrapped so that they note their spans. */
export interface Telemetry {
  metrics: Metrics
  engine: (deps: EngineDeps) => Engine
  receive: (receive: Receive) => Receive
  table: (table: PerformTable) => PerformTable
  routes: (routes: Route[]) => Route[]
  aroundGitHub: AroundCall | null
  /** Counts and sends what has not been yet; the store is still needed for it. */
  stop: () => Promise<void>
}

export async function openTelemetry(config: Config, stores: Stores, log: Logger): Promise<Telemetry> {
  const now = (): number => Date.now()
  const metrics = createMetrics({ gauges: runGauges(stores.connection), now })
  const { otlpEndpoint } = config
  const tracing = otlpEndpoint ? new Tracing(await openOtlp(otlpEndpoint, VERSION), config, now) : null
  const counted = tellOfRuns(stores.runs, metrics, tracing, log)
  return {
    metrics,
    engine: (deps) => (tracing ? tracing.engine(deps) : new Engine(deps)),
    receive: (receive) => (tracing ? tracing.receive(receive) : receive),
    table: (table) => counting(tracing ? tracing.table(table) : table, metrics),
    routes: (routes) => (tracing ? tracing.routes(routes) : routes),
    aroundGitHub: tracing ? tracing.aroundGitHub : null,
    async stop() {
      await counted()
      await tracing?.stop()
    },
  }
}

/** The same performers; what they fail at is counted on the way. */
function counting(table: PerformTable, metrics: Metrics): PerformTable {
  const counted = Object.entries(table).map(([type, perform]): [string, Perform] => [
    type,
    async (...args) => {
      try {
        return await perform(...args)
      } catch (error) {
        metrics.failed(type, error)
        throw error
      }
    },
  ])
  return Object.fromEntries(counted) as PerformTable
}

/**
 * Each event is a line of the log, and a Run that ends is counted, on the one replica that wrote it. Answers with a wait
 * for what is being counted.
 */
function tellOfRuns(
  runs: Stores['runs'],
  metrics: Metrics,
  tracing: Tracing | null,
  log: Logger,
): () => Promise<unknown> {
  const counting = new Set<Promise<void>>()
  async function count(runId: string): Promise<void> {
    const history = await runs.history(runId)
    if (!history) return
    metrics.ended(history.run, history.events)
    tracing?.ended(history.run, history.events)
  }
  runs.onWritten(({ run, events }) => {
    for (const { runId, seq, type, actor } of events) log.info({ runId, seq, type, actor }, 'run_event')
    if (!isTerminal(run.status) || !events.some((event) => event.type === `run.${run.status}`)) return
    const counted = count(run.id)
      .catch((err: unknown) => log.warn({ runId: run.id, err }, 'run_not_counted'))
      .finally(() => counting.delete(counted))
    counting.add(counted)
  })
  return () => Promise.all(counting)
}
