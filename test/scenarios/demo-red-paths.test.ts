/** The demo's red paths: each fails with its own reason, which is what was asked for, so the exit code is 0. */
import { expect, test } from 'vitest'

import { asAsked, endOf } from '../support/demo-end.ts'

test.each([
  { flags: ['--fail', 'sandbox'], status: 'failed', reason: 'sandbox_unauthorized', commits: 0 },
  { flags: ['--fail', 'agent'], status: 'failed', reason: 'agent_failed', commits: 0 },
  { flags: ['--fail', 'runner'], status: 'failed', reason: 'heartbeat_lost', commits: 0 },
  { flags: ['--fail', 'github'], status: 'failed', reason: 'publish_failed', commits: 1 },
])('npm run demo -- --once --json $flags: $reason', async (end) => {
  expect(await endOf(end)).toEqual(asAsked(end))
})
