/** A Run that waits for its turn: what its ledger, its clocks, its effects and its words say of it. */
import { expect, test } from 'vitest'

import { request, tellStory } from '../../test/support/story.ts'
import { effectsOf } from './effects.ts'
import type { WaitReason } from './events.ts'
import type { Outcome } from './inputs.ts'
import {
  BLOCKERS_ASKED_MS,
  BLOCKERS_ASKED_MS_MAX,
  EFFECT_ATTEMPTS_MAX,
  LEDGER_EVENTS_MAX,
  LEDGER_EVENTS_RESERVE,
  MESSAGE_EVENTS_HEADROOM,
  PLACE_ASKED_MS,
  WAITING_MS_MAX,
  WAITS_TOLD_MAX,
} from './policy.ts'
import { createUrls } from './render/urls.ts'
import { firstLine } from './render/status-comment.ts'
import { toRunBody } from './view.ts'
import { askedAgainMs, decideWaits } from './waiting.ts'

const addresses = { publicUrl: 'https://deckhand.test', githubUrl: 'https://github.com' }
const urls = createUrls(addresses)
const resolved = { type: 'base.resolved', data: { ref: 'main', sha: 'a'.repeat(40) } } as const

type Story = ReturnType<typeof tellStory>

/** A Run whose dispatch is due, and the looks at whether it may leave. */
async function queued() {
  const story = tellStory()
  await story.request()
  await story.submit({ type: 'outcome', at: story.now, outcome: resolved })
  return { story, look: (reason: WaitReason) => look(story, reason) }
}

/** The claim of the dispatch, when all else that is due is done; null when it is not due. */
async function dispatchOf({ engine, run, now }: Story) {
  for (;;) {
    const claim = await engine.claimEffect(run.id, now)
    if (!claim || claim.effect.type === 'dispatch') return claim
    await engine.finishEffect(claim, { ok: true, outcome: null })
  }
}

/** The dispatch is performed once, and may not leave; answers when it is to be looked at again. */
async function look(story: Story, reason: WaitReason): Promise<number> {
  const claim = (await dispatchOf(story))!
  expect(claim.effect.attempts).toBe(1)
  const againAfterMs = askedAgainMs(claim.run, reason, story.now)
  await story.engine.finishEffect(claim, { ok: true, outcome: { type: 'run.waits', data: reason }, againAfterMs })
  expect(await dispatchOf(story)).toBeNull()
  return againAfterMs
}
const waits = (story: Story) => story.types().filter((type) => type === 'run.waits').length

test('a Run that never waited says nothing new when its dispatch leaves; one that did says that it waits no more', async () => {
  const calledFor = async (story: Story) => {
    await story.sent(1)
    const event = story.events.at(-1)!
    expect(event.type).toBe('run.dispatched')
    return effectsOf(story.run, event).map(({ type }) => type)
  }
  const { story } = await queued()
  expect(await calledFor(story)).toEqual([])
  const later = await queued()
  await later.look({ issues: [101] })
  expect(await calledFor(later.story)).toEqual(['publishComment'])
})

test('it tells what it waits for when that changes, and goes on when nothing holds it back', async () => {
  const { story, look } = await queued()
  await look({ issues: [101, 102] })
  const line = () => firstLine(story.run, urls)
  expect(line()).toMatch(
    /^⚪ \*\*stub\*\* is waiting for #101, #102\. It starts by itself when they are closed\. \[Open/,
  )
  expect(toRunBody(story.run, addresses)).toMatchObject({
    status: 'queued',
    waitingFor: { issues: [101, 102], position: null },
  })
  story.pass(BLOCKERS_ASKED_MS)
  await look({ issues: [101, 102] })
  expect(waits(story)).toBe(1)
  story.pass(BLOCKERS_ASKED_MS)
  await look({ issues: [102] })
  expect(line()).toContain('is waiting for #102. It starts by itself when that is closed.')
  story.pass(BLOCKERS_ASKED_MS_MAX)
  await look({ position: 3 })
  expect(line()).toMatch(/^⚪ \*\*stub\*\* is queued \(position 3\)\. /)
  expect(toRunBody(story.run, addresses).waitingFor).toEqual({ issues: [], position: 3 })

  await story.sent(1)
  expect(toRunBody(story.run, addresses).waitingFor).toBeNull()
  expect(story.run.deadlineAt).toBe(story.now + story.run.clocks.dispatchMs)
  await story.bind()
  expect(story.run).toMatchObject({ status: 'running', waits: null })
})

