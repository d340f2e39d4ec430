import { expect, test } from 'vitest'

import { RunId } from './contracts/ids.ts'
import { newRunId, nonceOf, uuidv7 } from './ids.ts'

test('Run ids have the shape that the contracts ask for, and do not repeat', () => {
  const ids = Array.from({ length: 1_000 }, newRunId)
  expect(ids.filter((id) => !RunId.safeParse(id).success)).toEqual([])
  expect(new Set(ids).size).toBe(1_000)
})

test('dispatch ids are UUIDs of version 7 and sort by time', () => {
  const first = uuidv7(1_000)
  const second = uuidv7(2_000)
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(first < second).toBe(true)
})

test('a nonce is the same for the same dispatch and key, and for no other', () => {
  const nonce = nonceOf('k'.repeat(32), 'd1')
  expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(nonceOf('k'.repeat(32), 'd1')).toBe(nonce)
  expect(nonceOf('k'.repeat(32), 'd2')).not.toBe(nonce)
  expect(nonceOf('x'.repeat(32), 'd1')).not.toBe(nonce)
})
