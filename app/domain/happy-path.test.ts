import { expect, test } from 'vitest'

import { happyReports, published, tellStory } from '../../test/support/story.ts'
import { foldAll } from './run.ts'

test('a Run goes from queued over running to succeeded, and holds the pull request', async () => {
  const story = tellStory()
  await story.request()
  expect(story.run).toMatchObject({ status: 'queued', phase: 'dispatching', seq: 1 })
  expect(story.effects()).toEqual(['react', 'publishComment', 'resolveBase'])

  await story.dispatched()
  await story.bind()
  expect(story.run).toMatchObject({ status: 'running', phase: 'acquiring_sandbox', workflowRunId: 77 })

  const phases = []
  for (const event of happyReports) {
    await story.report(event)
    phases.push(story.run.phase)
  }
  expect([...new Set(phases)]).toEqual(['acquiring_sandbox', 'preparing', 'executing', 'publishing'])

  for (const outcome of published) await story.submit(outcome)
  expect(story.run).toMatchObject({
    status: 'succeeded',
    phase: null,
    reason: 'pull_request_opened',
    deadlineAt: null,
    pullRequest: { number: 6 },
    sandbox: { id: 'sbx_1', state: 'gone' },
  })
  expect(story.types().slice(-2)).toEqual(['pull_request.opened', 'run.succeeded'])
})

test('an agent that changed nothing ends the Run succeeded, with its own reason', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.report({
    type: 'agent.finished',
    data: {
      commits: 0,
      files: 0,
      additions: 0,
      deletions: 0,
      summary: '',
      handoff: { goal: '', did: '', forNextAgent: '' },
      ms: 1,
    },
  })
  await story.report({ type: 'executor.finished', data: { outcome: 'completed', reason: null, detail: null } })
  expect(story.run).toMatchObject({ status: 'succeeded', reason: 'no_changes', pullRequest: null })
})

test('the stored state is the fold of the stored events, and every hash covers the one before', async () => {
  const story = tellStory()
  await story.upTo('executor.finished')
  for (const outcome of published) await story.submit(outcome)
  expect(foldAll(story.run.id, story.events)).toEqual(story.run)
  expect(story.events.map((e) => e.seq)).toEqual(story.events.map((_, i) => i + 1))
  expect(story.events.slice(1).map((e) => e.prev)).toEqual(story.events.slice(0, -1).map((e) => e.hash))
})

test('every state that is not terminal has a deadline', async () => {
  const story = tellStory()
  await story.request()
  const deadlines = [story.run.deadlineAt]
  await story.dispatched()
  await story.bind()
  for (const event of happyReports) {
    await story.report(event)
    deadlines.push(story.run.deadlineAt)
  }
  expect(deadlines.every((at) => at !== null && at > story.now)).toBe(true)
})
