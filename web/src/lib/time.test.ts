import { expect, test } from 'vitest'

import { clockTime, duration, isoDuration, nextOffset, relativeTime, utcTime } from './time.ts'

const NOW = Date.parse('2026-11-20T12:00:00.000Z')
const ago = (ms: number) => relativeTime(NOW - ms, NOW)

test('moments are relative under 24 hours, then they are dates', () => {
  expect(ago(0)).toBe('just now')
  expect(ago(44_000)).toBe('just now')
  expect(ago(45_000)).toBe('1 minute ago')
  expect(ago(180_000)).toBe('3 minutes ago')
  expect(ago(2 * 3_600_000)).toBe('2 hours ago')
  expect(ago(26 * 3_600_000)).toBe('Nov 19, 2026')
})

test('times in UTC say so, by a clock of 24 hours', () => {
  expect(utcTime(NOW)).toBe('Nov 20, 2026, 12:00 UTC')
  expect(utcTime(NOW + 11.5 * 3_600_000)).toBe('Nov 20, 2026, 23:30 UTC')
  expect(utcTime(NOW + 12 * 3_600_000)).toBe('Nov 21, 2026, 00:00 UTC')
  expect(clockTime(NOW + 190_000, true)).toBe('12:03:10 UTC')
})

test('a deadline lies ahead; a clock that is a little off does not make the present the future', () => {
  expect(ago(-20_000)).toBe('just now')
  expect(ago(-3_400_000)).toBe('in 57 minutes')
  expect(ago(-7_200_000)).toBe('in 2 hours')
})

test('durations read 0.4s, 12s, 3m 12s, 1h 02m; live ones have no tenths', () => {
  expect([400, 3_400, 12_000, 192_000, 362_000, 3_725_000].map((ms) => duration(ms))).toEqual([
    '0.4s',
    '3.4s',
    '12s',
    '3m 12s',
    '6m 02s',
    '1h 02m',
  ])
  expect(duration(3_400, true)).toBe('3s')
  expect(duration(-5)).toBe('0.0s')
  expect(isoDuration(192_400)).toBe('PT192S')
})

test('the server’s clock is learned from the Date header, whose steps of a second do not make it jump', () => {
  const date = (ms: number) => new Date(ms).toUTCString()
  expect(nextOffset(null, date(NOW), NOW + 100, NOW + 300)).toBe(0)
  expect(nextOffset(null, date(NOW + 60_000), NOW, NOW)).toBe(60_500)
  expect(nextOffset(60_500, date(NOW + 61_000), NOW + 1_900, NOW + 1_900)).toBe(60_500)
  expect(nextOffset(60_500, date(NOW), NOW, NOW)).toBe(500)
  expect(nextOffset(7, null, NOW, NOW)).toBe(7)
  expect(nextOffset(7, 'yesterday', NOW, NOW)).toBe(7)
})
