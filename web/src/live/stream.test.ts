import { expect, test } from 'vitest'

import { BACKOFF_MAX_MS, backoffMs } from './backoff.ts'
import { openStream, STALE_MS } from './stream.ts'
import { createTestSource, createTestWorld, type TestSource } from '../../../test/web/world.ts'

function start(chance = 0.5) {
  const world = createTestWorld(chance)
  const sources: TestSource[] = []
  const opened: Array<string | null> = []
  const seen: string[] = []
  const beats: number[] = []
  const lost: number[] = []
  const stream = openStream({
    world,
    names: ['workflow.started', 'reset'],
    open: (lastId) => {
      opened.push(lastId)
      const source = createTestSource()
      sources.push(source)
      return source
    },
    onMessage: (name, data) => seen.push(`${name} ${data}`),
    onBeat: (atMs) => beats.push(atMs),
    onLost: (atMs) => lost.push(atMs),
  })
  const last = () => sources.at(-1) ?? createTestSource()
  return { world, sources, opened, seen, beats, lost, stream, last }
}

test('a lost connection is opened anew from the last id, which a fresh EventSource does not know', () => {
  const { world, opened, seen, last, lost } = start()
  last().send('open')
  last().send('workflow.started', 'a', 'r_8k2f0q7w3z/7')
  last().send('error')
  expect(last().closed).toBe(true)
  expect(lost).toHaveLength(1)
  world.pass(250)
  expect(opened).toEqual([null, 'r_8k2f0q7w3z/7'])
  last().send('workflow.started', 'b', 'r_8k2f0q7w3z/8')
  expect(seen).toEqual(['workflow.started a', 'workflow.started b'])
})

test('an answer of 503 during a deploy is not the end: the backoff grows to 30 s and no further', () => {
  const { world, opened, last } = start(0.999)
  const waits: number[] = []
  for (let failure = 0; failure < 10; failure++) {
    const tries = opened.length
    last().send('error')
    let waited = 0
    while (opened.length === tries) {
      world.pass(50)
      waited += 50
    }
    waits.push(waited)
  }
  expect(waits[0]).toBeLessThanOrEqual(500)
  expect(waits[3]).toBeGreaterThan(3_500)
  expect(Math.max(...waits)).toBeLessThanOrEqual(BACKOFF_MAX_MS)
  expect(waits.at(-1)).toBeGreaterThan(29_000)
})

test('the jitter is full: chance alone decides between at once and the ceiling', () => {
  expect(backoffMs(0, 0)).toBe(0)
  expect(backoffMs(0, 0.5)).toBe(250)
  expect(backoffMs(3, 0.5)).toBe(2_000)
  expect(backoffMs(1_000, 0.5)).toBe(15_000)
})

test('a server that accepts and hangs up at once does not reset the backoff; a message does', () => {
  const { world, opened, last } = start(0.999)
  for (let round = 0; round < 5; round++) {
    last().send('open')
    last().send('error')
    world.pass(BACKOFF_MAX_MS)
  }
  expect(opened).toHaveLength(6)
  last().send('open')
  last().send('error')
  world.pass(500)
  expect(opened).toHaveLength(6)
  world.pass(BACKOFF_MAX_MS)
  last().send('ping')
  last().send('error')
  world.pass(500)
  expect(opened).toHaveLength(8)
})

test('45 seconds without a heartbeat are a lost connection, even if the browser believes in it', () => {
  const { world, opened, sources, lost, last } = start()
  last().send('open')
  world.pass(STALE_MS - 1)
  last().send('ping')
  world.pass(STALE_MS - 1)
  expect(lost).toEqual([])
  world.pass(1)
  expect(lost).toHaveLength(1)
  expect(sources[0]?.closed).toBe(true)
  world.pass(BACKOFF_MAX_MS)
  expect(opened).toHaveLength(2)
})

test('pings are signs of life, and move the place along', () => {
  const { world, beats, opened, last } = start()
  last().send('open')
  last().send('ping', '{}', 'place 7')
  expect(beats).toHaveLength(2)
  last().send('error')
  world.pass(BACKOFF_MAX_MS)
  expect(opened).toEqual([null, 'place 7'])
})

test('a late event of a source that was given up is not taken', () => {
  const { world, sources, seen, last } = start()
  last().send('error')
  world.pass(BACKOFF_MAX_MS)
  sources[0]?.send('workflow.started', 'late')
  expect(seen).toEqual([])
})

test('Reconnect tries at once, and a closed stream leaves no timer behind', () => {
  const { world, opened, stream, last } = start()
  last().send('error')
  stream.retry()
  expect(opened).toHaveLength(2)
  stream.close()
  expect(last().closed).toBe(true)
  expect(world.timers()).toBe(0)
  stream.retry()
  expect(opened).toHaveLength(2)
})
