/** What a process remembers of a Run saves it a question, and never gives an answer that is not true any more. */
import { expect, test } from 'vitest'

import { EFFECT_LEASE_MS, SHORT_LEASE_MS, defaultClocks, silenceAskedMs, silenceUnansweredMs } from './domain/policy.ts'
import type { EffectType } from './domain/effects.ts'
import type { RunStore } from './domain/run-store.ts'
import { Engine } from './engine.ts'
import type { ClaimedEffect } from './domain/effect-results.ts'
import { memoryStore } from '../test/support/memory-store.ts'
import { START, binding, happyReports, request, sha256 } from '../test/support/story.ts'

/** Two replicas over one store; `asked` counts what the first one asks of it. */
function replicas() {
  const { store, callbacks } = memoryStore()
  const questions: string[] = []
  const counting = new Proxy(store, {
    get: (target, name: keyof RunStore) => {
      questions.push(name)
      return target[name]
    },
  })
  let ids = 0
  const clock = { now: START }
  const engineOver = (of: RunStore) =>
    new Engine({
      store: of,
      now: () => clock.now,
      chance: () => 0.5,
      uuid: () => `dispatch-${String(++ids)}`,
      runId: () => 'r_0000000001',
      sha256,
      audit: async () => {},
      defaults: { clocks: defaultClocks, sandboxProvider: 'e2b', executorRepository: null },
    })
  return { clock, asked: questions, callbacks, one: engineOver(counting), other: engineOver(store) }
}

async function boundRun({ one }: ReturnType<typeof replicas>) {
  const { run } = await one.request(request)
  const dispatched = await one.submit(run.id, { type: 'bind', dispatchId: run.dispatch.id, binding, at: START })
  if ('refused' in dispatched) throw new Error(dispatched.message)
  return dispatched
}

/** Takes what is due until it is the question about the silent job. */
async function asked(engine: Engine, runId: string, at: number): Promise<ClaimedEffect> {
  for (;;) {
    const claim = await engine.claimEffect(runId, at, 'ordinary')
    if (!claim) throw new Error('Nobody is to ask GitHub.')
    if (claim.effect.type === 'settleFromWorkflow') return claim
  }
}

const cancel = { type: 'cancel', by: 'octocat', reason: null, via: 'api', at: START } as const

test('a Run that this process has just written is changed without asking for it again', async () => {
  const world = replicas()
  const run = await boundRun(world)
  world.asked.length = 0
  const mark = { seq: 1, prev: null, digest: 'a'.repeat(64) }
  const callback = { dispatchId: run.dispatch.id, bind: binding.bind, jkt: binding.jkt, at: START, jws: 'x' }
  await world.one.acceptCallback(run.id, { ...callback, mark, event: happyReports[0]! })
  expect(world.asked).toEqual(['keepCallback', 'append'])
})

test('what another replica wrote meanwhile is seen: the write is decided again on the newest version', async () => {
  const world = replicas()
  const run = await boundRun(world)
  await world.other.submit(run.id, cancel)
  const killed = await world.one.submit(run.id, { type: 'kill', by: 'hubot', reason: null, at: START + 5 })
  expect(killed).toMatchObject({ status: 'cancelled', stop: { kind: 'kill', by: 'hubot' } })
  const events = await world.one.load(run.id)
  expect(events?.seq).toBe(run.seq + 3)
})

test('a refusal is never given from memory: what the memory refuses may be allowed by now', async () => {
  const world = replicas()
  const run = await boundRun(world)
  await world.one.submit(run.id, { type: 'kill', by: 'hubot', reason: null, at: START })
  // The first replica remembers a Run that ended; another one has opened its next attempt.
  await world.other.retry(run.id, 'octocat')
  expect(world.one.seen(run.id)?.status).toBe('cancelled')
  expect(await world.one.submit(run.id, cancel)).toMatchObject({ status: 'cancelled', attempt: 2 })
})

test('nothing due in memory is asked of the store before it is believed', async () => {
  const world = replicas()
  const { run } = await world.one.request(request)
  const first = await world.one.claimEffect(run.id, START)
  while (await world.one.claimEffect(run.id, START)) continue
  await world.other.finishEffect(first!, {
    ok: false,
    detail: 'GitHub answered 502',
    retryAfterMs: null,
    final: false,
    waits: false,
  })
  const again = await world.one.claimEffect(run.id, START + 20_000)
  expect(again?.effect).toMatchObject({ id: first!.effect.id, attempts: 2 })
})

test('the write that finishes an effect takes the one that is due next, which nobody else can take then', async () => {
  const world = replicas()
  const { run } = await world.one.request(request)
  const done = { ok: true, outcome: null } as const
  const first = (await world.one.claimEffect(run.id, START, 'ordinary'))!
  const { end, next } = await world.one.finishEffect(first, done, 'ordinary')
  expect(end).toBe('done')
  expect(next?.effect).toMatchObject({ attempts: 1, lease: { token: next?.token } })
  for (;;) {
    const other = await world.other.claimEffect(run.id, START)
    if (!other) break
    expect([first.effect.id, next?.effect.id]).not.toContain(other.effect.id)
  }
  // Nothing more is due, and what was finished before is nobody's any more.
  expect(await world.one.finishEffect(next!, done, 'ordinary')).toEqual({ end: 'done', next: null })
  expect(await world.other.finishEffect(first, done, 'ordinary')).toEqual({ end: 'stale', next: null })
})

