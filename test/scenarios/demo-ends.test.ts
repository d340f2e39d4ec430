/** The demo's main job and its cancel: they end as the flags ask, and the last line says so to programs. */
import { expect, test } from 'vitest'

import { asAsked, endOf } from '../support/demo-end.ts'

test.each([
  { flags: [], status: 'succeeded', reason: 'pull_request_opened', commits: 1 },
  { flags: ['--sandbox', 'e2b'], status: 'succeeded', reason: 'pull_request_opened', commits: 1 },
  { flags: ['--cancel'], status: 'cancelled', reason: 'cancelled_by_person', commits: 0 },
])('npm run demo -- --once --json $flags: $status', async (end) => {
  expect(await endOf(end)).toEqual(asAsked(end))
})
