/**
 * What Prometheus sees, by OpenTelemetry's names where it has some (trust.md, "Conventions of the ecosystem"). Labels are
 * words of our own vocabulary: never a Run, a repository or a person.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

import type { RunEvent } from '../domain/events.ts'
import { pipelineResult, pipelineStretches } from '../domain/pipeline.ts'
import type { Run } from '../domain/run.ts'
import type { Exposition } from '../http/metrics.ts'
import type { ProbeOutcome } from '../loops/probe.ts'
import { failure } from '../perform/failure.ts'
import type { RunGauges } from '../store/run-gauges.ts'

/** A Run may be this late before it counts: the sweep's interval and some (trust.md R4). */
const PAST_DEADLINE_GRACE_MS = 60_000
const GAUGE_MS_MAX = 2_500
const DURATION_BUCKETS_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 3_600]
const WORD = /^[a-z0-9_]{1,48}$/

export interface MetricsDeps {
  gauges: Pick<RunGauges, 'live' | 'oldestDueEffect' | 'budgetLeft' | 'pastDeadline'>
  now: () => number
}

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics({ gauges, now }: MetricsDeps) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'cicd_pipeline_run_duration_seconds',
    help: 'How long Runs were in each state, counted when they end',
    labelNames: ['cicd_pipeline_name', 'cicd_pipeline_run_state', 'cicd_pipeline_result'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  })
  const errors = new Counter({
    name: 'cicd_pipeline_run_errors_total',
    help: 'Runs that failed, by their reason code',
    labelNames: ['cicd_pipeline_name', 'error_type'],
    registers,
  })
  const systemErrors = new Counter({
    name: 'cicd_system_errors_total',
    help: 'What Deckhand tried for a Run and failed at, whoever was at fault; most of it is tried again',
    labelNames: ['cicd_system_component', 'error_type'],
    registers,
  })
  const rejected = {
    webhook: rejections('app_webhook_rejected_total', 'Webhooks that were refused before they were stored'),
    callback: rejections('app_callback_rejected_total', "Executors' requests that were refused"),
    api: rejections('app_api_rejected_total', 'Requests of people and programs that were refused'),
  }
  const orphans = new Gauge({
    name: 'app_sandboxes_orphaned',
    help: 'Sandboxes without a Run that the last look found and could not destroy',
    registers,
  })
  const probes = new Counter({
    name: 'app_negative_probe_total',
    help: 'Attacks that this installation made on itself, by what came of them',
    labelNames: ['probe', 'outcome'],
    registers,
  })
  stored(registry, gauges, now)

  function rejections(name: string, help: string): Counter<'reason'> {
    return new Counter({ name, help, labelNames: ['reason'], registers })
  }

  return {
    rejected(surface: keyof typeof rejected, reason: string): void {
      rejected[surface].inc({ reason: WORD.test(reason) ? reason : 'other' })
    },

    /** `component` is a type of effect; what only has to wait is no error. */
    failed(component: string, error: unknown): void {
      const { waits, final, away } = failure(error)
      if (waits) return
      const error_type = away ? 'github_away' : final ? 'github_refused' : 'other'
      systemErrors.inc({ cicd_system_component: component, error_type })
    },

    orphaned: (left: number): void => orphans.set(left),

    probed: (probe: string, outcome: ProbeOutcome): void => probes.inc({ probe, outcome }),

    /** Counts a Run that has just ended. `events` is its ledger. */
    ended(run: Run, events: readonly RunEvent[]): void {
      const result = pipelineResult(run)
      if (result === null) return
      const name = { cicd_pipeline_name: run.agent }
      for (const { state, from, to } of pipelineStretches(run, events)) {
        duration.observe({ ...name, cicd_pipeline_run_state: state, cicd_pipeline_result: result }, (to - from) / 1_000)
      }
      if (run.status === 'failed') errors.inc({ ...name, error_type: run.reason ?? 'unknown' })
    },

    expose: async (): Promise<Exposition> => ({ type: registry.contentType, text: await registry.metrics() }),
  }
}

/** Gauges that are read from the store when somebody looks. Without an answer in time they are NaN: not known. */
function stored(registry: Registry, gauges: MetricsDeps['gauges'], now: () => number): void {
  const active = new Gauge({
    name: 'cicd_pipeline_run_active',
    help: 'Runs that have not ended, by state',
    labelNames: ['cicd_pipeline_run_state'],
    registers: [],
    async collect() {
      const live = await orNull(gauges.live())
      const count = (...statuses: string[]): number =>
        live === null ? NaN : live.reduce((sum, [status, n]) => sum + (statuses.includes(status) ? n : 0), 0)
      this.set({ cicd_pipeline_run_state: 'pending' }, count('queued'))
      this.set({ cicd_pipeline_run_state: 'executing' }, count('running', 'paused'))
    },
  })
  registry.registerMetric(active)
  gauge('cicd_worker_count', 'Jobs that work on a Run', async () => {
    const live = await gauges.live()
    return live.reduce((sum, [status, n]) => sum + (status === 'running' ? n : 0), 0)
  })
  const budget = new Gauge({
    name: 'app_github_budget_remaining',
    help: 'Comments, branches and the like that the busiest installation may still create, by limit of GitHub',
    labelNames: ['limit'],
    registers: [],
    async collect() {
      const left = await orNull(gauges.budgetLeft(now()))
      this.set({ limit: 'content_per_minute' }, left?.minute ?? NaN)
      this.set({ limit: 'content_per_hour' }, left?.hour ?? NaN)
    },
  })
  registry.registerMetric(budget)
  gauge('app_outbox_oldest_age_seconds', 'Age of the oldest effect that is due and not taken', async () => {
    const dueAt = await gauges.oldestDueEffect(now())
    return dueAt === null ? 0 : (now() - dueAt) / 1_000
  })
  gauge('app_runs_past_deadline', `Runs whose clock ran out more than ${PAST_DEADLINE_GRACE_MS / 1_000} s ago`, () =>
    gauges.pastDeadline(now() - PAST_DEADLINE_GRACE_MS),
  )

  function gauge(name: string, help: string, read: () => Promise<number>): void {
    const metric = new Gauge({
      name,
      help,
      registers: [],
      async collect() {
        this.set((await orNull(read())) ?? NaN)
      },
    })
    registry.registerMetric(metric)
  }
}

/** Null when the answer does not come, so that the process' own numbers are told while the database is away. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), GAUGE_MS_MAX)
  })
  try {
    return await Promise.race([asked.catch(() => null), late])
  } finally {
    clearTimeout(timer)
  }
}