test('what nobody wants any more is not taken along, although its lease ends meanwhile', async () => {
  const world = replicas()
  const { run } = await world.one.request(request)
  const take = async (engine: Engine, type: EffectType) => {
    for (;;) {
      const claim = await engine.claimEffect(run.id, world.clock.now, 'ordinary')
      if (!claim || claim.effect.type === type) return claim
      await engine.finishEffect(claim, { ok: true, outcome: null })
    }
  }
  const base = (await take(world.one, 'resolveBase'))!
  const sha = 'b'.repeat(40)
  await world.one.finishEffect(base, { ok: true, outcome: { type: 'base.resolved', data: { ref: 'main', sha } } })
  // The replica that was to dispatch dies; then the Run is cancelled, and its comment takes longer than that lease.
  expect(await take(world.one, 'dispatch')).not.toBeNull()
  world.clock.now += EFFECT_LEASE_MS - 1_000
  await world.other.submit(run.id, { ...cancel, at: world.clock.now })
  const comment = (await take(world.other, 'publishComment'))!
  world.clock.now += 2_000
  expect(await world.other.finishEffect(comment, { ok: true, outcome: null }, 'ordinary')).toMatchObject({ next: null })
})

test('of two contents for one number, over two replicas, the one that was folded stands with its signature', async () => {
  const world = replicas()
  const { one, other, callbacks } = world
  const run = await boundRun(world)
  // The other replica remembers the Run as it was before either came.
  await other.load(run.id)
  const callback = { dispatchId: run.dispatch.id, bind: binding.bind, jkt: binding.jkt, at: START }
  const first = { ...callback, mark: { seq: 1, prev: null, digest: 'a'.repeat(64) }, jws: 'first' }
  const second = { ...callback, mark: { seq: 1, prev: null, digest: 'b'.repeat(64) }, jws: 'second' }
  expect(await one.acceptCallback(run.id, { ...first, event: happyReports[0]! })).toMatchObject({ replay: false })
  expect(await other.acceptCallback(run.id, { ...second, event: happyReports[0]! })).toMatchObject({ refused: 'fork' })
  expect(await other.acceptCallback(run.id, { ...first, event: happyReports[0]! })).toMatchObject({ replay: true })
  expect([...callbacks.values()].find(({ digest }) => digest === first.mark.digest)).toMatchObject({ jws: 'first' })
})

test('what a dead replica had begun of a kill is another one’s sooner than its write to GitHub', async () => {
  const world = replicas()
  const run = await boundRun(world)
  const at = START + 1_000
  await world.one.submit(run.id, { type: 'kill', by: 'hubot', reason: null, at })
  const kill = (await world.one.claimEffect(run.id, at, 'kill'))!
  const write = (await world.one.claimEffect(run.id, at, 'ordinary'))!
  expect([kill.effect.lease!.until - at, write.effect.lease!.until - at]).toEqual([SHORT_LEASE_MS, EFFECT_LEASE_MS])
})

test('when the replica dies that asks GitHub about a silent job, another one asks before the Run is given up', async () => {
  const world = replicas()
  const run = await boundRun(world)
  const silentAt = START + defaultClocks.heartbeatLostMs
  await world.one.tick(run.id, silentAt)
  const asking = await asked(world.one, run.id, silentAt)
  const again = await asked(world.other, run.id, asking.effect.lease!.until)
  expect(again.effect.attempts).toBe(2)
  expect(asking.effect.lease!.until).toBeLessThan(silentAt + silenceAskedMs(defaultClocks))

  // That one has not come back either: the Run waits for a third, and not for ever.
  const ticked = (afterMs: number) => world.other.tick(run.id, silentAt + afterMs)
  expect(await ticked(silenceUnansweredMs(defaultClocks) - 1)).toMatchObject({ status: 'running' })
  expect(await ticked(silenceUnansweredMs(defaultClocks))).toMatchObject({ reason: 'heartbeat_lost' })
})

test('an answer that was lost on the way leaves no memory of the write', async () => {
  const { store } = memoryStore()
  let lose = false
  const losing: RunStore = {
    ...store,
    append: async (...args) => {
      const answer = await store.append(...args)
      if (lose) throw new Error('the connection broke after the write')
      return answer
    },
  }
  const engine = new Engine({
    store: losing,
    now: () => START,
    chance: () => 0.5,
    uuid: () => 'dispatch-1',
    runId: () => 'r_0000000001',
    sha256,
    audit: async () => {},
    defaults: { clocks: defaultClocks, sandboxProvider: 'e2b', executorRepository: null },
  })
  const { run } = await engine.request(request)
  lose = true
  await expect(engine.submit(run.id, cancel)).rejects.toThrow('the connection broke')
  expect(engine.seen(run.id)).toBeNull()
  lose = false
  expect(await engine.submit(run.id, cancel)).toMatchObject({ refused: 'ended' })
})
