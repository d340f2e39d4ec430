/** The performance gate compares ratios only, in the direction that is better, and lets noise pass. */
import { expect, test } from 'vitest'

import { row } from './bench.ts'
import { worseThan } from './gate.ts'

const page = `
| What                | Measured                           | Goal     |     |
| ------------------- | ---------------------------------- | -------- | --- |
| folds against peer  | 64.3 × (peer 15,814 ns an event)   | ≥ 50 ×   | ✓   |
| start against empty | 1.16 × (31.5 ms against 27.1 ms)   | ≤ 1.3 ×  | ✓   |
| one fold            | 274 ns                             | ≤ 100 ns | ✗   |
`

test('a ratio that is worse by more than 15 % than the recorded one is named', () => {
  const rows = [row('folds against peer', 54, '>=', 50, '×'), row('start against empty', 1.34, '<=', 1.3, '×')]
  expect(worseThan(page, rows)).toEqual([
    'folds against peer: 54.0 × where 64.3 × is recorded, worse by 16 %',
    'start against empty: 1.34 × where 1.16 × is recorded, worse by 16 %',
  ])
})

test('what is better, a little worse, no ratio, or not recorded yet passes', () => {
  const rows = [
    row('folds against peer', 55, '>=', 50, '×'),
    row('start against empty', 1.1, '<=', 1.3, '×'),
    row('one fold', 900, '<=', 100, 'ns'),
    row('something new', 0.1, '>=', 0.5, '×'),
  ]
  expect(worseThan(page, rows)).toEqual([])
})
