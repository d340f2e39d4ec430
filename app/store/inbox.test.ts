import { expect, test, vi } from 'vitest'

import type { NewDelivery } from './deliveries.ts'
import { Inbox, InboxOverloaded, QUEUE_DELIVERIES_MAX } from './inbox.ts'

const delivery = (n: number, bytes = 2): NewDelivery => ({
  id: String(n),
  digest: String(n),
  event: 'push',
  receivedAt: 0,
  body: Buffer.alloc(bytes),
})

test('what waits too long is told so and is not inserted later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const batches: string[][] = []
    let release = (): void => {}
    const inbox = new Inbox({
      insertMany: async (deliveries) => {
        batches.push(deliveries.map(({ id }) => id))
        await new Promise<void>((resolve) => (release = resolve))
        return deliveries.map(() => 'inserted' as const)
      },
    })
    const first = inbox.add(delivery(1)).catch((error: unknown) => error)
    await new Promise((resolve) => setImmediate(resolve))
    const second = inbox.add(delivery(2)).catch((error: unknown) => error)
    vi.advanceTimersByTime(8_000)
    expect(await first).toBeInstanceOf(InboxOverloaded)
    expect(await second).toBeInstanceOf(InboxOverloaded)
    release()
    const third = inbox.add(delivery(3))
    await vi.waitUntil(() => batches.length === 2)
    release()
    expect(await third).toBe('inserted')
    expect(batches).toEqual([['1'], ['3']])
  } finally {
    vi.useRealTimers()
  }
})

test('a full queue refuses at once', async () => {
  const inbox = new Inbox({ insertMany: () => new Promise<never>(() => {}) }, 50)
  const all = Array.from({ length: QUEUE_DELIVERIES_MAX + 1 }, (_, n) =>
    inbox.add(delivery(n)).catch((e: unknown) => e),
  )
  expect(await all.at(-1)).toMatchObject({ message: 'The inbox is full.' })
  expect(await all[0]).toMatchObject({ message: 'The database did not answer in time.' })
})

test('large bodies go in batches of their own', async () => {
  const batches: number[] = []
  const inbox = new Inbox({
    insertMany: async (deliveries) => {
      batches.push(deliveries.length)
      return deliveries.map(() => 'inserted' as const)
    },
  })
  const large = 12 * 1024 * 1024
  await Promise.all([inbox.add(delivery(1, large)), inbox.add(delivery(2, large)), inbox.add(delivery(3))])
  expect(batches).toEqual([3])
  await expect(Promise.all([1, 2, 3].map((n) => inbox.add(delivery(n, large))))).rejects.toThrow('The inbox is full.')
})

test('when the database fails, everyone in the batch hears it', async () => {
  const inbox = new Inbox({ insertMany: () => Promise.reject(new Error('no primary')) })
  const answers = await Promise.allSettled([inbox.add(delivery(1)), inbox.add(delivery(2))])
  expect(answers.map((answer) => answer.status === 'rejected' && (answer.reason as Error).message)).toEqual([
    'no primary',
    'no primary',
  ])
})
