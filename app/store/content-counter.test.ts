/** The content counter: never more than GitHub allows in any minute or hour, whoever asks. */
import { expect, onTestFinished, test } from 'vitest'

import { testDatabase } from '../../test/stack/mongo/test-database.ts'
import { connect } from './connect.ts'
import { CONTENT_A_MINUTE_MAX, CONTENT_AN_HOUR_MAX, contentCounter } from './content-counter.ts'

const START = Date.parse('2026-11-20T12:00:00.000Z')

test('comments leave the end of the hour to pull requests', async () => {
  const connection = await connect(testDatabase())
  onTestFinished(() => connection.close())
  const counter = contentCounter(connection)
  for (let n = 0; n < CONTENT_AN_HOUR_MAX - 2; n++) await counter.takeContent(5, START + n * 1_000)
  const now = START + CONTENT_AN_HOUR_MAX * 1_000
  expect(await counter.takeContent(5, now, 2)).toBe(3_601_000 - (now - START))
  expect(await counter.takeContent(5, now, 0)).toBe(0)
  expect(await counter.takeContent(5, now, 0)).toBe(0)
  expect(await counter.takeContent(5, now, 0)).toBeGreaterThan(0)
})

test('two replicas that ask at once share 80 a minute and 500 an hour, and are told when there is room', async () => {
  const uri = testDatabase()
  const connections = await Promise.all([connect(uri), connect(uri)])
  onTestFinished(async () => void (await Promise.all(connections.map((connection) => connection.close()))))
  const counters = connections.map(contentCounter)
  const ask = async (count: number, now: number) => {
    const waits = await Promise.all(Array.from({ length: count }, (_, i) => counters[i % 2]!.takeContent(5, now)))
    return waits.filter((wait) => wait === 0).length
  }
  let now = START
  let taken = await ask(100, now)
  expect(taken).toBe(CONTENT_A_MINUTE_MAX)
  const wait = await counters[0]!.takeContent(5, now + 10_000)
  expect(wait).toBe(51_000)
  expect(await counters[1]!.takeContent(6, now)).toBe(0)
  expect(await ask(1, now + 10_000 + wait - 1)).toBe(0)
  while (taken < CONTENT_AN_HOUR_MAX) {
    now += 61_000
    taken += await ask(90, now)
  }
  expect(taken).toBe(CONTENT_AN_HOUR_MAX)
  expect(await ask(5, now + 61_000)).toBe(0)
  expect(await counters[0]!.takeContent(5, now + 61_000)).toBe(START + 3_601_000 - now - 61_000)
  expect(await ask(CONTENT_A_MINUTE_MAX, START + 3_601_000)).toBe(CONTENT_A_MINUTE_MAX)
})

test('a burst asks in turn: one document is never written by two calls of one replica at once', async () => {
  let flying = 0
  let most = 0
  const isOurs = ({ commandName }: { commandName: string }) => commandName === 'findAndModify'
  const observe = (command: { commandName: string }) => {
    if (isOurs(command)) most = Math.max(most, ++flying)
  }
  const connection = await connect(testDatabase(), { observe })
  onTestFinished(() => connection.close())
  connection.getClient().on('commandSucceeded', (command) => void (isOurs(command) && flying--))
  const counter = contentCounter(connection)
  const waits = await Promise.all(Array.from({ length: 33 }, () => counter.takeContent(5, START)))
  expect(waits).toEqual(Array.from({ length: 33 }, () => 0))
  expect(most).toBe(1)
})
