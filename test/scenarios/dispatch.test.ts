/** What GitHub makes of a dispatch: loses it, starts it twice, cannot start it. One Run each, one sandbox at a time. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'
import { REPOSITORY } from '../stack/world.ts'

const settings = { DISPATCH_TIMEOUT_MS: '5000', SWEEP_INTERVAL_MS: '500' }
const WORKFLOW = '.github/workflows/deckhand.yml'

test('lost once: the same dispatch goes out once more, and the Run succeeds', async () => {
  const { world, assign, ended, ledger } = await openStage({ settings })
  world.runner.lose(1)
  const { id } = await assign(world.openIssue())
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  const events = await ledger(id)
  const sent = events.filter(({ type }) => type === 'run.dispatched')
  expect(sent.map(({ data }) => data['send'])).toEqual([1, 2])
  expect(new Set(sent.map(({ data }) => data['dispatchId'])).size).toBe(1)
  expect(events.find(({ type }) => type === 'workflow.observed')?.data).toMatchObject({ state: 'absent' })
  expect(world.github.state.workflowRuns).toHaveLength(1)
  await world.runner.idle()
})

test('lost twice, or no workflow file: the Run fails with dispatch_timeout and says what to check', async () => {
  const stage = await openStage({ settings })
  const { world, assign, ended, ledger, until } = stage
  await world.github.push({ repository: REPOSITORY, by: 'octocat', files: { [WORKFLOW]: null } })
  const { id } = await assign(world.openIssue())
  const run = await ended(id)
  expect(run).toMatchObject({ status: 'failed', reason: { code: 'dispatch_timeout' }, sandbox: null })
  expect(run.reason!.remedy).toContain('workflow file')
  expect((await ledger(id)).filter(({ type }) => type === 'run.dispatched')).toHaveLength(2)
  await until('the status comment', () =>
    stage.statusComments(id)[0]?.includes('the workflow file is on the default branch'),
  )
})

test('a workflow that GitHub cannot read: dispatch_failed, without waiting for all clocks', async () => {
  const { world, assign, ended } = await openStage({ settings })
  const caller = await world.github.readFile(REPOSITORY, 'main', WORKFLOW)
  await world.github.push({ repository: REPOSITORY, by: 'octocat', files: { [WORKFLOW]: broken(caller!) } })
  const { id } = await assign(world.openIssue())
  const run = await ended(id)
  expect(run).toMatchObject({ status: 'failed', reason: { code: 'dispatch_failed' }, sandbox: null })
  expect(run.reason!.cause).toContain('startup_failure')
})

test('started twice: the second job finds the Run taken, makes no sandbox and ends quietly', async () => {
  const { world, assign, ended, ledger, runsOf } = await openStage({ sandbox: 'e2b' })
  world.runner.twice(1)
  const number = world.openIssue()
  const { id } = await assign(number)
  const run = await ended(id)
  expect(run).toMatchObject({ status: 'succeeded' })
  await world.runner.idle()
  expect(await runsOf(number)).toHaveLength(1)
  expect(world.e2b!.sandboxes()).toHaveLength(1)
  expect(world.github.state.pulls).toHaveLength(1)
  expect((await ledger(id)).filter(({ type }) => type === 'executor.bound')).toHaveLength(1)
  expect(world.github.state.workflowRuns.map(({ conclusion }) => conclusion)).toEqual(['success', 'success'])
  const second = world.github.state.workflowRuns.find((other) => other.id !== run.workflowRun!.id)!
  expect(world.runner.annotations(second.id).filter(({ level }) => level === 'error')).toEqual([])
  expect(world.runner.log(second.id)).toMatch(/another job/i)
})

/** The caller's file, asking for a reusable workflow that is not there. */
const broken = (file: string): string =>
  file.replace(/uses: \S+/, 'uses: deckhand/nowhere/.github/workflows/x.yml@main')
