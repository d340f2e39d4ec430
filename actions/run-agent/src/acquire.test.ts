import { expect, test } from 'vitest'

import { renewal } from './acquire.ts'

const MINUTE_MS = 60_000

test('a lifetime that was given until after the Run’s end keeps that end, however often it is renewed', () => {
  // E2B: the hour of the Run, and a minute.
  const renewedMs = renewal(61 * MINUTE_MS, 60 * MINUTE_MS, 0)
  expect([0, 30, 59].map((minute) => renewedMs(minute * MINUTE_MS) / MINUTE_MS)).toEqual([61, 31, 2])
  expect(renewedMs(62 * MINUTE_MS)).toBe(1_000)
})

test('a lifetime from heartbeat to heartbeat lasts as long again', () => {
  const renewedMs = renewal(105_000, 60 * MINUTE_MS, 0)
  expect([0, 59].map((minute) => renewedMs(minute * MINUTE_MS))).toEqual([105_000, 105_000])
})
