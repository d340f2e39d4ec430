import { expect, test } from 'vitest'

import { attemptIdOf } from './attempts.ts'
import { standingOf } from './orphans.ts'
import { defaultClocks } from './policy.ts'

const NOW = 1_000_000_000
const sandbox = (ageMs: number, attempt = 2) => ({
  id: 'sbx_1',
  attemptId: attemptIdOf({ id: 'r_1', attempt }),
  startedAt: NOW - ageMs,
})
const clocks = { ...defaultClocks, acquireMs: 60_000 }
const run = { id: 'r_1', attempt: 2 }
const live = (id: string | null) => ({
  ...run,
  status: 'running' as const,
  endedAt: null,
  clocks,
  sandbox: id === null ? null : ({ id } as never),
})
const ended = (agoMs: number) => ({ ...run, status: 'failed' as const, endedAt: NOW - agoMs, clocks, sandbox: null })

test.for([
  ['of a Run that is not known yet', sandbox(120_000), null, 'starting'],
  ['of a Run that never came', sandbox(120_001), null, 'orphaned'],
  ['of a Run that has just ended', sandbox(600_000), ended(30_000), 'ending'],
  ['that its job did not release', sandbox(600_000), ended(30_001), 'orphaned'],
  ['that its Run names', sandbox(600_000), live('sbx_1'), 'in_use'],
  ['of a Run that has named none', sandbox(600_000), live(null), 'in_use'],
  ['of a Run that names another, perhaps about to be reported', sandbox(90_000), live('sbx_2'), 'in_use'],
  ['of an earlier attempt, that the present one has paused and named', sandbox(600_000, 1), live('sbx_1'), 'in_use'],
  ['of an earlier attempt, perhaps about to be released', sandbox(90_000, 1), live(null), 'in_use'],
  ['of an earlier attempt, that came to life too late', sandbox(90_001, 1), live(null), 'orphaned'],
  ['that lost the race for its Run', sandbox(90_001), live('sbx_2'), 'orphaned'],
] as const)('a sandbox %s', ([, listed, run, standing]) => {
  expect(standingOf(listed, run, NOW)).toBe(standing)
})
