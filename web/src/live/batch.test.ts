import { expect, test } from 'vitest'

import { createTestWorld } from '../../../test/web/world.ts'
import { runningRun } from '../../../test/web/fixtures.ts'
import { createBatch } from './batch.ts'

function start() {
  const world = createTestWorld()
  const frames: Array<() => void> = []
  const handed: string[] = []
  const floods: boolean[] = []
  const take = createBatch({
    world,
    frame: (then) => frames.push(then),
    hand: ({ topic, seq }) => handed.push(`${topic} ${seq}`),
    onFlood: (high) => floods.push(high),
  })
  const come = (topic: string, seq: number) => {
    const run = runningRun({ seq })
    take({ v: 1, topic, type: 'agent.progressed', seq, at: run.updatedAt, data: {}, run })
  }
  const draw = () => frames.splice(0).forEach((then) => then())
  return { world, come, draw, frames, handed, floods }
}

test('what comes between two frames is handed on once, of each Run the newest', () => {
  const { come, draw, frames, handed } = start()
  come('run:a', 1)
  come('runs', 1)
  come('run:a', 2)
  expect(handed).toEqual([])
  expect(frames).toHaveLength(1)
  draw()
  expect(handed).toEqual(['runs 1', 'run:a 2'])
  come('run:a', 3)
  draw()
  expect(handed.at(-1)).toBe('run:a 3')
})

test('above 2,000 a minute every tenth is drawn, the last one always, and a quiet minute ends it', () => {
  const { world, come, draw, frames, handed, floods } = start()
  for (let seq = 1; seq <= 2_001; seq++) {
    come('run:a', seq)
    draw()
  }
  expect(floods).toEqual([true])
  const before = handed.length
  for (let seq = 2_002; seq <= 2_053; seq++) {
    come('run:a', seq)
    draw()
  }
  expect(handed.length - before).toBe(5)
  expect(handed.at(-1)).toBe('run:a 2050')
  world.pass(1_000)
  expect(handed.at(-1)).toBe('run:a 2053')
  expect(frames).toEqual([])
  world.pass(120_000)
  come('run:a', 3_000)
  draw()
  expect(floods).toEqual([true, false])
  expect(handed.at(-1)).toBe('run:a 3000')
})
