/** What Prometheus reads: counted once, under words of our own, and still there while the database is away. */
import { expect, test } from 'vitest'

import { published, tellStory } from '../../test/support/story.ts'
import { GitHubError } from '../github/errors.ts'
import { createMetrics } from './metrics.ts'
import type { MetricsDeps } from './metrics.ts'

const NOW = Date.parse('2026-11-20T12:00:00.000Z')
const gauges: MetricsDeps['gauges'] = {
  live: async () => [
    ['queued', 2],
    ['running', 3],
    ['paused', 1],
  ],
  oldestDueEffect: async () => NOW - 1_500,
  budgetLeft: async () => ({ minute: 78, hour: 400 }),
  pastDeadline: async (at) => (at === NOW - 60_000 ? 4 : 0),
}
const lines = async (metrics: ReturnType<typeof createMetrics>): Promise<string[]> =>
  (await metrics.expose()).text.split('\n')

test('a Run that ended stands in the histogram with its three states, and a failed one among the errors', async () => {
  const metrics = createMetrics({ gauges, now: () => NOW })
  const story = tellStory()
  await story.request()
  story.pass(2_000)
  await story.dispatched()
  await story.bind()
  story.pass(7_000)
  await story.submit({ type: 'effect.abandoned', effect: 'publishBranch', detail: 'GitHub is away', at: story.now })
  metrics.ended(story.run, story.events)
  const failed = story.run.reason
  const happy = tellStory()
  await happy.upTo('proposal.submitted')
  happy.pass(3_000)
  for (const input of published) await happy.submit(input)
  metrics.ended(happy.run, happy.events)

  const told = await lines(metrics)
  const sum = (state: string, result: string) =>
    `cicd_pipeline_run_duration_seconds_sum{cicd_pipeline_name="stub",cicd_pipeline_run_state="${state}",cicd_pipeline_result="${result}"}`
  expect(told).toContain(`${sum('finalizing', 'success')} 3`)
  expect(told).toContain(`${sum('pending', 'error')} 2`)
  expect(told).toContain(`${sum('executing', 'error')} 7`)
  expect(told).toContain(`cicd_pipeline_run_errors_total{cicd_pipeline_name="stub",error_type="${failed}"} 1`)
})

test('refusals are counted by surface and reason, and a reason that is no word of ours is other', async () => {
  const metrics = createMetrics({ gauges, now: () => NOW })
  metrics.rejected('webhook', 'bad_signature')
  metrics.rejected('webhook', 'bad_signature')
  metrics.rejected('callback', 'bind_nonce')
  metrics.rejected('callback', 'Anything "that" somebody\nsent')
  const told = await lines(metrics)
  expect(told).toContain('app_webhook_rejected_total{reason="bad_signature"} 2')
  expect(told).toContain('app_callback_rejected_total{reason="bind_nonce"} 1')
  expect(told).toContain('app_callback_rejected_total{reason="other"} 1')
})

test('what Deckhand fails at is counted by what it tried and why; what waits its turn is not', async () => {
  const metrics = createMetrics({ gauges, now: () => NOW })
  metrics.failed('publishBranch', new GitHubError('unavailable', '502'))
  metrics.failed('publishBranch', new GitHubError('unavailable', '503'))
  metrics.failed('openPullRequest', new GitHubError('forbidden', '403'))
  metrics.failed('destroySandbox', new Error('the provider hung up'))
  metrics.failed('publishComment', new GitHubError('rate_limited', '429'))
  const told = (await lines(metrics)).filter((line) => line.startsWith('cicd_system_errors_total{'))
  const line = (component: string, type: string, n: number) =>
    `cicd_system_errors_total{cicd_system_component="${component}",error_type="${type}"} ${n}`
  expect(told).toEqual([
    line('publishBranch', 'github_away', 2),
    line('openPullRequest', 'github_refused', 1),
    line('destroySandbox', 'other', 1),
  ])
})

test('gauges are read when somebody looks', async () => {
  const metrics = createMetrics({ gauges, now: () => NOW })
  metrics.orphaned(1)
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      'cicd_pipeline_run_active{cicd_pipeline_run_state="pending"} 2',
      'cicd_pipeline_run_active{cicd_pipeline_run_state="executing"} 4',
      'cicd_worker_count 3',
      'app_github_budget_remaining{limit="content_per_minute"} 78',
      'app_outbox_oldest_age_seconds 1.5',
      'app_runs_past_deadline 4',
      'app_sandboxes_orphaned 1',
      expect.stringMatching(/^process_resident_memory_bytes \d+/),
    ]),
  )
})

test('while the database is away the numbers that it holds are unknown, and the others are told', async () => {
  const away = () => Promise.reject(new Error('no primary'))
  const metrics = createMetrics({
    gauges: { live: away, oldestDueEffect: away, budgetLeft: away, pastDeadline: away },
    now: () => NOW,
  })
  const told = await lines(metrics)
  expect(told).toEqual(expect.arrayContaining(['app_runs_past_deadline Nan', 'app_sandboxes_orphaned 0']))
})
