import { expect, test } from 'vitest'

import { published, tellStory } from '../../test/support/story.ts'
import { defaultClocks } from './policy.ts'

const cancel = { type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 } as const

test('a cancel in mid-run waits for the executor, then ends the Run cancelled', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit(cancel)
  expect(story.run).toMatchObject({
    status: 'running',
    phase: 'cancelling',
    deadlineAt: story.now + defaultClocks.cancelGraceMs,
  })

  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 5 } })
  await story.report({ type: 'executor.finished', data: { outcome: 'cancelled', reason: null, detail: null } })
  expect(story.run).toMatchObject({
    status: 'cancelled',
    reason: 'cancelled_by_person',
    endedBy: 'octocat',
    sandbox: { state: 'gone' },
  })
})

test('a cancel before any job was bound ends the Run at once, and a job that comes late is refused', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  await story.submit(cancel)
  expect(story.run.status).toBe('cancelled')
  expect(story.effects()).toContain('cancelWorkflow')
  expect(await story.bind()).toMatchObject({ refused: 'ended' })
})

test('a cancel that nobody answers becomes a kill, and the Run ends when the sandbox is gone', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit(cancel)
  story.pass(defaultClocks.cancelGraceMs)
  await story.tick()
  expect(story.run).toMatchObject({ status: 'running', stop: { kind: 'kill', by: 'octocat' } })
  expect(story.effects()).toContain('destroySandbox')

  await story.submit({
    type: 'outcome',
    at: 0,
    outcome: { type: 'sandbox.reaped', data: { sandboxId: 'sbx_1', how: 'destroyed' } },
  })
  expect(story.run).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person', endedBy: 'octocat' })
})

test('a killed Run hears sandbox.destroyed and nothing else', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit({ type: 'kill', by: 'admin', reason: 'runaway', at: 0 })
  const step = { step: 2, of: 2, title: 'more', state: 'started' } as const
  expect(await story.report({ type: 'agent.progressed', data: step })).toMatchObject({ refused: 'only_destroyed' })
  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 5 } })
  expect(story.run).toMatchObject({ status: 'cancelled', reason: 'kill', endedBy: 'admin' })
})

test('how long a kill took stands in the ledger, from the request to the confirmed death', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit({ type: 'kill', by: 'admin', reason: null, at: 0 })
  story.pass(1_234)
  await story.report({ type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 5 } })
  expect(story.events.at(-1)).toMatchObject({ type: 'run.cancelled', data: { reason: 'kill', killMs: 1_234 } })
})

test('a kill before there is a sandbox ends the Run at once, with nothing to measure', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  await story.submit({ type: 'kill', by: 'admin', reason: null, at: 0 })
  expect(story.events.at(-1)).toMatchObject({ type: 'run.cancelled', data: { reason: 'kill', by: 'admin' } })
  expect(story.events.at(-1)!.data).not.toHaveProperty('killMs')
})

test('a cancel during publishing leaves no pull request: one that appears all the same is withdrawn', async () => {
  const story = tellStory()
  await story.upTo('executor.finished')
  await story.submit(published[0]!)
  const claim = await claimOf(story, 'openPullRequest')
  await story.submit(cancel)
  expect(story.run.status).toBe('cancelled')

  await story.engine.finishEffect(claim, {
    ok: true,
    outcome: {
      type: 'pull_request.opened',
      data: { number: 6, url: 'https://github.com/acme/shop/pull/6', adopted: false },
    },
  })
  expect(story.run).toMatchObject({ status: 'cancelled', pullRequest: null, strayPullRequest: 6 })
  expect(story.effects()).toContain('withdrawPullRequest')
})

test('a second cancel, and one after the end, are refused and change nothing', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit(cancel)
  expect(await story.submit(cancel)).toMatchObject({ refused: 'not_allowed_now' })
  await story.report({ type: 'executor.finished', data: { outcome: 'cancelled', reason: null, detail: null } })
  const before = story.run
  expect(await story.submit(cancel)).toMatchObject({ refused: 'ended' })
  expect(story.run).toEqual(before)
})

async function claimOf(story: ReturnType<typeof tellStory>, type: string) {
  for (;;) {
    const claim = await story.engine.claimEffect(story.run.id, story.now)
    if (!claim) throw new Error(`${type} is not due`)
    if (claim.effect.type === type) return claim
    await story.engine.finishEffect(claim, { ok: true, outcome: null })
  }
}
