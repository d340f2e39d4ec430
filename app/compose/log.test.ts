/** Each line that is about a Run says which, also where it only stands in a sentence. */
import { expect, test } from 'vitest'

import { createLog } from './log.ts'

test.each([
  ['r_8k2f0q7w3z', 'r_8k2f0q7w3z'],
  ['run:r_8k2f0q7w3z', 'r_8k2f0q7w3z'],
  ['r_8k2f0q7w3z is being cancelled', 'r_8k2f0q7w3z'],
  ['Run r_8k2f0q7w3z is in attempt 2', 'r_8k2f0q7w3z'],
  ['other_8k2f0q7w3z', undefined],
  ['no command', undefined],
])('the reason %j is about %s', (reason, runId) => {
  const lines: string[] = []
  const log = createLog(
    { logLevel: 'info', secretKey: 'k'.repeat(32) },
    { write: (line: string) => void lines.push(line) },
  )
  log.info({ reason }, 'delivery_finished')
  expect((JSON.parse(lines[0]!) as { runId?: string }).runId).toBe(runId)
})
