/** Leases between replicas: one holder, renewed by it, taken over after its end. */
import { expect, onTestFinished, test } from 'vitest'

import { testDatabase } from '../../test/stack/mongo/test-database.ts'
import { connect } from './connect.ts'
import { leaseStore } from './leases.ts'

const MS = 60_000

test('one replica holds a lease, renews it, and another takes it over once it ends', async () => {
  const connection = await connect(testDatabase())
  onTestFinished(() => connection.close())
  const leases = leaseStore(connection)
  await leases.ensureIndexes()
  const first = await Promise.all(['a', 'b', 'c'].map((holder) => leases.holdLease('x', holder, 1_000, MS)))
  expect(first.filter(Boolean)).toHaveLength(1)
  const holder = ['a', 'b', 'c'][first.indexOf(true)]!
  const other = holder === 'a' ? 'b' : 'a'
  expect(await leases.holdLease('x', holder, 30_000, MS)).toBe(true)
  expect(await leases.holdLease('x', other, 61_000, MS)).toBe(false)
  expect(await leases.holdLease('y', other, 61_000, MS)).toBe(true)
  expect(await leases.holdLease('x', other, 90_000, MS)).toBe(true)
  expect(await leases.holdLease('x', holder, 90_000, MS)).toBe(false)
  await leases.releaseLease('x', other)
  expect(await leases.holdLease('x', holder, 90_000, MS)).toBe(true)
})
