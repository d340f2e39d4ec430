import { expect, test } from 'vitest'

import { request, tellStory } from '../../test/support/story.ts'
import type { EffectType } from '../domain/effects.ts'
import { performTable } from '../perform/table.ts'
import type { Perform, PerformDeps, PerformTable } from '../perform/perform.ts'
import { DRAIN_CONCURRENCY_MAX, Drain } from './drain.ts'
import type { DrainDeps } from './drain.ts'

const kill = { type: 'kill', by: 'admin', reason: null, at: 0 } as const
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** A drain whose effects only say that they began, and end when they are told to. */
function slowDrain(story: ReturnType<typeof tellStory>) {
  const begun: EffectType[] = []
  const ends: (() => void)[] = []
  const slow = (type: EffectType): Perform => {
    return () => {
      begun.push(type)
      return new Promise((resolve) => ends.push(() => resolve({ outcome: null })))
    }
  }
  const types = Object.keys(performTable) as EffectType[]
  const table = Object.fromEntries(types.map((type) => [type, slow(type)])) as PerformTable
  const perform = { now: () => story.now, log: quiet } as unknown as PerformDeps
  const drain = new Drain({ engine: story.engine, table, perform })
  const begins = async (type: EffectType) => expect.poll(() => begun, { interval: 1 }).toContain(type)
  const end = async () => {
    while (ends.length > 0) {
      for (const each of ends.splice(0)) each()
      await Promise.race([drain.idle(), new Promise(setImmediate)])
    }
    await drain.idle()
  }
  return { drain, begun, begins, end }
}

test('a call to GitHub that hangs does not hold up the kill of its Run: both planes start at once', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const { drain, begun, begins, end } = slowDrain(story)
  void drain.stepOrdinary()
  await begins('react')
  await story.submit(kill)
  void drain.kill(story.run.id)
  await begins('destroySandbox')
  await begins('cancelWorkflow')
  expect(begun).toEqual(['react', 'destroySandbox', 'cancelWorkflow'])
  await end()
})

test('nor do as many Runs with something to do as a replica takes on at once', async () => {
  const story = tellStory()
  const others: string[] = []
  for (let n = 1; n <= DRAIN_CONCURRENCY_MAX + 4; n++) {
    const trigger = { via: 'api', id: `api:${n}`, commentId: null, url: null } as const
    const { run } = await story.engine.request({ ...spec(n), trigger })
    others.push(run.id)
  }
  const busy = slowDrain(story)
  void busy.drain.stepOrdinary()
  await expect.poll(() => busy.begun.length, { interval: 1 }).toBe(DRAIN_CONCURRENCY_MAX)
  await story.upTo('agent.started')
  await story.submit(kill)
  void busy.drain.stepKills()
  await busy.begins('destroySandbox')
  await busy.end()
})

test('a Run that owes several things is worked off with one write for each, after one that takes the first', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  const calls: ('claim' | 'finish')[] = []
  const engine: DrainDeps['engine'] = {
    dueEffects: (...args) => story.engine.dueEffects(...args),
    claimEffect: (...args) => (calls.push('claim'), story.engine.claimEffect(...args)),
    finishEffect: (...args) => (calls.push('finish'), story.engine.finishEffect(...args)),
  }
  const types = Object.keys(performTable) as EffectType[]
  const table = Object.fromEntries(types.map((type) => [type, () => ({ outcome: null })])) as unknown as PerformTable
  const perform = { now: () => story.now, log: quiet } as unknown as PerformDeps
  await new Drain({ engine, table, perform }).stepOrdinary()
  expect(calls.slice(0, 3)).toEqual(['claim', 'finish', 'finish'])
  expect(calls.filter((call) => call === 'claim')).toHaveLength(1)
  expect(await story.engine.claimEffect(story.run.id, story.now, 'ordinary')).toBeNull()
})

test('what did not fit is worked off as soon as there is a place, without another turn', async () => {
  const story = tellStory()
  for (let n = 1; n <= 3 * DRAIN_CONCURRENCY_MAX; n++) {
    const trigger = { via: 'api', id: `api:${n}`, commentId: null, url: null } as const
    await story.engine.request({ ...spec(n), trigger })
  }
  const types = Object.keys(performTable) as EffectType[]
  const table = Object.fromEntries(types.map((type) => [type, () => ({ outcome: null })])) as unknown as PerformTable
  const perform = { now: () => story.now, log: quiet } as unknown as PerformDeps
  const drain = new Drain({ engine: story.engine, table, perform, hurry: () => void drain.stepOrdinary() })
  await drain.stepOrdinary()
  await expect.poll(() => story.engine.dueEffects(story.now, 100, 'ordinary'), { interval: 1 }).toEqual([])
})

test('a look that lets nothing leave is no line for who reads the log every day', async () => {
  const story = tellStory()
  await story.request()
  const lines: string[] = []
  const note = (level: string) => (fields: { effect: string }) => lines.push(`${level} ${fields.effect}`)
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const waits = { type: 'run.waits', data: { position: 1 } } as const
  const resolved = { type: 'base.resolved', data: { ref: 'main', sha: 'a'.repeat(40) } } as const
  const table = {
    ...Object.fromEntries(Object.keys(performTable).map((type) => [type, () => ({ outcome: null })])),
    resolveBase: () => ({ outcome: resolved }),
    dispatch: () => ({ outcome: waits, againAfterMs: 10_000 }),
  } as unknown as PerformTable
  const drain = new Drain({
    engine: story.engine,
    table,
    perform: { now: () => story.now, log } as unknown as PerformDeps,
  })
  await drain.stepOrdinary()
  await drain.idle()
  expect(lines.toSorted()).toEqual([
    'debug dispatch',
    'info publishComment',
    'info publishComment',
    'info react',
    'info resolveBase',
  ])
})

test('two replicas that hear of the same kill perform each of its effects once', async () => {
  const story = tellStory()
  await story.upTo('agent.started')
  await story.submit(kill)
  const [one, two] = [slowDrain(story), slowDrain(story)]
  void one.drain.kill(story.run.id)
  void two.drain.kill(story.run.id)
  await expect.poll(() => one.begun.length + two.begun.length, { interval: 1 }).toBe(2)
  expect([...one.begun, ...two.begun].toSorted()).toEqual(['cancelWorkflow', 'destroySandbox'])
  await Promise.all([one.end(), two.end()])
})

function spec(n: number) {
  return { ...request, issue: { ...request.issue, number: 500 + n } }
}
