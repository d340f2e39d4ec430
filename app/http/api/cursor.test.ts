/** trust.md row 22: what comes back as a place in a list is one that we made, or it is refused. */
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ProblemError } from '../problem.ts'
import { cursorOf, placeOf } from './cursor.ts'

const id = fc.stringMatching(/^r_[0-9a-hjkmnp-tv-z]{10}$/)
const place = fc.record({ createdAt: fc.nat({ max: 8_640_000_000_000 }), id })

test('row 22: every place comes back as it was', () => {
  fc.assert(
    fc.property(place, (p) => {
      expect(placeOf(cursorOf(p))).toEqual(p)
    }),
    { numRuns: 1_000 },
  )
})

function outcomeOf(cursor: string): string {
  try {
    return cursorOf(placeOf(cursor)) === cursor ? 'ours' : 'half understood'
  } catch (error) {
    return error instanceof ProblemError ? error.code : 'broken'
  }
}

test('row 22: anything else is refused, and nothing is half understood', () => {
  const encoded = fc.string().map((text) => Buffer.from(text).toString('base64url'))
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), encoded), (cursor) => {
      expect(outcomeOf(cursor)).toBe('bad_request')
    }),
    { numRuns: 1_000 },
  )
})
