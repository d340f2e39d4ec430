/** Rows 8 and 9 where they are decided: signed bytes that no handler may see, and what stays of them. */
import { expect, test } from 'vitest'

import { GitHubError } from '../github/errors.ts'
import { DELIVERY_ATTEMPTS_MAX, HELD_BACK_MS_MAX, Intake } from './intake.ts'
import type { InboxItem, IntakeDeps } from './intake.ts'

/** One turn without anybody else at work. */
const intake = (deps: IntakeDeps): Promise<number> => new Intake(deps).step()
const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** Works off these bodies; answers with what was finished and how often the handlers were called. */
async function takenIn(bodies: readonly (string | Uint8Array)[]) {
  const waiting: InboxItem[] = bodies.map((body, n) => ({
    id: `delivery-${n}`,
    event: 'issue_comment',
    attempts: 1,
    receivedAt: 0,
    body: Buffer.from(body as string),
  }))
  const finished: [state: string, reason: string | null][] = []
  let handled = 0
  await intake({
    inbox: {
      claimDelivery: async () => waiting.shift() ?? null,
      finishDelivery: async (_id, state, reason) => void finished.push([state, reason]),
      postponeDelivery: () => Promise.reject(new Error('nothing here may work later')),
    },
    receive: async () => {
      handled++
      return { outcome: 'processed', reason: null }
    },
    apologise: async () => {},
    log: silent,
    now: () => 0,
    chance: () => 0.5,
  })
  return { finished, handled }
}

test('row 8: 200,000 levels end as refused, at once, and no handler sees them', async () => {
  const { finished, handled } = await takenIn([
    '['.repeat(200_000),
    `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`,
  ])
  expect(finished).toEqual([
    ['refused', 'nested deeper than 64'],
    ['refused', 'nested deeper than 64'],
  ])
  expect(handled).toBe(0)
})

test('row 9: what two parsers could read differently ends as refused with the reason', async () => {
  const bodies = [
    Buffer.from([0x7b, 0xff, 0x7d]),
    '{"a":"\\u0000"}',
    '{"a":"\\ud800"}',
    '{"a":1,"\\u0061":2}',
    'x',
    '[]',
  ]
  const { finished, handled } = await takenIn(bodies)
  expect(finished).toEqual([
    ['refused', 'invalid UTF-8'],
    ['refused', 'NUL character'],
    ['refused', 'lone surrogate'],
    ['refused', 'duplicate key'],
    ['refused', 'invalid JSON'],
    ['refused', 'not a JSON object'],
  ])
  expect(handled).toBe(0)
  expect(await takenIn(['{"a":1}'])).toEqual({ finished: [['processed', null]], handled: 1 })
})

test('what ends the process each time it is begun is not begun for ever', async () => {
  const finished: unknown[] = []
  const begun = {
    id: 'd',
    event: 'issues',
    attempts: DELIVERY_ATTEMPTS_MAX + 1,
    receivedAt: 0,
    body: Buffer.from('{}'),
  }
  const waiting: InboxItem[] = [begun]
  await intake({
    inbox: {
      claimDelivery: async () => waiting.shift() ?? null,
      finishDelivery: async (...args) => void finished.push(args),
      postponeDelivery: () => Promise.reject(new Error('it was tried often enough')),
    },
    receive: () => Promise.reject(new Error('nobody may look at it')),
    apologise: () => Promise.reject(new Error('nor at whose it was')),
    log: silent,
    now: () => 0,
    chance: () => 0,
  })
  expect(finished).toEqual([['d', 'refused', 'gave up: begun 10 times, and never ended']])
})

test('a replica that stops ends what it began and leaves the rest to others', async () => {
  const finished: string[] = []
  const waiting = ['first', 'second', 'third'].map((id): InboxItem => ({
    id,
    event: 'issues',
    attempts: 1,
    receivedAt: 0,
    body: Buffer.from('{}'),
  }))
  const started = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  let claims = 0
  const worker = new Intake({
    inbox: {
      // The others that a delivery brings along find nothing.
      claimDelivery: async () => (claims++ % 2 === 0 ? (waiting.shift() ?? null) : null),
      finishDelivery: async (id) => void finished.push(id),
      postponeDelivery: () => Promise.reject(new Error('nothing here may work later')),
    },
    receive: async () => {
      started.resolve()
      await answer.promise
      return { outcome: 'processed', reason: null }
    },
    apologise: async () => {},
    log: silent,
    now: () => 0,
    chance: () => 0,
  })
  const step = worker.step()
  await started.promise
  const stopped = worker.stop()
  answer.resolve()
  await Promise.all([stopped, step])
  expect(finished).toEqual(['first'])
  expect(waiting.map(({ id }) => id)).toEqual(['second', 'third'])
})