test('when its turn comes the base is fixed anew, so that what it waited for is in it', async () => {
  const { story, look } = await queued()
  await look({ issues: [101] })
  const merged = { ...resolved, data: { ref: 'main', sha: 'b'.repeat(40) } }
  const turn = async (outcome: Outcome) => {
    const claim = (await dispatchOf(story))!
    await story.engine.finishEffect(claim, { ok: true, outcome, againAfterMs: 0 })
  }
  story.pass(BLOCKERS_ASKED_MS)
  await turn(merged)
  expect(story.run).toMatchObject({ baseSha: merged.data.sha, waits: { issues: [101], isTurn: true } })
  // The dispatch is due at once; another answer that comes late does not move the base under it.
  await story.submit({ type: 'outcome', at: story.now, outcome: resolved })
  expect(story.run.baseSha).toBe(merged.data.sha)
  // The blocker was opened again: it is told of, though it is the same, and the next turn asks for the base once more.
  await look({ issues: [101] })
  expect(waits(story)).toBe(2)
  expect(story.run.waits?.isTurn).toBeUndefined()
  story.pass(BLOCKERS_ASKED_MS_MAX)
  await turn(resolved)
  expect(story.run.baseSha).toBe(resolved.data.sha)
  await story.sent(1)
  expect(story.run).toMatchObject({ baseSha: resolved.data.sha, waits: null })
})

test('a place is asked for again soon, what GitHub has to say less and less often', async () => {
  const { story, look } = await queued()
  expect(await look({ position: 1 })).toBe(PLACE_ASKED_MS)
  story.pass(PLACE_ASKED_MS)
  expect(await look({ issues: [7] })).toBe(BLOCKERS_ASKED_MS)
  story.pass(5 * BLOCKERS_ASKED_MS)
  expect(await look({ issues: [7] })).toBe(5 * BLOCKERS_ASKED_MS + PLACE_ASKED_MS)
  story.pass(100 * BLOCKERS_ASKED_MS)
  expect(await look({ issues: [7] })).toBe(BLOCKERS_ASKED_MS_MAX)
})

test('it outlives the clock of a dispatch, and has one of its own', async () => {
  const { story, look } = await queued()
  await look({ issues: [101] })
  const { clocks } = story.run
  story.pass(clocks.dispatchMs)
  await story.tick()
  expect(story.run.status).toBe('queued')
  await look({ position: 2 })
  story.pass(WAITING_MS_MAX - clocks.dispatchMs - 1)
  await story.tick()
  expect(story.run.status).toBe('queued')
  story.pass(1)
  await story.tick()
  expect(story.run).toMatchObject({ status: 'failed', reason: 'waiting_timeout', waits: null })
  expect(firstLine(story.run, urls)).toContain(
    'failed. The run waited for its turn for too long: `It stood at position 2 of the line`. Comment',
  )
})

test.each(['cancel', 'kill'] as const)('a %s ends it at once', async (type) => {
  const { story, look } = await queued()
  await look({ position: 1 })
  const asked = { by: 'octocat', reason: null, via: 'comment', at: story.now } as const
  await story.submit({ type, ...asked })
  expect(story.run.status).toBe('cancelled')
  expect(story.effects()).not.toContain('dispatch')
})

test('it cannot be paused, like everything that is queued', async () => {
  const { story, look } = await queued()
  await look({ position: 1 })
  const refusal = await story.submit({ type: 'pause', by: 'octocat', via: 'comment', at: story.now })
  expect(refusal).toMatchObject({ refused: 'not_allowed_now', message: expect.stringContaining('is still queued') })
})

test('one that was resumed waits as queued, and is at work again when its job binds', async () => {
  const story = tellStory()
  await story.paused()
  await story.resume()
  const before = story.run.dispatch.id
  await story.submit({ type: 'outcome', at: story.now, outcome: { type: 'run.waits', data: { position: 1 } } })
  expect(story.run).toMatchObject({ status: 'queued', phase: 'dispatching', waits: { position: 1 } })
  expect(story.run.dispatch.id).toBe(before)
  await story.sent(1)
  story.newJob()
  await story.bind()
  expect(story.run).toMatchObject({ status: 'running', waits: null })
})

test('a look that comes back late changes nothing of a Run that has left, is stopped or has ended', async () => {
  const { story, look } = await queued()
  await look({ position: 1 })
  const late = () =>
    story.submit({ type: 'outcome', at: story.now, outcome: { type: 'run.waits', data: { issues: [9] } } })
  await story.sent(1)
  await late()
  expect(waits(story)).toBe(1)
  await story.bind()
  await late()
  expect(story.run).toMatchObject({ status: 'running', waits: null })
})

test('a line that moves without end does not fill the ledger', async () => {
  const { story } = await queued()
  for (let n = 0; n < WAITS_TOLD_MAX + 10; n++) {
    await story.submit({
      type: 'outcome',
      at: story.now,
      outcome: { type: 'run.waits', data: { position: 1 + (n % 2) } },
    })
  }
  expect(waits(story)).toBe(WAITS_TOLD_MAX)
  // What is no move of the line is a fact that its place depends on.
  const wait = (data: WaitReason) =>
    story.submit({ type: 'outcome', at: story.now, outcome: { type: 'run.waits', data } })
  await wait({ issues: [7] })
  expect(story.run.waits).toMatchObject({ issues: [7], position: null, seq: story.run.seq })
  await wait({ position: 5 })
  await wait({ position: 4 })
  expect(story.run.waits).toMatchObject({ issues: [], position: 5 })
})

