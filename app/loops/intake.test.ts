/** The intake over an inbox in memory: a delivery that takes long holds up nobody else's. */
import { expect, test } from 'vitest'

import { INTAKE_CONCURRENCY_MAX, Intake } from './intake.ts'
import type { InboxItem } from './intake.ts'

/** An inbox whose deliveries are worked on until the test lets them go. */
function office() {
  const waiting: InboxItem[] = []
  const begun: string[] = []
  const finished: string[] = []
  const doors = new Map<string, () => void>()
  const intake = new Intake({
    inbox: {
      claimDelivery: async () => waiting.shift() ?? null,
      finishDelivery: async (id) => void finished.push(id),
      postponeDelivery: async () => {},
    },
    receive: ({ id }) => {
      begun.push(id)
      return new Promise((resolve) => doors.set(id, () => resolve({ outcome: 'processed', reason: null })))
    },
    apologise: async () => {},
    log: { info: () => {}, warn: () => {}, error: () => {} },
    now: () => 0,
    chance: () => 0,
  })
  const arrive = (...ids: string[]): void => {
    for (const id of ids) waiting.push({ id, event: 'issue_comment', attempts: 1, body: Buffer.from('{}') })
  }
  return { intake, arrive, begun, finished, letGo: (id: string) => doors.get(id)!() }
}
/** Everything that can happen without the test's doing has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a delivery that arrives while an earlier one hangs is taken in at once', async () => {
  const { intake, arrive, begun, finished, letGo } = office()
  arrive('slow')
  const first = intake.step()
  await settled()
  arrive('next')
  const second = intake.step()
  await settled()
  expect(begun).toEqual(['slow', 'next'])
  letGo('next')
  expect(await second).toBe(1)
  expect(finished).toEqual(['next'])
  letGo('slow')
  expect(await first).toBe(1)
})

test('a full inbox is worked off side by side, never by more than the replica has workers', async () => {
  const { intake, arrive, begun, finished, letGo } = office()
  const ids = Array.from({ length: INTAKE_CONCURRENCY_MAX + 3 }, (_, n) => `d${n}`)
  arrive(...ids)
  const steps = [intake.step(), intake.step(), intake.step()]
  await settled()
  expect(begun).toHaveLength(INTAKE_CONCURRENCY_MAX)
  while (finished.length < ids.length) {
    for (const id of begun) if (!finished.includes(id)) letGo(id)
    await settled()
  }
  await intake.idle()
  const counts = await Promise.all(steps)
  expect(counts.reduce((sum, each) => sum + each)).toBe(ids.length)
})
