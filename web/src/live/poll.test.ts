import { expect, test } from 'vitest'

import { openPoll, POLL_MS } from './poll.ts'
import { createTestWorld } from '../../../test/web/world.ts'

/** Lets promises settle; no time passes. */
const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test('a poll asks every five seconds, one at a time, and says whether it is alive', async () => {
  const world = createTestWorld()
  const answers: Array<PromiseWithResolvers<void>> = []
  const told: string[] = []
  const poll = openPoll({
    world,
    refresh: () => {
      const answer = Promise.withResolvers<void>()
      answers.push(answer)
      return answer.promise
    },
    onBeat: () => told.push('beat'),
    onLost: () => told.push('lost'),
  })
  world.pass(POLL_MS)
  poll.retry()
  world.pass(60_000)
  expect(answers).toHaveLength(1)
  answers[0]?.resolve()
  await settle()
  world.pass(POLL_MS)
  expect(answers).toHaveLength(2)
  answers[1]?.reject(new Error('503'))
  await settle()
  expect(told).toEqual(['beat', 'beat', 'lost'])
  world.pass(POLL_MS + 249)
  expect(answers).toHaveLength(2)
  world.pass(1)
  expect(answers).toHaveLength(3)
  poll.close()
  answers[2]?.resolve()
  await settle()
  expect(told).toEqual(['beat', 'beat', 'lost'])
  expect(world.timers()).toBe(0)
})
