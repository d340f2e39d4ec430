/** What is told about the app while it runs: metrics always, traces when there is an endpoint for them. */
import type { Logger } from 'pino'

import { isTerminal } from '../contracts/status.ts'
import { runGauges } from '../store/run-gauges.ts'
import { createMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import type { Stores } from './stores.ts'

export interface Telemetry {
  metrics: Metrics
}

export function openTelemetry({ connection, runs }: Stores, log: Logger): Telemetry {
  const metrics = createMetrics({ gauges: runGauges(connection), now: () => Date.now() })
  runs.onWritten(({ run, events }) => {
    if (!isTerminal(run.status) || !events.some((event) => event.type === `run.${run.status}`)) return
    runs
      .history(run.id)
      .then((history) => history && metrics.ended(history.run, history.events))
      .catch((err: unknown) => log.warn({ runId: run.id, err }, 'run_not_counted'))
  })
  return { metrics }
}
