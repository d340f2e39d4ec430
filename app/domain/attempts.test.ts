import { expect, test } from 'vitest'

import { binding, happyReports, published, tellStory } from '../../test/support/story.ts'
import { ATTEMPTS_MAX } from './policy.ts'
import { foldAll } from './run.ts'

const failure = { type: 'agent.failed', data: { reason: 'agent_failed', exitCode: 1, detail: 'x', ms: 1 } } as const
const farewell = { type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 1 } } as const

async function failedRun() {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.report(failure)
  await story.report(farewell)
  return story
}

test('a retry is the next attempt of the same Run: a fresh dispatch and branch, the history kept', async () => {
  const story = await failedRun()
  const { id, branchName, dispatch } = story.run
  const before = story.events.length
  await story.engine.retry(id, 'octocat')
  expect(story.run).toMatchObject({
    id,
    status: 'queued',
    attempt: 2,
    reason: null,
    branchName: `${branchName}.2`,
    baseSha: null,
  })
  expect(story.run.dispatch.id).not.toBe(dispatch.id)
  expect(story.events).toHaveLength(before + 1)
  expect(story.effects()).toEqual(expect.arrayContaining(['publishComment', 'resolveBase']))

  story.newJob()
  await story.dispatched()
  await story.bind({ bind: '78.1.100' })
  for (const event of happyReports) await story.report(event, { bind: '78.1.100' })
  for (const outcome of published) await story.submit(outcome)
  expect(story.run).toMatchObject({ status: 'succeeded', attempt: 2, pullRequest: { number: 6 } })
  expect(foldAll(id, story.events)).toEqual(story.run)
})

test('the job of the earlier attempt may not report on the new one', async () => {
  const story = await failedRun()
  const old = story.run.dispatch.id
  await story.engine.retry(story.run.id, 'octocat')
  expect(await story.report(failure, { dispatchId: old })).toMatchObject({ refused: 'not_bound' })
  expect(await story.submit({ type: 'bind', dispatchId: old, binding, at: 0 })).toMatchObject({
    refused: 'foreign_job',
  })
})

test('nothing to retry: a Run that is live, that succeeded, or whose sandbox is not confirmed gone', async () => {
  const live = tellStory()
  await live.upTo('agent.started')
  expect(await live.engine.retry(live.run.id, 'octocat')).toMatchObject({
    refused: 'not_allowed_now',
    message: expect.stringContaining('running'),
  })
  await live.report(failure)
  expect(await live.engine.retry(live.run.id, 'octocat')).toMatchObject({
    message: expect.stringContaining('not confirmed gone'),
  })

  const done = tellStory()
  await done.upTo('executor.finished')
  for (const outcome of published) await done.submit(outcome)
  expect(await done.engine.retry(done.run.id, 'octocat')).toMatchObject({
    message: expect.stringContaining('already succeeded'),
  })
})

test('another Run on the issue keeps its place: the retry is refused and changes nothing', async () => {
  const story = await failedRun()
  const first = story.run.id
  await story.request({ trigger: { via: 'comment', id: 'IC_2', commentId: 12, url: null } })
  expect(await story.engine.retry(first, 'octocat')).toMatchObject({
    refused: 'not_allowed_now',
    message: expect.stringContaining('Another Run'),
  })
  expect((await story.engine.load(first))?.status).toBe('failed')
})

test('attempts are counted, and come to an end', async () => {
  const story = await failedRun()
  const { id } = story.run
  for (let attempt = 2; attempt <= ATTEMPTS_MAX; attempt++) {
    expect(await story.engine.retry(id, 'octocat')).toMatchObject({ attempt })
    await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: 0 })
  }
  expect(await story.engine.retry(id, 'octocat')).toMatchObject({
    message: expect.stringContaining(`${ATTEMPTS_MAX} attempts`),
  })
})
