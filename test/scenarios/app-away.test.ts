/** The app is away while the job does its work: what the job could not deliver is read from its artifact afterwards. */
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'

import { readConfig } from '../../app/config.ts'
import { startApp } from '../../app/main.ts'
import { stageOf } from '../support/scenario.ts'
import { databaseUri, dropDatabase } from '../stack/mongo/test-database.ts'
import { startWorld } from '../stack/world.ts'

/** GitHub is asked for two heartbeats, which a busy machine needs. */
const settings = { HEARTBEAT_MS: '6000', HEARTBEAT_LOST_MS: '6500', SWEEP_INTERVAL_MS: '500' }
const UNDELIVERED = 'deckhand-undelivered-'

test('the app is away from the bind to the end of the job; the Run settles from the artifact to a pull request', async () => {
  const mongoUri = databaseUri()
  onTestFinished(() => dropDatabase(mongoUri))
  const world = await startWorld({ mongoUri, settings })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const { assign, ended, ledger, run: load, until } = stageOf(world)
  const start = () => startApp(readConfig(world.env), { log: pino({ level: 'silent' }) })

  const first = await start()
  const { id } = await assign(world.openIssue(), 'stub: slow 1500')
  await until('the bound job', async () => (await load(id)).status === 'running')
  await first.stop()
  await world.runner.idle()
  expect(world.github.state.artifacts.map((artifact) => artifact.name)).toEqual([`${UNDELIVERED}${id}`])

  const second = await start()
  onTestFinished(() => second.stop())
  const run = await ended(id)
  const events = await ledger(id)
  expect(run, JSON.stringify(events.slice(-4))).toMatchObject({
    status: 'succeeded',
    reason: { code: 'pull_request_opened' },
  })
  expect(events.map((event) => event.type)).toEqual(
    expect.arrayContaining(['executor.silent', 'agent.finished', 'proposal.submitted', 'executor.finished']),
  )
  expect(world.github.state.pulls).toHaveLength(1)
  expect(world.github.violations()).toEqual([])
})

test('a workflow that is over without a word ends its Run before its clock does', async () => {
  const mongoUri = databaseUri()
  onTestFinished(() => dropDatabase(mongoUri))
  const world = await startWorld({ mongoUri, settings })
  onTestFinished(() => world[Symbol.asyncDispose]())
  const app = await startApp(readConfig(world.env), { log: pino({ level: 'silent' }) })
  onTestFinished(() => app.stop())
  const { assign, ended, ledger } = stageOf(world)
  const { id } = await assign(world.openIssue(), 'stub: slow 60000')
  const run = await ended(id, ({ type, run: now }) => {
    if (type !== 'agent.started') return
    world.runner.kill(now.workflowRun!.id)
    world.github.updateWorkflowRun(now.workflowRun!.id, { status: 'completed', conclusion: 'failure' })
  })
  expect(run).toMatchObject({ status: 'failed', reason: { code: 'heartbeat_lost' }, pullRequest: null })
  const failed = (await ledger(id)).find(({ type }) => type === 'run.failed')
  expect(failed?.data['detail']).toContain('The job ended (failure)')
})
