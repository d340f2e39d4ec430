/** The cadence of status comments: progress waits its turn, a change of state does not. */
import { expect, test } from 'vitest'

import { Cadence } from './cadence.ts'
import type { Run } from '../domain/run.ts'

const run = (id: string, status: Run['status'] = 'running', installationId = 5) => {
  const repository = { id: 1, owner: 'acme', name: 'shop', private: false, defaultBranch: 'main', installationId }
  return { id, status, repository }
}
const progress = { urgent: false }
const change = { urgent: true }

test('one Run: progress once in 10 s, a change of state at once', () => {
  const cadence = new Cadence()
  expect(cadence.edit(run('a'), change, 0)).toBe(0)
  expect(cadence.edit(run('a'), progress, 4_000)).toBe(6_000)
  expect(cadence.edit(run('a'), change, 5_000)).toBe(0)
  expect(cadence.edit(run('a'), progress, 14_999)).toBe(1)
  expect(cadence.edit(run('a'), progress, 15_000)).toBe(0)
})

test('Runs that wait for their turn do not slow what those at work tell', () => {
  const cadence = new Cadence()
  const waits = { issues: [], position: 1, since: 0, seq: 4, told: 1 }
  for (let n = 0; n < 10; n++) cadence.edit({ ...run(`r${n}`, 'queued'), waits }, change, 0)
  cadence.edit(run('a'), change, 0)
  expect(cadence.edit(run('a'), progress, 10_000)).toBe(0)
  // Once they are at work, they count.
  for (let n = 0; n < 2; n++) cadence.edit({ ...run(`r${n}`), waits: null }, change, 10_000)
  expect(cadence.edit(run('a'), progress, 20_000)).toBe(17_000)
})

test('ten Runs share a turn in 90 s; what has ended and other installations do not count', () => {
  const cadence = new Cadence()
  for (let n = 0; n < 10; n++) cadence.edit(run(`r${n}`), change, 0)
  expect(cadence.edit(run('r0'), progress, 10_000)).toBe(80_000)
  expect(cadence.edit(run('x', 'running', 6), progress, 10_000)).toBe(0)
  for (let n = 1; n < 10; n++) cadence.edit(run(`r${n}`, 'succeeded'), change, 20_000)
  expect(cadence.edit(run('r0'), progress, 30_000)).toBe(0)
  let edits = 0
  for (let at = 40_000; at < 40_000 + 3_600_000; at += 1_000) {
    for (let n = 0; n < 30; n++) if (cadence.edit(run(`b${n}`), progress, at) === 0) edits++
  }
  expect(edits).toBeLessThanOrEqual(400)
})
