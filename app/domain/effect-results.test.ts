/** What came of an effect: whose fault it is that it failed decides whether it is tried again, and what is owed stays. */
import { expect, test } from 'vitest'

import { pauseReports, published, sha256, tellStory } from '../../test/support/story.ts'
import type { ClaimedEffect, EffectResult } from './effect-results.ts'
import { isCosmetic } from './effects.ts'
import type { EffectType } from './effects.ts'
import {
  EFFECT_ATTEMPTS_MAX,
  EFFECT_ATTEMPTS_OBLIGATION_MAX,
  EFFECT_BACKOFF_CLOCKED_MAX_MS,
  EFFECT_BACKOFF_MAX_MS,
  EFFECT_BACKOFF_OWED_MAX_MS,
  EFFECT_WAITS_MAX,
  defaultClocks,
} from './policy.ts'

type Story = ReturnType<typeof tellStory>

const failure = { type: 'agent.failed', data: { reason: 'agent_failed', exitCode: 1, detail: 'x', ms: 1 } } as const
const farewell = { type: 'sandbox.destroyed', data: { sandboxId: 'sbx_1', ms: 1 } } as const
const broken = { ok: false, detail: '502', retryAfterMs: null, final: false, waits: false } as const
/** What the branch and the pull request came to. */
const [branch, opened] = published.map((input) => (input.type === 'outcome' ? input.outcome : null))

const away = { ...broken, away: true } as const
const done = { ok: true, outcome: null } as const

/** Begins what is due until it is this effect; all else is done. */
async function begun(story: Story, type: EffectType): Promise<ClaimedEffect> {
  for (;;) {
    const claim = await story.engine.claimEffect(story.run.id, story.now)
    if (!claim) throw new Error(`${type} is not due, but ${story.effects().join(', ') || 'nothing'}`)
    if (claim.effect.type === type) return claim
    await story.engine.finishEffect(claim, done)
  }
}

/** All that is due ends in the same way, round after round. */
async function rounds(story: Story, many: number, result: EffectResult, only?: (type: EffectType) => boolean) {
  for (let round = 0; round < many; round++) {
    for (;;) {
      const claim = await story.engine.claimEffect(story.run.id, story.now)
      if (!claim) break
      await story.engine.finishEffect(claim, (only?.(claim.effect.type) ?? true) ? result : done)
    }
    story.pass(EFFECT_BACKOFF_MAX_MS)
  }
}

async function failedRun({ gone = true, spec = {} } = {}): Promise<Story> {
  const story = tellStory()
  await story.request(spec)
  await story.dispatched()
  await story.bind()
  await story.report({ type: 'sandbox.requested', data: { provider: 'e2b', attemptId: 'a1' } })
  const acquired = { provider: 'e2b', sandboxId: 'sbx_1', isolation: 'vm', ttlMs: 60_000, ms: 900 } as const
  await story.report({ type: 'sandbox.acquired', data: acquired })
  await story.report(failure)
  if (gone) await story.report(farewell)
  await story.report({ type: 'executor.finished', data: { outcome: 'failed', reason: null, detail: null } })
  return story
}

test('GitHub is away for an hour at the end of a Run: whatever people are to be told is told when it is back', async () => {
  const label = { trigger: { via: 'label', id: 'L_1', commentId: null, url: null } } as const
  const story = await failedRun({ spec: label })
  const owed = ['publishComment', 'notify', 'removeLabel'] as const
  expect(story.effects()).toEqual(expect.arrayContaining([...owed]))
  await rounds(story, 60, away)
  expect(story.effects()).toEqual(expect.arrayContaining([...owed]))
  // By then it is asked once a minute at most.
  for (const { dueAt } of story.rows.get(story.run.id)!.effects)
    expect(dueAt).toBeLessThanOrEqual(story.now + EFFECT_BACKOFF_MAX_MS)
})

test('GitHub answers with errors, and not to us alone only by its own word: then the tries are counted', async () => {
  const story = await failedRun()
  await rounds(story, 20, broken)
  expect(story.effects()).toEqual([])
})

test('GitHub is away while the work is to be published: the clock of publishing decides, and no number of tries', async () => {
  const story = tellStory()
  await story.upTo('executor.finished')
  await rounds(story, 9, away)
  expect(story.run).toMatchObject({ status: 'running', phase: 'publishing' })
  await story.engine.finishEffect(await begun(story, 'publishBranch'), {
    ok: true,
    outcome: branch!,
  })
  await story.engine.finishEffect(await begun(story, 'openPullRequest'), {
    ok: true,
    outcome: opened!,
  })
  expect(story.run).toMatchObject({ status: 'succeeded', pullRequest: { number: 6 } })
})

test('the death of a sandbox is asked for until its lifetime is over, and then it is over by that: a retry works', async () => {
  const story = await failedRun({ gone: false })
  const refused = { refused: 'not_allowed_now', message: expect.stringContaining('not confirmed gone') as string }
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject(refused)
  for (let tries = 0; tries < EFFECT_ATTEMPTS_OBLIGATION_MAX; tries++) {
    await story.engine.finishEffect(await begun(story, 'destroySandbox'), broken)
    story.pass(EFFECT_BACKOFF_MAX_MS)
  }
  expect(story.events.at(-1)).toMatchObject({ type: 'sandbox.reaped', data: { sandboxId: 'sbx_1', how: 'expired' } })
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject({ status: 'queued', attempt: 2 })
})