test('nor do the moves of several dispatches together: what a job reports finds room', async () => {
  const { story } = await queued()
  const seq = LEDGER_EVENTS_MAX - LEDGER_EVENTS_RESERVE - MESSAGE_EVENTS_HEADROOM
  const waiting = { ...story.run, waits: { issues: [], position: 3, since: story.now, seq: 3, told: 1 } }
  expect(decideWaits({ ...waiting, seq: seq - 1 }, { position: 2 }, story.now)).toHaveLength(1)
  expect(decideWaits({ ...waiting, seq }, { position: 2 }, story.now)).toEqual([])
  expect(decideWaits({ ...waiting, seq }, { issues: [7] }, story.now)).toHaveLength(1)
})

/** GitHub answers a look at whether the dispatch may leave with an error; answers when it is looked at again. */
async function fail(story: Story, over: { waits?: boolean; final?: boolean } = {}): Promise<string> {
  const claim = (await dispatchOf(story))!
  const failed = { ok: false, detail: '502', retryAfterMs: null, final: false, waits: false, ...over } as const
  return (await story.engine.finishEffect(claim, failed)).end
}

test('what GitHub fails at while a Run waits does not count against it, and is asked less and less often', async () => {
  const { story, look } = await queued()
  await look({ issues: [101] })
  for (let n = 0; n < 3 * EFFECT_ATTEMPTS_MAX; n++) {
    story.pass(BLOCKERS_ASKED_MS_MAX)
    expect(await fail(story)).toBe('retry')
    // An issue that is closed hurries nobody into what has just failed.
    await story.engine.advance(story.run.id)
    expect(await dispatchOf(story)).toBeNull()
  }
  const { dueAt } = story.rows.get(story.run.id)!.effects.find(({ type }) => type === 'dispatch')!
  expect(dueAt - story.now).toBeGreaterThan(BLOCKERS_ASKED_MS / 2)
  expect(dueAt - story.now).toBeLessThanOrEqual(BLOCKERS_ASKED_MS)
  story.pass(BLOCKERS_ASKED_MS_MAX)
  // A look that succeeds starts afresh: as many tries are left for the dispatch as ever.
  await story.engine.finishEffect((await dispatchOf(story))!, { ok: true, outcome: null, againAfterMs: 0 })
  await story.sent(1)
  const tries = { ...story.rows.get(story.run.id)!.effects.find(({ type }) => type === 'dispatch') }
  expect(tries).toMatchObject({ attempts: 0, waited: 0 })
  for (let n = 1; n < EFFECT_ATTEMPTS_MAX; n++) {
    expect(await fail(story)).toBe('retry')
    story.pass(BLOCKERS_ASKED_MS_MAX)
  }
  expect(await fail(story)).toBe('abandoned')
})

test('a failure for good ends a Run that waits, too', async () => {
  const { story, look } = await queued()
  await look({ issues: [101] })
  story.pass(BLOCKERS_ASKED_MS)
  expect(await fail(story, { final: true })).toBe('abandoned')
  expect(story.run).toMatchObject({ status: 'failed', reason: 'dispatch_failed' })
})

test('a look that comes back to a Run that has ended is not kept for another one', async () => {
  const { story, look } = await queued()
  await look({ position: 1 })
  story.pass(PLACE_ASKED_MS)
  const claim = (await dispatchOf(story))!
  await story.submit({ type: 'cancel', by: 'octocat', reason: null, via: 'comment', at: story.now })
  await story.engine.finishEffect(claim, {
    ok: true,
    outcome: { type: 'run.waits', data: { position: 2 } },
    againAfterMs: PLACE_ASKED_MS,
  })
  expect(story.effects()).not.toContain('dispatch')
})

test('who asks for something that is blocked hears that it is read, and that it starts when it does', async () => {
  const story = tellStory()
  await story.request({ isBlocked: true })
  expect(story.effects()).toEqual(['publishComment', 'resolveBase'])
  await story.settle()
  await story.dispatched()
  expect(story.effects()).toContain('react')
})

test('once it has left the comment does not go on saying that it waits', async () => {
  const { story, look } = await queued()
  await look({ position: 1 })
  expect(story.effects()).toEqual(['dispatch'])
  await story.sent(1)
  expect(story.effects()).toContain('publishComment')
  expect(firstLine(story.run, urls)).toContain('is queued. ')
})

test('who wants it looked at now is heard, also while somebody looks', async () => {
  const { story, look } = await queued()
  const { engine } = story
  expect(await engine.advance(story.run.id)).toBeNull()
  await look({ issues: [101] })
  expect(await engine.waitingFor(request.repository.id, 101)).toEqual([story.run.id])
  expect(await engine.waitingFor(request.repository.id, 102)).toEqual([])
  expect(await engine.advance(story.run.id)).toMatchObject({ waits: { issues: [101] } })
  const claim = (await dispatchOf(story))!
  // GitHub was asked just before the issue was closed.
  await engine.advance(story.run.id)
  expect(await dispatchOf(story)).toBeNull()
  await engine.finishEffect(claim, { ok: true, outcome: null, againAfterMs: 60_000 })
  const again = (await dispatchOf(story))!
  expect(again.effect.attempts).toBe(1)
  await engine.finishEffect(again, { ok: true, outcome: null, againAfterMs: 60_000 })
  expect(await dispatchOf(story)).toBeNull()
})
