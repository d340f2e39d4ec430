/** GitHub tells by webhook how the job of a Run stands: it is shown while it changes, and a job that is gone is noticed. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'
import { readStream } from '../stack/api/reader.ts'
import { launchBrowser } from '../stack/browser.ts'
import { ensureWebBuilt } from '../stack/web-build.ts'
import { REPOSITORY, ROOT } from '../stack/world.ts'
import { openTab } from '../web/browse.ts'

const WORKFLOW = '.github/workflows/deckhand.yml'
/** Two heartbeats are one second, and the clock of silence is far away. */
const settings = { HEARTBEAT_MS: '500', HEARTBEAT_LOST_MS: '60000', SWEEP_INTERVAL_MS: '500' }

/** The stream of a Run from its beginning. */
function streamOf({ world }: Pick<Stage, 'world'>, id: string) {
  const headers = { authorization: `Bearer ${world.apiToken}` }
  return readStream(`${world.appUrl}/api/runs/${id}/stream?after=0`, headers)
}

test('a workflow is triggered: its webhooks become the state of the job in the API, on the stream and on the page', async () => {
  const [webRoot, browser] = await Promise.all([ensureWebBuilt(ROOT), launchBrowser()])
  await using _ = { [Symbol.asyncDispose]: () => browser.close() }
  const stage = await openStage({ webRoot })
  const { world, assign, ended, run, ledger, until } = stage
  await using tab = await openTab(browser, world.appUrl)
  const { page } = tab
  await tab.open('/runs')
  await page.getByText('Sign in with GitHub').click()
  await page.getByRole('button', { name: 'Account menu of octocat' }).waitFor()
  const { id } = await assign(world.openIssue(), 'stub: slow 5000')
  const stream = await streamOf(stage, id)
  await tab.open(`/runs/${id}`)
  await page.getByText('In progress').waitFor()
  const working = await until('the job to begin', async () => (await run(id)).workflowRun)
  expect(working).toMatchObject({ status: 'in_progress', conclusion: null })

  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  await world.runner.idle()
  await page.getByText('Completed: success').waitFor()
  const { workflowRun } = await run(id)
  expect(workflowRun).toEqual({ ...working, status: 'completed', conclusion: 'success' })
  await expect.poll(() => stream.names().filter((name) => name === 'ci.status').length).toBeGreaterThanOrEqual(2)
  const told = (await ledger(id)).filter(({ type }) => type === 'workflow.changed')
  expect(told.map(({ data }) => [data['workflowRunId'], data['status']])).toEqual([
    [workflowRun!.id, 'in_progress'],
    [workflowRun!.id, 'completed'],
  ])
  // That it was asked for is nobody's news, and is not kept.
  const sent = world.github.deliveries.list().filter(({ event }) => event === 'workflow_run')
  expect(sent.map(({ action, statusCode }) => [action, statusCode])).toEqual([
    ['requested', 202],
    ['in_progress', 202],
    ['completed', 202],
  ])
})

test('a machine that dies: GitHub says that the job ended, and the Run ends long before its silence is too long', async () => {
  const { world, assign, ended, ledger } = await openStage({ settings })
  const { id } = await assign(world.openIssue(), 'stub: slow 60000')
  const run = await ended(id, ({ type, run: now }) => {
    if (type !== 'agent.started') return
    world.runner.kill(now.workflowRun!.id)
    world.github.updateWorkflowRun(now.workflowRun!.id, { status: 'completed', conclusion: 'failure' })
  })
  expect(run).toMatchObject({ status: 'failed', reason: { code: 'heartbeat_lost' } })
  const events = await ledger(id)
  expect(events.find(({ type }) => type === 'run.failed')?.data['detail']).toContain('The job ended (failure)')
  const silence = events.find(({ type }) => type === 'executor.silent')!
  expect(silence.data['silentMs']).toBeGreaterThanOrEqual(1_000)
  expect(silence.data['silentMs']).toBeLessThan(Number(settings.HEARTBEAT_LOST_MS))
})

/** A workflow run as GitHub makes it of the App's dispatch for this Run. */
function workflowRunOf({ world }: Pick<Stage, 'world'>, id: string, headSha: string, over: object = {}): number {
  return world.github.createWorkflowRun({
    repository: REPOSITORY,
    workflowPath: WORKFLOW,
    name: 'Deckhand',
    displayTitle: `run ${id}`,
    event: 'repository_dispatch',
    headSha,
    headBranch: 'main',
    actor: `${world.github.app.slug}[bot]`,
    ...over,
  }).id
}

test('a workflow that fails before its job reports ends the Run without waiting for the dispatch to be overdue', async () => {
  const stage = await openStage({ settings: { DISPATCH_TIMEOUT_MS: '600000' } })
  const { world, assign, ended, run, ledger, until } = stage
  world.runner.lose(1)
  const head = await world.github.push({ repository: REPOSITORY, by: 'octocat', files: { 'NOTES.md': 'x' } })
  const { id } = await assign(world.openIssue())
  await until('the dispatch', async () => (await ledger(id)).some(({ type }) => type === 'run.dispatched'))
  const workflow = workflowRunOf(stage, id, head)
  world.github.updateWorkflowRun(workflow, { status: 'in_progress' })
  await until('its beginning', async () => (await run(id)).workflowRun?.status === 'in_progress')
  world.github.updateWorkflowRun(workflow, { status: 'completed', conclusion: 'failure' })
  const failed = await ended(id)
  expect(failed).toMatchObject({ status: 'failed', reason: { code: 'dispatch_failed' } })
  expect(failed.reason!.cause).toContain('failure')
  expect((await ledger(id)).map(({ type }) => type)).not.toContain('dispatch.overdue')
})

test('a workflow that bears the name of another Run says nothing of it', async () => {
  const stage = await openStage({ settings })
  const { world, assign, ended, run, ledger } = stage
  const { id } = await assign(world.openIssue(), 'stub: slow 3000')
  const forge = (over: object) => {
    const forged = workflowRunOf(stage, id, world.github.state.workflowRuns[0]!.headSha, over)
    world.github.updateWorkflowRun(forged, { status: 'in_progress' })
    world.github.updateWorkflowRun(forged, { status: 'completed', conclusion: 'failure' })
    return forged
  }
  const forged: number[] = []
  const done = await ended(id, ({ type }) => {
    if (type !== 'agent.started') return
    forged.push(forge({}), forge({ workflowPath: '.github/workflows/mine.yml' }), forge({ actor: 'octocat' }))
  })
  expect(forged).toHaveLength(3)
  expect(done).toMatchObject({ status: 'succeeded' })
  await world.runner.idle()
  await expect.poll(async () => (await run(id)).workflowRun?.status).toBe('completed')
  const { workflowRun } = await run(id)
  expect(workflowRun).toMatchObject({ conclusion: 'success' })
  const told = (await ledger(id)).filter(({ type }) => type.startsWith('workflow.') || type === 'executor.silent')
  expect(new Set(told.map(({ data }) => data['workflowRunId']))).toEqual(new Set([workflowRun!.id]))
})
