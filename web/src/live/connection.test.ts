import { expect, test } from 'vitest'

import { words } from '../words.ts'
import { connectionView, type Facts } from './connection.ts'

const NOW = 1_000_000
const live: Facts = {
  topics: 1,
  online: true,
  lostAtMs: null,
  beatAtMs: NOW - 1_000,
  readAtMs: null,
  openedAtMs: NOW - 90_000,
  flood: false,
}
const say = (facts: Partial<Facts>) => {
  const view = connectionView({ ...live, ...facts }, NOW)
  return `${words.connection.pill(view)}${view.banner ? ' + banner' : ''}`
}

test('the pill says how fresh the page is', () => {
  expect(say({})).toBe('Live')
  expect(say({ beatAtMs: null })).toBe('Connecting')
  expect(say({ topics: 0 })).toBe('')
  expect(say({ flood: true })).toBe('High volume, showing every 10th')
})

test('a short hiccup is no news; after 3 s the pill says so, after 15 s a banner', () => {
  expect(say({ lostAtMs: NOW - 2_000 })).toBe('Live')
  expect(say({ lostAtMs: NOW - 3_000 })).toBe('Reconnecting')
  expect(say({ lostAtMs: NOW - 15_000, beatAtMs: NOW - 20_000 })).toBe('Reconnecting + banner')
})

test('without a heartbeat for 45 s the page is stale and counts the seconds', () => {
  expect(say({ beatAtMs: NOW - 44_999 })).toBe('Live')
  expect(say({ beatAtMs: NOW - 52_400, lostAtMs: NOW - 7_000 })).toBe('Stale · 52 s + banner')
})

test('what is shown was saved at the last sign of life, else when the page was opened, and no clock moves that', () => {
  const savedAtMs = (facts: Partial<Facts>) =>
    [0, 15_000, 90_000].map((laterMs) => connectionView({ ...live, ...facts }, NOW + laterMs).savedAtMs - NOW)
  expect(savedAtMs({ lostAtMs: NOW })).toEqual([-1_000, -1_000, -1_000])
  expect(savedAtMs({ lostAtMs: NOW, beatAtMs: null })).toEqual([-90_000, -90_000, -90_000])
})

test('while it is read again, the page is not stale and no older than its last reading', () => {
  const away = { lostAtMs: NOW - 60_000, beatAtMs: NOW - 70_000 }
  const view = (facts: Partial<Facts>) => connectionView({ ...live, ...away, ...facts }, NOW)
  expect(view({ readAtMs: NOW - 4_000 })).toMatchObject({
    kind: 'reconnecting',
    banner: true,
    reading: true,
    savedAtMs: NOW - 4_000,
  })
  expect(view({ readAtMs: NOW - 4_000, beatAtMs: null })).toMatchObject({ reading: true, savedAtMs: NOW - 4_000 })
  // It cannot be read any more: what is shown is what was saved.
  expect(view({ readAtMs: NOW - 15_000 })).toMatchObject({ kind: 'reconnecting', reading: false, ageS: 15 })
  expect(view({ readAtMs: NOW - 52_400 })).toMatchObject({ kind: 'stale', reading: false, ageS: 52 })
  expect(view({ readAtMs: NOW - 4_000, online: false })).toMatchObject({ kind: 'offline', reading: false })
})

test('being offline explains everything else', () => {
  expect(say({ online: false, lostAtMs: NOW - 60_000, beatAtMs: NOW - 60_000 })).toBe('Offline + banner')
  expect(say({ online: false, topics: 0 })).toBe('Offline + banner')
})
