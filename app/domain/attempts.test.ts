import { expect, test } from 'vitest'

import { binding, happyReports, published, tellStory } from '../../test/support/story.ts'
import type { ClaimedEffect } from './effect-results.ts'
import type { EffectType } from './effects.ts'
import { ATTEMPTS_MAX, EFFECT_ATTEMPTS_MAX, EFFECT_LEASE_MS } from './policy.ts'
import { instructionsOf } from './attempts.ts'
import { foldAll } from './run.ts'

const failure = { type: 'agent.failed', data: { reason: 'agent_failed', exitCode: 1, detail: 'x', ms: 1 } } as const
const farewell = { type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 1 } } as const

/** Begins what is due until it is this effect. */
async function begun(story: ReturnType<typeof tellStory>, type: EffectType): Promise<ClaimedEffect> {
  for (;;) {
    const claim = await story.engine.claimEffect(story.run.id, story.now)
    if (!claim) throw new Error(`${type} is not due, but ${story.effects().join(', ') || 'nothing'}`)
    if (claim.effect.type === type) return claim
    await story.engine.finishEffect(claim, { ok: true, outcome: null })
  }
}

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

test('a retry may bring other instructions; the next one keeps them, and what was asked for first stays on record', async () => {
  const story = await failedRun()
  const { id, instructions } = story.run
  await story.engine.retry(id, 'octocat', 1, { instructions: 'Keep it small.' })
  expect(instructionsOf(story.run)).toBe('Keep it small.')
  expect(story.run.instructions).toBe(instructions)
  expect(story.events.at(-1)).toMatchObject({ type: 'run.retried', data: { instructions: 'Keep it small.' } })
  expect(foldAll(id, story.events)).toEqual(story.run)
  expect(instructionsOf({ ...story.run, revised: '' })).toBe('')
  expect(instructionsOf({ ...story.run, revised: null })).toBe(instructions)
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

test('nothing that was begun for one attempt is left when the next one begins', async () => {
  const story = tellStory()
  await story.upTo('sandbox.destroyed')
  await story.report({ type: 'executor.finished', data: { outcome: 'completed', reason: null, detail: null } })
  await story.submit(published[0]!)
  const opening = await begun(story, 'openPullRequest')
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'api', at: story.now })
  expect(story.run.status).toBe('cancelled')
  const later = { refused: 'not_allowed_now', message: expect.stringContaining('not wound up yet') as string }
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject(later)

  // Whoever had begun to open the pull request is gone, so somebody looks whether it is there.
  expect(opening.effect.attempts).toBe(1)
  story.pass(EFFECT_LEASE_MS + 1)
  const looking = await begun(story, 'withdrawPullRequest')
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject(later)
  const outcome = { type: 'pull_request.withdrawn', data: { number: 6 } } as const
  await story.engine.finishEffect(looking, { ok: true, outcome })
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject({ status: 'queued', attempt: 2 })
})

test('a job that nobody had begun to cancel is not looked for in the next attempt', async () => {
  const story = await failedRun()
  expect(story.effects()).toContain('cancelWorkflow')
  await story.engine.retry(story.run.id, 'octocat')
  expect(story.effects()).not.toContain('cancelWorkflow')
})

test('a pull request that may be there when it is given up is looked for and closed', async () => {
  const story = tellStory()
  await story.upTo('executor.finished')
  await story.submit(published[0]!)
  for (let tries = 0; tries < EFFECT_ATTEMPTS_MAX; tries++) {
    const claim = await begun(story, 'openPullRequest')
    const away = { ok: false, detail: '502', retryAfterMs: null, final: false, waits: false } as const
    await story.engine.finishEffect(claim, away)
    story.pass(EFFECT_LEASE_MS)
  }
  expect(story.run).toMatchObject({ status: 'failed', reason: 'publish_failed' })
  expect(story.effects()).toContain('withdrawPullRequest')
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
