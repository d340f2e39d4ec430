/** The machine of a job dies under it: the Run ends within its clock, and its sandbox does not outlive it for long. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'

const LOST_MS = 3_000
const SWEEP_MS = 500
/** A busy machine. */
const SLACK_MS = 30_000
const settings = {
  HEARTBEAT_MS: '500',
  HEARTBEAT_LOST_MS: String(LOST_MS),
  SWEEP_INTERVAL_MS: String(SWEEP_MS),
}

test.each(['local', 'e2b'] as const)('SIGKILL while the agent works, in a sandbox of provider %s', async (sandbox) => {
  const stage = await openStage({ sandbox, settings })
  const { world, assign, ended, ledger, until } = stage
  const { id } = await assign(world.openIssue(), 'stub: slow 60000')
  let killedAt = 0
  const run = await ended(id, ({ type, run: now }) => {
    if (type !== 'agent.started') return
    killedAt = Date.now()
    world.runner.kill(now.workflowRun!.id)
  })
  const failed = (await ledger(id)).find(({ type }) => type === 'run.failed')!
  expect(Date.parse(failed.at) - killedAt).toBeLessThan(LOST_MS + 2 * SWEEP_MS + SLACK_MS)
  expect(run).toMatchObject({ status: 'failed', reason: { code: 'heartbeat_lost' }, pullRequest: null })

  // On the runner its supervisor ends it; at a provider that the app reaches, the app does.
  await until('no sandbox', async () => (await stage.sandboxes(id)).length === 0)
  const deaths = sandbox === 'e2b' ? ['destroyed'] : []
  await until(
    'the record of its death',
    async () => sandbox === 'local' || (await stage.run(id)).sandbox?.state === 'gone',
  )
  const reaped = (await ledger(id)).filter(({ type }) => type === 'sandbox.reaped')
  expect(reaped.map(({ data }) => data['how'])).toEqual(deaths)
  expect(world.github.state.pulls).toEqual([])
  // The job that GitHub still shows as running is cancelled there.
  await until('the cancel of the job', () => world.github.requests.some(({ path }) => path.endsWith('/cancel')))

  world.comment(run.issue.number, '/assign-agent')
  const again = await until('the next Run', async () => (await stage.runsOf(run.issue.number)).find((r) => r.id !== id))
  expect(await ended(again.id)).toMatchObject({ status: 'succeeded', reason: { code: 'pull_request_opened' } })
  expect(world.github.state.pulls).toHaveLength(1)
})

test('SIGTERM to the machine: the executor cleans up after itself', async () => {
  const stage = await openStage({ settings })
  const { world, assign, ended } = stage
  const { id } = await assign(world.openIssue(), 'stub: slow 60000')
  const run = await ended(id, ({ type, run: now }) => {
    if (type === 'agent.started') world.runner.kill(now.workflowRun!.id, 'SIGTERM')
  })
  expect(run).toMatchObject({ status: 'cancelled', reason: { code: 'cancelled_by_person' } })
  await stage.until('no sandbox', async () => (await stage.sandboxes(id)).length === 0)
})
