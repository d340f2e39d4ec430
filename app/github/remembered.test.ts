/** Answers that are kept: given again while fresh, then asked for with their ETag. */
import { expect, test } from 'vitest'

import { remembered } from './remembered.ts'

const HOUR_MS = 3_600_000
const notModified = () => Promise.reject(Object.assign(new Error('Not modified'), { status: 304 }))

test('what is fresh is not asked for, and what was forgotten is', async () => {
  const kept = remembered<string>(10, HOUR_MS)
  let asked = 0
  const read = () => kept.read('a', async () => ({ etag: '"1"', value: `answer ${++asked}` }))
  expect([await read(), await read()]).toEqual(['answer 1', 'answer 1'])
  kept.forget('a')
  expect(await read()).toBe('answer 2')
})

test('what is old is asked for with its ETag, and stays where that did not change', async () => {
  const kept = remembered<string>(10, 0)
  const seen: object[] = []
  await kept.read('a', async (headers) => (seen.push(headers), { etag: '"1"', value: 'first' }))
  expect(await kept.read('a', (headers) => (seen.push(headers), notModified()))).toBe('first')
  await kept.read('a', async (headers) => (seen.push(headers), { etag: undefined, value: 'second' }))
  expect(await kept.read('a', async (headers) => (seen.push(headers), { etag: '"3"', value: 'third' }))).toBe('third')
  expect(seen).toEqual([{}, { 'if-none-match': '"1"' }, { 'if-none-match': '"1"' }, {}])
})

test('an answer that fails is an error, also where an older one is kept; nothing known cannot be unchanged', async () => {
  const kept = remembered<string>(10, 0)
  await expect(kept.read('a', notModified)).rejects.toMatchObject({ status: 304 })
  await kept.read('a', async () => ({ etag: '"1"', value: 'first' }))
  await expect(kept.read('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
})
