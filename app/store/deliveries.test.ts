import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { startWay } from '../../test/support/way-to-mongo.ts'
import { connect } from './connect.ts'
import type { StoreConnection } from './connect.ts'
import { deliveryStore } from './deliveries.ts'
import type { DeliveryStore, NewDelivery } from './deliveries.ts'

const uri = databaseUri()
let connection: StoreConnection
let store: DeliveryStore
let count = 0
beforeAll(async () => {
  connection = await connect(uri)
  store = deliveryStore(connection)
  await store.ensureIndexes()
})
afterAll(async () => {
  await connection.close()
  await dropDatabase(uri)
})

const delivery = (changes: Partial<NewDelivery> = {}): NewDelivery => {
  const id = changes.id ?? `d${++count}`
  return { id, digest: `digest of ${id}`, event: 'issues', receivedAt: 1_000, body: Buffer.from(id), ...changes }
}
/** Finishes what other tests left to be claimed. */
async function emptied(): Promise<void> {
  for (let next = await store.claimDelivery(1e15, 1); next; next = await store.claimDelivery(1e15, 1)) {
    await store.finishDelivery(next.id, 'processed')
  }
}

test('of a batch, what is new is stored and what was there by id or by digest is a duplicate', async () => {
  const [a, b] = [delivery(), delivery()]
  expect(await store.insertMany([a])).toEqual(['inserted'])
  const sameId = delivery({ id: a.id, digest: 'another' })
  const sameBody = delivery({ digest: a.digest })
  expect(await store.insertMany([sameId, b, sameBody, b])).toEqual(['duplicate', 'inserted', 'duplicate', 'duplicate'])
})

test('a delivery is claimed by one, oldest first, and again when the lease is over', async () => {
  await emptied()
  const [old, young] = [delivery({ receivedAt: 10 }), delivery({ receivedAt: 20 })]
  await store.insertMany([young, old])
  expect(await store.claimDelivery(5, 100)).toBeNull()
  const claims = await Promise.all([1, 2, 3].map(() => store.claimDelivery(50, 100)))
  expect(claims.map((claim) => claim?.id ?? '').toSorted()).toEqual(['', old.id, young.id])
  expect(await store.claimDelivery(149, 100)).toBeNull()
  expect(await store.claimDelivery(150, 100)).toMatchObject({ attempts: 2, state: 'processing' })
})

test('a finished delivery is not claimed again, and one given back is, when it is due', async () => {
  await emptied()
  const it = delivery()
  await store.insertMany([it])
  await store.claimDelivery(2_000, 100)
  await store.postponeDelivery(it.id, 5_000, 'GitHub is away')
  expect(await store.claimDelivery(4_999, 100)).toBeNull()
  expect(await store.claimDelivery(5_000, 100)).toMatchObject({ id: it.id, attempts: 2, reason: 'GitHub is away' })
  await store.postponeDelivery(it.id, 6_000, 'Held back', false)
  expect(await store.claimDelivery(6_000, 100)).toMatchObject({ attempts: 2, reason: 'Held back' })
  await store.finishDelivery(it.id, 'refused', 'not JSON')
  // One that was slower than its lease comes too late to take it back.
  await store.postponeDelivery(it.id, 7_000, 'GitHub is away')
  expect(await store.claimDelivery(1e12, 100)).toBeNull()
  expect(await store.readDelivery(it.id)).toMatchObject({ state: 'refused', reason: 'not JSON' })
})

test('redeliver puts one back to its start', async () => {
  await emptied()
  const it = delivery()
  await store.insertMany([it])
  await emptied()
  expect(await store.redeliver('nobody', 9_000)).toBe(false)
  expect(await store.redeliver(it.id, 9_000)).toBe(true)
  expect((await store.claimDelivery(9_000, 100))?.body.toString()).toBe(it.id)
})

test('a large body is stored compressed, and one that cannot be stored is refused by name', async () => {
  await emptied()
  const text = delivery({ body: Buffer.alloc(24 * 1024 * 1024, 'the same again ') })
  const noise = delivery({ body: randomBytes(16 * 1024 * 1024) })
  expect(await store.insertMany([text, noise])).toEqual(['inserted', 'inserted'])
  expect((await store.readDelivery(text.id))?.body.equals(text.body)).toBe(true)
  expect(await store.readDelivery(noise.id)).toMatchObject({ state: 'refused', bytes: noise.body.length })
})

test('known ids and the list, newest first, without bodies', async () => {
  const [a, b] = [delivery({ receivedAt: 1e9 }), delivery({ receivedAt: 1e9 + 1 })]
  await store.insertMany([a, b])
  expect(await store.knownDeliveries([a.id, 'nobody'])).toEqual(new Set([a.id]))
  const list = await store.listDeliveries({ limit: 2, states: ['received'] })
  expect(list.map(({ id }) => id)).toEqual([b.id, a.id])
  expect(list[0]).not.toHaveProperty('body')
  expect((await store.listDeliveries({ after: list[0]!, limit: 1 })).map(({ id }) => id)).toEqual([a.id])
})

test('deliveries expire after thirty days, and looking for what is due reads no more than that', async () => {
  const indexes = await connection.collection('deliveries').indexes()
  expect(indexes.find(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toMatchObject({
    key: { receivedAt: 1 },
    expireAfterSeconds: 2_592_000,
  })
  await emptied()
  const plan = await connection
    .collection('deliveries')
    .find({ leaseUntil: { $lte: new Date(1e12) } })
    .sort({ leaseUntil: 1 })
    .explain('executionStats')
  expect(plan['executionStats'].totalDocsExamined).toBe(0)
  expect(JSON.stringify(plan['queryPlanner'].winningPlan)).toContain('IXSCAN')
})

test('row 22: a filter that came in as data is never an operator', async () => {
  const filter = { $ne: 'x' } as unknown as string
  expect(await store.readDelivery(filter).catch(() => null)).toBeNull()
  await expect(
    store.listDeliveries({ states: [{ $ne: 'x' } as never], after: { receivedAt: 1, id: 'd' } }),
  ).rejects.toThrow(/Cast|enum/i)
})

test('a delivery that no database took is never called stored: the driver wraps a lost primary like a write error', async () => {
  const way = await startWay(uri)
  const away = await connect(way.uri, { serverSelectionTimeoutMs: 1_500 })
  onTestFinished(() => away.close())
  const lost = delivery()
  way.cut()
  await expect(deliveryStore(away).insertMany([lost])).rejects.toBeInstanceOf(Error)
  // Once more, when the driver knows that there is no primary and gives up before it sends anything.
  await expect(deliveryStore(away).insertMany([lost])).rejects.toBeInstanceOf(Error)
  way.open()
  expect(await store.knownDeliveries([lost.id])).toEqual(new Set())
})
