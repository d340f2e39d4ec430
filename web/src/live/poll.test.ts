/** Reading while the stream is away, with a clock that is turned by hand. */
import { expect, test } from 'vitest'

import { createTestWorld } from '../../../test/web/world.ts'
import { createPolling } from './poll.ts'

/** More turns than any reading here has steps. */
const TURNS = 10

function begin() {
  const world = createTestWorld()
  const startMs = world.now()
  const state = { may: true, reads: 0, said: [] as number[], answer: (): Promise<void> => Promise.resolve() }
  const polling = createPolling({
    world,
    may: () => state.may,
    read: () => {
      state.reads += 1
      return state.answer()
    },
    onRead: (atMs) => state.said.push(atMs - startMs),
  })
  const settle = async () => {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve()
  }
  const pass = async (ms: number) => {
    world.pass(ms)
    await settle()
  }
  return { world, state, polling, pass, settle }
}

test('a stream that is away for more than 3 s is stood in for by a reading every 3 s, until it is back', async () => {
  const { world, state, polling, pass } = begin()
  polling.start()
  // Each try that fails says so again.
  polling.start()
  await pass(2_999)
  expect(state.reads).toBe(0)
  await pass(1)
  await pass(3_000)
  await pass(3_000)
  expect(state.reads).toBe(3)
  expect(state.said).toEqual([3_000, 6_000, 9_000])
  polling.back()
  await pass(60_000)
  expect(state.reads).toBe(3)
  expect(world.timers()).toBe(0)
})

test('a short hiccup reads nothing', async () => {
  const { state, polling, pass } = begin()
  polling.start()
  await pass(2_000)
  polling.back()
  polling.start()
  await pass(2_000)
  polling.back()
  await pass(60_000)
  expect(state.reads).toBe(0)
})

test('nobody reads for a page that is hidden or without a network', async () => {
  const { state, polling, pass } = begin()
  state.may = false
  polling.start()
  for (let n = 0; n < 4; n++) await pass(3_000)
  expect(state.reads).toBe(0)
  state.may = true
  await pass(3_000)
  expect(state.said).toEqual([15_000])
})

test('a slow reading is waited for, and counts as old as it is', async () => {
  const { state, polling, pass, settle } = begin()
  const gate = Promise.withResolvers<void>()
  state.answer = () => gate.promise
  polling.start()
  for (let n = 0; n < 4; n++) await pass(3_000)
  expect(state.reads).toBe(1)
  gate.resolve()
  await settle()
  expect(state.said).toEqual([3_000])
  await pass(3_000)
  expect(state.reads).toBe(2)
})

test('a reading that failed is no news; its error does not outlive the stream’s return', async () => {
  const { state, polling, pass, settle } = begin()
  state.answer = () => Promise.reject(new Error('unavailable'))
  polling.start()
  await pass(3_000)
  await pass(3_000)
  expect(state).toMatchObject({ reads: 2, said: [] })
  state.answer = () => Promise.resolve()
  polling.back()
  await settle()
  expect(state.reads).toBe(3)
  polling.back()
  await pass(60_000)
  expect(state.reads).toBe(3)
})

test('who wants nothing any more is not read for, also when a reading was under way', async () => {
  const { world, state, polling, pass, settle } = begin()
  const gate = Promise.withResolvers<void>()
  state.answer = () => gate.promise
  polling.start()
  await pass(3_000)
  polling.stop()
  gate.resolve()
  await settle()
  await pass(60_000)
  expect(state).toMatchObject({ reads: 1, said: [] })
  expect(world.timers()).toBe(0)
})
