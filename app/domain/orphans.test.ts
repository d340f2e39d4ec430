import { expect, test } from 'vitest'

import { standingOf } from './orphans.ts'
import { defaultClocks } from './policy.ts'

const NOW = 1_000_000_000
const sandbox = (ageMs: number, id = 'sbx_1') => ({ id, startedAt: NOW - ageMs })
const clocks = { ...defaultClocks, acquireMs: 60_000 }
const live = (id: string | null) => ({
  status: 'running' as const,
  endedAt: null,
  clocks,
  sandbox: id === null ? null : ({ id } as never),
})
const ended = (agoMs: number) => ({ status: 'failed' as const, endedAt: NOW - agoMs, clocks, sandbox: null })

test.for([
  ['of a Run that is not known yet', sandbox(120_000), null, 'starting'],
  ['of a Run that never came', sandbox(120_001), null, 'orphaned'],
  ['of a Run that has just ended', sandbox(600_000), ended(30_000), 'ending'],
  ['that its job did not release', sandbox(600_000), ended(30_001), 'orphaned'],
  ['that its Run names', sandbox(600_000), live('sbx_1'), 'in_use'],
  ['of a Run that has named none', sandbox(600_000), live(null), 'in_use'],
  ['of a Run that names another, perhaps about to be reported', sandbox(90_000), live('sbx_2'), 'in_use'],
  ['that lost the race for its Run', sandbox(90_001), live('sbx_2'), 'orphaned'],
] as const)('a sandbox %s', ([, listed, run, standing]) => {
  expect(standingOf(listed, run, NOW)).toBe(standing)
})
