import { expect, test } from 'vitest'

import { agentFigures } from './agent-figures.ts'
import type { AgentRun } from './agent-figures.ts'

const run = (over: Partial<AgentRun>): AgentRun => ({
  agent: 'stub',
  repositoryId: 1,
  status: 'succeeded',
  startedAt: 1_000,
  endedAt: 61_000,
  ...over,
})

test('cancelled and living Runs are counted but judge nobody', () => {
  const runs = [
    run({}),
    run({ status: 'failed' }),
    run({ status: 'cancelled' }),
    run({ status: 'running', endedAt: null }),
  ]
  expect(agentFigures(runs)).toMatchObject({ runs: 4, succeeded: 1, failed: 1, successRate: 0.5, repositories: 1 })
})

test('the median is of those that succeeded and started; between two it is their middle', () => {
  const took = (ms: number, repositoryId = 1) => run({ startedAt: 0, endedAt: ms, repositoryId })
  expect(agentFigures([took(10), took(1_000), took(30, 2)])).toMatchObject({ medianMs: 30, repositories: 2 })
  expect(agentFigures([took(10), took(30), run({ status: 'failed', endedAt: 9_000 })]).medianMs).toBe(20)
  expect(agentFigures([run({ startedAt: null })]).medianMs).toBeNull()
  expect(agentFigures([])).toMatchObject({ runs: 0, successRate: null, medianMs: null })
})
