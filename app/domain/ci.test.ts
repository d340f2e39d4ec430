/** What GitHub's webhooks say of a Run's workflow run: it is shown, it hurries a question, and it ends nothing. */
import { expect, test } from 'vitest'

import { START, binding, happyReports, tellStory } from '../../test/support/story.ts'
import { defaultClocks, silenceAskedMs } from './policy.ts'
import { streamName } from './stream-events.ts'
import { toRunBody } from './view.ts'

type Story = ReturnType<typeof tellStory>
const urls = { publicUrl: 'https://agents.example.com', githubUrl: 'https://github.com' }
const { workflowRunId } = binding
const ASKED_MS = silenceAskedMs(defaultClocks)

const told = (story: Story, status: 'in_progress' | 'completed', over: object = {}) =>
  story.submit({
    type: 'workflow.changed',
    workflowRunId,
    runAttempt: 1,
    status,
    conclusion: status === 'completed' ? 'success' : null,
    createdAt: START,
    at: 0,
    ...over,
  })
const shown = (story: Story) => {
  const { workflowRun } = toRunBody(story.run, urls)
  return workflowRun && [workflowRun.id, workflowRun.status, workflowRun.conclusion]
}

test('how the job stands is shown from its beginning to its end, which may come after that of the Run', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  expect(shown(story)).toBeNull()
  await told(story, 'in_progress')
  expect(shown(story)).toEqual([workflowRunId, 'in_progress', null])
  await story.bind()
  for (const event of happyReports) await story.report(event)
  await story.submit({
    type: 'outcome',
    at: 0,
    outcome: { type: 'refused', data: { reason: 'publish_failed', detail: null } },
  })
  expect(shown(story), 'whether its job is still there only GitHub can tell').toEqual([workflowRunId, null, null])
  await told(story, 'completed')
  expect(shown(story)).toEqual([workflowRunId, 'completed', 'success'])
  expect(story.run.status).toBe('failed')
  const changes = story.events.filter(({ type }) => type === 'workflow.changed')
  expect(changes.map(streamName)).toEqual(['ci.status', 'ci.status'])
})

test('webhooks that come twice, late or never leave it as it is', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  expect(shown(story), 'a job that reports is running').toEqual([workflowRunId, 'in_progress', null])
  await told(story, 'completed')
  await told(story, 'completed')
  await told(story, 'in_progress')
  expect(shown(story)).toEqual([workflowRunId, 'completed', 'success'])
  expect(story.types().filter((type) => type === 'workflow.changed')).toHaveLength(1)
})

test('what bears the name of a Run but is not its job changes nothing', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const before = structuredClone(story.run)
  for (const status of ['in_progress', 'completed'] as const) {
    expect(await told(story, status, { workflowRunId: 78 })).toMatchObject({ refused: 'foreign_job' })
    expect(await told(story, status, { runAttempt: 2 })).toMatchObject({ refused: 'foreign_job' })
  }
  expect(story.run).toEqual(before)
})

test('before the bind the first that begins is shown, and the bind itself says whose job it is', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  expect(await told(story, 'completed'), 'of which nobody heard that it began').toMatchObject({
    refused: 'foreign_job',
  })
  const early = { createdAt: START - 61_000 }
  expect(await told(story, 'in_progress', early), 'it is older than the dispatch').toMatchObject({
    refused: 'foreign_job',
  })
  await told(story, 'in_progress', { workflowRunId: 78 })
  expect(await told(story, 'in_progress')).toMatchObject({ refused: 'foreign_job' })
  expect(shown(story)).toEqual([78, 'in_progress', null])
  expect(story.run.workflowRunId, 'what is cancelled with the Run').toBeNull()
  await story.bind()
  expect(shown(story)).toEqual([workflowRunId, 'in_progress', null])
})

test('a job that ended before it reported is asked about at once, and GitHub’s answer ends the Run', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  await told(story, 'in_progress')
  await told(story, 'completed', { conclusion: 'failure' })
  expect(story.run.status).toBe('queued')
  expect(story.effects()).toContain('inspectWorkflow')
})

test('the job of an earlier attempt, and of one that was paused, is not taken for the next one', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await told(story, 'in_progress')
  await story.submit({
    type: 'outcome',
    at: 0,
    outcome: { type: 'refused', data: { reason: 'publish_failed', detail: null } },
  })
  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 20 } })
  await story.engine.retry(story.run.id, 'octocat')
  await story.dispatched()
  expect(await told(story, 'in_progress')).toMatchObject({ refused: 'foreign_job' })
  expect(await told(story, 'completed')).toMatchObject({ refused: 'foreign_job' })
  expect(shown(story)).toBeNull()
  await told(story, 'in_progress', { workflowRunId: 78 })
  expect(shown(story)).toEqual([78, 'in_progress', null])

  const paused = tellStory()
  await paused.paused()
  await paused.resume()
  await paused.sent(1)
  expect(await told(paused, 'in_progress')).toMatchObject({ refused: 'foreign_job' })
})

test('a job that GitHub says has ended, without a farewell: GitHub is asked after two heartbeats, not after six', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await told(story, 'completed', { conclusion: 'failure' })
  expect(story.rows.get(story.run.id)!.sweepAt).toBe(story.now + ASKED_MS)
  story.pass(ASKED_MS - 1)
  await story.tick()
  expect(story.types()).not.toContain('executor.silent')
  story.pass(1)
  await story.tick()
  expect(story.types().at(-1)).toBe('executor.silent')
  expect(story.effects()).toContain('settleFromWorkflow')
  expect(story.run.status).toBe('running')
})

test('one that is still heard is believed, and one that is not is given up no sooner than without the webhook', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await told(story, 'completed')
  const heartbeats = 8
  for (let n = 0; n < heartbeats; n++) {
    story.pass(defaultClocks.heartbeatMs)
    await story.heartbeat()
    await story.tick()
  }
  expect(story.types()).not.toContain('executor.silent')
  const lastHeard = story.now
  for (;;) {
    story.pass(1_000)
    await story.tick()
    // GitHub is asked, and still shows the job as running.
    await story.settle()
    if (story.run.status === 'failed') break
    expect(story.now - lastHeard).toBeLessThan(10 * defaultClocks.heartbeatLostMs)
  }
  expect(story.run.reason).toBe('heartbeat_lost')
  expect(story.now - lastHeard).toBe(defaultClocks.heartbeatLostMs + ASKED_MS)
  const silences = story.events.filter(({ type }) => type === 'executor.silent').map(({ at }) => at - lastHeard)
  expect(silences, 'in a hurry, and as ever').toEqual([ASKED_MS, defaultClocks.heartbeatLostMs])
})

test('a farewell that comes in time leaves nothing to ask about', async () => {
  const story = tellStory()
  await story.upTo('proposal.submitted')
  await told(story, 'completed')
  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 20 } })
  await story.report({ type: 'executor.finished', data: { outcome: 'completed', reason: null, detail: null } })
  story.pass(ASKED_MS)
  await story.tick()
  expect(story.types()).not.toContain('executor.silent')
})