test('a paused sandbox has no lifetime: its death stays owed, and is asked for less and less often', async () => {
  const story = tellStory()
  await story.upTo('agent.progressed')
  await story.submit({ type: 'pause', by: 'octocat', via: 'comment', at: story.now })
  for (const report of pauseReports) await story.report(report)
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: story.now })
  expect(story.run).toMatchObject({ status: 'cancelled', sandbox: { state: 'paused' } })
  for (let tries = 0; tries <= EFFECT_ATTEMPTS_OBLIGATION_MAX; tries++) {
    await story.engine.finishEffect(await begun(story, 'destroySandbox'), broken)
    story.pass(EFFECT_BACKOFF_OWED_MAX_MS)
  }
  const claim = await begun(story, 'destroySandbox')
  await story.engine.finishEffect(claim, broken)
  const { dueAt } = story.rows.get(story.run.id)!.effects.find(({ type }) => type === 'destroySandbox')!
  expect(dueAt - story.now).toBeGreaterThan(EFFECT_BACKOFF_MAX_MS)
})

test('a call for help that is late calls nobody to an attempt that has begun since', async () => {
  const story = await failedRun({ spec: { trigger: { via: 'label', id: 'L_1', commentId: null, url: null } } })
  await rounds(story, 3, away, isCosmetic)
  expect(story.effects()).toContain('notify')
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject({ status: 'queued', attempt: 2 })
  expect(story.effects()).not.toContain('notify')
  // Nor is the label taken off that stands for it.
  expect(story.effects()).not.toContain('removeLabel')
})

test('the late answer of a check is not taken for that of the next attempt', async () => {
  const story = tellStory()
  await story.upTo('executor.finished')
  await story.submit(published[0]!)
  const claim = await begun(story, 'publishCheck')
  await story.submit({ type: 'effect.abandoned', effect: 'openPullRequest', detail: '502', at: story.now })
  expect(story.run.status).toBe('failed')
  story.rows.get(story.run.id)!.effects = story.rows
    .get(story.run.id)!
    .effects.filter(({ type }) => type === 'publishCheck')
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject({ attempt: 2 })
  const outcome = { type: 'check.published', data: { checkRunId: 901 } } as const
  await story.engine.finishEffect(claim, { ok: true, outcome, memo: { check: `901 ${sha256('x')}` } })
  expect(story.run.checkRunId).toBeNull()
})

test('a pull request that comes into being under a kill ends nothing: the Run waits for its sandbox, and it is closed', async () => {
  const story = tellStory()
  await story.upTo('proposal.submitted')
  await story.submit(published[0]!)
  const opening = await begun(story, 'openPullRequest')
  await story.submit({ type: 'kill', by: 'octocat', reason: null, via: 'api', at: story.now })
  await story.engine.finishEffect(opening, { ok: true, outcome: opened! })
  expect(story.run).toMatchObject({ status: 'running', stop: { kind: 'kill' }, pullRequest: null })
  expect(story.effects()).toContain('withdrawPullRequest')
  await story.report(farewell)
  expect(story.run).toMatchObject({ status: 'cancelled', reason: 'kill' })
  expect(story.effects()).toContain('withdrawPullRequest')
})

test('a store or a GitHub in trouble costs nobody the work that a silent job has left: its clock decides', async () => {
  const story = tellStory()
  await story.upTo('agent.progressed')
  story.pass(defaultClocks.heartbeatLostMs + 1)
  await story.tick()
  expect(story.types().at(-1)).toBe('executor.silent')
  for (let tries = 0; tries < 2 * EFFECT_ATTEMPTS_MAX; tries++) {
    const claim = await begun(story, 'settleFromWorkflow')
    await story.engine.finishEffect(claim, broken)
    story.pass(EFFECT_BACKOFF_CLOCKED_MAX_MS)
  }
  expect(story.effects()).toContain('settleFromWorkflow')
})

test('one service of GitHub that stays broken holds up no retry: a cancel of the job has its tries', async () => {
  const story = await failedRun()
  await rounds(story, EFFECT_ATTEMPTS_MAX, away, (type) => type === 'cancelWorkflow')
  expect(story.effects()).not.toContain('cancelWorkflow')
  expect(await story.engine.retry(story.run.id, 'octocat')).toMatchObject({ status: 'queued', attempt: 2 })
})

test('a dispatch of which GitHub never says what became of it ends by the number of questions', async () => {
  const story = tellStory()
  await story.request()
  await story.dispatched()
  story.pass(defaultClocks.dispatchMs)
  await story.tick()
  expect(story.types().at(-1)).toBe('dispatch.overdue')
  await rounds(story, EFFECT_ATTEMPTS_MAX, away, (type) => type === 'inspectWorkflow')
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_timeout' })
})

test('however long a kill waits for its sandbox, the pull request that came under it is closed after it', async () => {
  const story = tellStory()
  await story.upTo('proposal.submitted')
  await story.submit(published[0]!)
  const opening = await begun(story, 'openPullRequest')
  await story.submit({ type: 'kill', by: 'octocat', reason: null, via: 'api', at: story.now })
  await story.engine.finishEffect(opening, { ok: true, outcome: opened! })
  const notYet = { ...broken, waits: true, retryAfterMs: 1 }
  for (let waited = 0; waited <= EFFECT_WAITS_MAX; waited++) {
    const claim = await begun(story, 'withdrawPullRequest')
    await story.engine.finishEffect(claim, notYet)
    story.pass(1_000)
  }
  await story.report(farewell)
  await story.engine.finishEffect(await begun(story, 'withdrawPullRequest'), broken)
  expect(story.run.status).toBe('cancelled')
  expect(story.effects()).toContain('withdrawPullRequest')
})
