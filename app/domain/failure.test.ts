import { expect, test } from 'vitest'

import { acquireFailures } from '../contracts/callbacks.ts'
import { tellStory } from '../../test/support/story.ts'
import type { Input } from './inputs.ts'
import { defaultClocks, silenceAskedMs } from './policy.ts'

test.each(acquireFailures)('no sandbox: %s ends the Run failed with its own reason', async (reason) => {
  const story = tellStory()
  await story.upTo('sandbox.requested')
  await story.report({ type: 'sandbox.acquire_failed', data: { provider: 'e2b', reason, detail: 'no', ms: 9 } })
  expect(story.run).toMatchObject({ status: 'failed', reason, reasonDetail: 'no' })
  expect(story.effects()).toContain('destroySandbox')
})

test('an acquisition that hangs with its executor ends within the acquisition clock', async () => {
  const story = tellStory()
  await story.upTo('sandbox.requested')
  story.pass(75_000)
  await story.heartbeat()
  await story.tick()
  expect(story.run).toMatchObject({ status: 'failed', reason: 'sandbox_acquire_timeout' })
})

test('silence for the heartbeat clock ends the Run, after GitHub was asked; a heartbeat in time keeps it', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  story.pass(defaultClocks.heartbeatLostMs - 1)
  await story.heartbeat()
  story.pass(defaultClocks.heartbeatLostMs - 1)
  await story.tick()
  expect(story.types()).not.toContain('executor.silent')
  story.pass(1)
  await story.tick()
  expect(story.types().at(-1)).toBe('executor.silent')
  expect(story.effects()).toContain('settleFromWorkflow')
  await story.settle()
  story.pass(silenceAskedMs(defaultClocks) - 1)
  await story.tick()
  expect(story.run.status).toBe('running')
  story.pass(1)
  await story.tick()
  expect(story.run).toMatchObject({ status: 'failed', reason: 'heartbeat_lost' })
})

test('a job that is heard again while GitHub is asked lives on, and its next silence is asked about again', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  story.pass(defaultClocks.heartbeatLostMs)
  await story.tick()
  story.pass(silenceAskedMs(defaultClocks) - 1)
  await story.heartbeat()
  story.pass(defaultClocks.heartbeatLostMs - 1)
  await story.tick()
  expect(story.run.status).toBe('running')
  story.pass(1)
  await story.tick()
  expect(story.types().filter((type) => type === 'executor.silent')).toHaveLength(2)
  expect(story.run.status).toBe('running')
})

test('a job that is over ends its Run at once; one that brought its proposal first does not', async () => {
  const gone: Input = { type: 'outcome', at: 0, outcome: { type: 'executor.gone', data: { conclusion: 'failure' } } }
  const lost = tellStory()
  await lost.upTo('agent.started')
  lost.pass(defaultClocks.heartbeatLostMs)
  await lost.tick()
  await lost.submit(gone)
  expect(lost.run).toMatchObject({ status: 'failed', reason: 'heartbeat_lost' })
  expect(lost.run.reasonDetail).toContain('failure')
  const settled = tellStory()
  await settled.upTo('proposal.submitted')
  await settled.submit(gone)
  expect(settled.run).toMatchObject({ status: 'running', phase: 'publishing' })
})

test('we were away while a sandbox was acquired: GitHub is asked before the acquisition counts as too slow', async () => {
  const story = tellStory()
  await story.upTo('sandbox.requested')
  story.pass(80_000)
  await story.tick()
  expect(story.types().at(-1)).toBe('executor.silent')
  expect(story.run.status).toBe('running')
})

test('the whole Run has a clock of its own, heartbeats or not', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  story.pass(defaultClocks.runMs)
  await story.heartbeat()
  await story.tick()
  expect(story.run).toMatchObject({ status: 'failed', reason: 'run_timeout' })
})

const observed = (state: 'absent' | 'queued' | 'completed', conclusion: string | null = null): Input => ({
  type: 'outcome',
  at: 0,
  outcome: {
    type: 'workflow.observed',
    data: { dispatchId: 'd', state, workflowRunId: state === 'absent' ? null : 77, conclusion },
  },
})

test('a dispatch that vanished is sent once more, then the Run ends failed', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  story.pass(defaultClocks.dispatchMs)
  await story.tick()
  await story.submit(observed('absent'))
  expect(story.effects()).toContain('dispatch')
  await story.dispatched(2)
  story.pass(defaultClocks.dispatchMs)
  await story.tick()
  await story.submit(observed('absent'))
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_timeout' })
})

test('busy runners are waited for, up to the clock for queued jobs', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  let waitedMs = 0
  while (story.run.status === 'queued' && waitedMs < 2 * defaultClocks.queuedMs) {
    story.pass(defaultClocks.dispatchMs)
    waitedMs += defaultClocks.dispatchMs
    await story.tick()
    await story.submit(observed('queued'))
  }
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_timeout' })
  expect(waitedMs).toBeGreaterThanOrEqual(defaultClocks.queuedMs)
  expect(waitedMs).toBeLessThan(defaultClocks.queuedMs + 2 * defaultClocks.dispatchMs)
})

test('a workflow that ended before it reported ends the Run with what GitHub says', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  story.pass(defaultClocks.dispatchMs)
  await story.tick()
  await story.submit(observed('completed', 'startup_failure'))
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_failed' })
  expect(story.run.reasonDetail).toContain('startup_failure')
})

test('an unknown input is refused by name, and nothing changes', async () => {
  const story = tellStory()
  await story.request()
  const before = structuredClone(story.rows.get(story.run.id))
  const answer = await story.submit({ type: 'reboot', at: 0 } as unknown as Input)
  expect(answer).toMatchObject({ refused: 'unknown_input', message: expect.stringContaining('"reboot"') })
  expect(story.rows.get(story.run.id)).toEqual(before)
})

test('a ledger that is full ends the Run, with room left for the end', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const step = { step: 1, of: 1, title: 'again', state: 'completed' } as const
  for (let n = 0; n < 1_000 && story.run.status === 'running'; n++) {
    await story.report({ type: 'agent.progressed', data: step })
  }
  expect(story.run).toMatchObject({ status: 'failed', reason: 'ledger_full' })
  expect(story.run.seq).toBeLessThan(1_000)
})