test('a delivery outlives an outage of GitHub, and even then a replica may die over it', async () => {
  const told: unknown[] = []
  const outage = async (at: number, attempts: number): Promise<void> => {
    const item = { id: 'd', event: 'issue_comment', attempts, receivedAt: 0, body: Buffer.from('{}') }
    const waiting: InboxItem[] = [item]
    await intake({
      inbox: {
        claimDelivery: async () => waiting.shift() ?? null,
        finishDelivery: async (_id, state) => void told.push(state),
        postponeDelivery: async (_id, _dueAt, _reason, counts) => void told.push(counts),
      },
      receive: () => Promise.reject(new GitHubError('unavailable', '502')),
      apologise: async () => void told.push('apology'),
      log: silent,
      now: () => at,
      chance: () => 0,
    })
  }
  // It counts at first, so that it is asked for ever more seldom; then as little as what GitHub's limits hold back.
  await outage(1_000, 1)
  await outage(900_000, DELIVERY_ATTEMPTS_MAX / 2)
  expect(told).toEqual([true, false])
  await outage(HELD_BACK_MS_MAX, DELIVERY_ATTEMPTS_MAX)
  expect(told.slice(2)).toEqual(['refused', 'apology'])
})

test("what GitHub's limits hold back waits its time without counting as a failure, and not for ever", async () => {
  const told: unknown[] = []
  const heldBack = async (at: number): Promise<void> => {
    const item = {
      id: 'd',
      event: 'issue_comment',
      attempts: DELIVERY_ATTEMPTS_MAX,
      receivedAt: 0,
      body: Buffer.from('{}'),
    }
    const waiting: InboxItem[] = [item]
    await intake({
      inbox: {
        claimDelivery: async () => waiting.shift() ?? null,
        finishDelivery: async (_id, state) => void told.push(state),
        postponeDelivery: async (_id, dueAt, _reason, counts) => void told.push([dueAt >= at + 240_000, counts]),
      },
      receive: () => Promise.reject(new GitHubError('rate_limited', 'Held back', { retryAfterMs: 240_000 })),
      apologise: async () => void told.push('apology'),
      log: silent,
      now: () => at,
      chance: () => 0,
    })
  }
  await heldBack(0)
  expect(told).toEqual([[true, false]])
  await heldBack(HELD_BACK_MS_MAX)
  expect(told.slice(1)).toEqual(['refused', 'apology'])
})

test('without room a delivery is put back unbegun, until it has waited too long to be put back', async () => {
  const told: unknown[] = []
  const waited = async (at: number, roomAt: (commands: number) => number, error: Error): Promise<void> => {
    const waiting: InboxItem[] = [
      { id: 'd', event: 'issue_comment', attempts: 1, receivedAt: 0, body: Buffer.from('{}') },
    ]
    await intake({
      inbox: {
        claimDelivery: async () => waiting.shift() ?? null,
        finishDelivery: () => Promise.reject(new Error('nothing here comes to its end')),
        postponeDelivery: async (_id, dueAt, _reason, counts) => void told.push([dueAt, counts]),
      },
      receive: () => {
        told.push('begun')
        return Promise.reject(error)
      },
      apologise: async () => {},
      room: {
        commandIn: () => ({ installationId: 5, asker: 'octocat on 1', stops: false }),
        roomAt: (_id, commands) => roomAt(commands),
      },
      log: silent,
      now: () => at,
      chance: () => 0,
    })
  }
  const limited = new GitHubError('rate_limited', 'Held back', { retryAfterMs: 7_000 })
  await waited(1_000, () => 60_000, limited)
  expect(told.splice(0)).toEqual([[60_000, false]])
  await waited(HELD_BACK_MS_MAX, () => HELD_BACK_MS_MAX + 60_000, limited)
  expect(told.splice(0)).toEqual(['begun', [HELD_BACK_MS_MAX + 7_000, true]])
  // Stopped on its way: it comes with those who wait for room, unless room was not what it lacked.
  let asked = 0
  await waited(1_000, () => (asked++ === 0 ? 0 : 9_000), limited)
  expect(told.splice(0)).toEqual(['begun', [9_000, false]])
  await waited(1_000, () => 0, limited)
  expect(told.splice(0)).toEqual(['begun', [8_000, false]])
})
