/** A Run as its operators see it: in the log, in the metrics, in one trace, and afterwards in a ledger that proves itself. */
import { expect, onTestFinished, test } from 'vitest'

import { createLog } from '../../app/compose/log.ts'
import { LedgerDocument } from '../../app/contracts/ledger.ts'
import { nonceOf } from '../../app/ids.ts'
import { verifyLedger } from '../../cli/ledger/verify.ts'
import { startCollector } from '../stack/collector.ts'
import { openStage } from '../support/scenario.ts'

interface Line {
  level: string
  msg: string
  runId?: string
  trace_id?: string
}

test('a Run stands in the log, in the metrics and in one trace, and its ledger is proved', async () => {
  const collector = await startCollector()
  onTestFinished(() => collector[Symbol.asyncDispose]())
  const written: string[] = []
  const { world, app, api, assign, ended, run, until } = await openStage({
    sandbox: 'e2b',
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, LOG_LEVEL: 'debug' },
    log: (config) => createLog(config, { write: (line) => void written.push(line) }),
  })
  const unsigned = {
    'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    'x-github-delivery': 'd-1',
    'x-github-event': 'ping',
  }
  expect((await api('/api/github/webhooks', { method: 'POST', body: '{}', headers: unsigned })).status).toBe(401)
  const { id } = await assign(world.openIssue())
  const { pullRequest } = await ended(id)
  await until('the farewell of the executor', async () => (await run(id)).sandbox?.state === 'gone')
  await world.runner.idle()

  // The ledger, exported and proved without the app.
  const document = LedgerDocument.parse(await (await api(`/api/runs/${id}/ledger`)).json())
  expect(verifyLedger(document)).toMatchObject({ ok: true, runId: id, status: 'succeeded' })
  expect(document.callbacks.length).toBeGreaterThanOrEqual(9)

  // Metrics, for whoever may see the whole house.
  expect((await fetch(`${world.appUrl}/metrics`)).status).toBe(401)
  const metrics = await api('/metrics')
  expect(metrics.headers.get('content-type')).toContain('text/plain')
  const told = (await metrics.text()).split('\n')
  expect(told).toEqual(
    expect.arrayContaining([
      'app_webhook_rejected_total{reason="bad_signature"} 1',
      'cicd_pipeline_run_active{cicd_pipeline_run_state="executing"} 0',
      'app_runs_past_deadline 0',
      // With this test's app nothing is counted; the gauge is read from the store all the same.
      'app_github_budget_remaining{limit="content_per_minute"} 80',
      'app_sandboxes_orphaned 0',
      expect.stringMatching(
        /^cicd_pipeline_run_duration_seconds_count\{.*run_state="finalizing",cicd_pipeline_result="success"\} 1$/,
      ),
    ]),
  )
  expect(told.join('\n')).not.toMatch(new RegExp(`${id}|acme|octocat`))

  // The log: whole lines of JSON, each with its Run, and nothing that opens a door.
  await app.stop()
  const lines = written.map((line) => JSON.parse(line) as Line)
  expect(written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  const own = written.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as Line)
  expect(own.length).toBeGreaterThan(20)
  expect(own.filter((line) => line.runId !== id || !line.trace_id)).toEqual([])
  expect(lines.filter((line) => line.level === 'error')).toEqual([])
  const { env, github, apiToken } = world
  const dispatchId = document.keys[0]!.dispatchId
  const secrets = [
    env['PRIVATE_KEY']!.split('\n')[1]!,
    ...['WEBHOOK_SECRET', 'CLIENT_SECRET', 'SECRET_KEY', 'E2B_API_KEY'].map((name) => env[name]!),
    nonceOf(env['SECRET_KEY']!, dispatchId),
    apiToken,
    ...github.state.tokens.map(({ token }) => token),
  ]
  expect(secrets.length).toBeGreaterThan(8)
  const log = written.join('')
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([])

  // One trace, from the webhook to the pull request.
  const traces = new Set(collector.spans.map((span) => span.traceId))
  expect([...traces]).toEqual([own[0]!.trace_id])
  const root = collector.spans.find((span) => !span.parentSpanId)!
  expect(root).toMatchObject({
    name: 'RUN stub',
    attributes: {
      'cicd.pipeline.run.id': id,
      'cicd.pipeline.result': 'success',
      'vcs.repository.url.full': `${github.url}/acme/shop`,
      'vcs.change.id': String(pullRequest!.number),
    },
  })
  const names = collector.spans.map((span) => span.name)
  expect(names).toEqual(
    expect.arrayContaining([
      'webhook issue_comment',
      'engine request',
      'effect dispatch',
      'POST /repos/{owner}/{repo}/dispatches',
      'POST /api/runs/:id/bind',
      'POST /api/runs/:id/events',
      'engine callback',
      'effect openPullRequest',
      'POST /repos/{owner}/{repo}/pulls',
      'pending',
      'executing',
      'finalizing',
    ]),
  )
  const ids = new Set(collector.spans.map((span) => span.spanId))
  expect(collector.spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId))).toEqual([])
})
