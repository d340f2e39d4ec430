import { expect, test } from 'vitest'

import { saidCount, statusesOf, withFilter } from './filters.ts'

const none = { queued: 0, running: 0, paused: 0, succeeded: 0, failed: 0, cancelled: 0 }

test('a filter is set, changed and taken away; the others stay, a place in the old list does not', () => {
  const search = { agent: 'stub', after: '0042' }
  expect(withFilter(search, 'within', '24h')).toEqual({ agent: 'stub', within: '24h' })
  expect(withFilter({ ...search, status: 'failed' }, 'status', undefined)).toEqual({ agent: 'stub' })
  expect(withFilter(search, 'q', '')).toEqual({ agent: 'stub' })
  expect(withFilter(search, 'status', 'failed,queued')).toEqual({ agent: 'stub', status: 'failed,queued' })
})

test('counts are added up, and where counting stopped they say so', () => {
  const body = { counts: { ...none, queued: 4, failed: 1_000 }, max: 1_000 }
  expect(saidCount(body, ['queued', 'running'])).toBe('4')
  expect(saidCount(body, ['queued', 'failed'])).toBe('1,004+')
})

test('no status in the address is every status', () => {
  expect(statusesOf({})).toHaveLength(6)
  expect(statusesOf({ status: 'failed,queued' })).toEqual(['queued', 'failed'])
})
