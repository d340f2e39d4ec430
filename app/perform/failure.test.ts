import { expect, test } from 'vitest'

import { FAILURE_DETAIL_CHARS_MAX, failure } from './failure.ts'

test('an error of any length is told of in few words', () => {
  const long = 'x'.repeat(100_000)
  expect(failure(new Error(long)).detail).toBe(long.slice(0, FAILURE_DETAIL_CHARS_MAX))
  expect(failure(long).detail).toHaveLength(FAILURE_DETAIL_CHARS_MAX)
  expect(failure(new Error('It is closed.')).detail).toBe('It is closed.')
})
