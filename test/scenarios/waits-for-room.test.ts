/** GitHub tells the installation to wait: commands that come meanwhile are not begun, and go on by themselves. */
import { pino } from 'pino'
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'

test('a command that comes while GitHub wants no calls waits unbegun, and then starts its Run', async () => {
  const lines: string[] = []
  const log = () => pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const { world, assign, ended, until } = await openStage({ throttle: true, log })
  const told = (message: string) => lines.filter((line) => line.includes(`"msg":"${message}"`)).length
  const [first, second] = [world.openIssue(), world.openIssue()]
  world.github.faults.failNext({ path: /\/permission$/, status: 429, headers: { 'retry-after': '10' } })
  const one = assign(first)
  await until('GitHub said so', () => told('delivery_held_back') > 0)
  const other = assign(second)
  await until('the second command waits', () => told('delivery_waits') > 0)
  for (const { id } of await Promise.all([one, other])) expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  // It was not begun and held back, as the first one was.
  expect(told('delivery_held_back')).toBe(1)
})
