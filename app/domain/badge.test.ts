/** The badge: what it says, that it can be read, and that it is small. */
import { expect, test } from 'vitest'

import { badgeColors, badgeJson, badgeOf, badgeSvg } from './badge.ts'
import type { Run } from './run.ts'

const run = (changes: Partial<Run>): Run => ({ status: 'queued', reason: null, pullRequest: null, ...changes }) as Run

function contrastWithWhite(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}

test.each([
  [null, 'none'],
  [run({}), 'queued'],
  [run({ status: 'running' }), 'running'],
  [run({ status: 'paused', reason: 'needs_answer' }), 'needs you'],
  [run({ status: 'succeeded', pullRequest: { number: 207, url: '' } }), 'succeeded #207'],
  [run({ status: 'succeeded', dryRun: true }), 'succeeded (dry run)'],
  [run({ status: 'failed', reason: 'run_timeout' }), 'timed out'],
  [run({ status: 'cancelled' }), 'cancelled'],
])('%#: says %s', (of, message) => {
  const badge = badgeOf(of)
  expect(badgeJson(badge)).toMatchObject({ schemaVersion: 1, label: 'agent', message })
  const svg = badgeSvg(badge)
  expect(svg).toContain(`aria-label="agent: ${message}"`)
  expect(svg).not.toMatch(/ id=|clipPath|<script|<style/)
  expect(svg.length).toBeLessThan(650)
})

test.each(Object.entries(badgeColors))('white text on %s (%s) can be read', (_, color) => {
  expect(contrastWithWhite(color)).toBeGreaterThanOrEqual(4.87)
})

test('nothing in a message is markup', () => {
  expect(badgeSvg({ label: 'a', message: '"><script>', color: '#000000' })).not.toContain('<script>')
})
