/** E2B makes a sandbox long after the call for it was given up: nobody uses it, and it does not live on. */
import { expect, test } from 'vitest'

import { openStage } from '../support/scenario.ts'

test('a sandbox that appears after its Run has failed is killed', async () => {
  const settings = { SANDBOX_ACQUIRE_TIMEOUT_MS: '1500', SANDBOX_MARGIN_MS: '30000', SWEEP_INTERVAL_MS: '500' }
  const stage = await openStage({ sandbox: 'e2b', settings })
  const { world, assign, ended, run: load, until } = stage
  world.e2b!.faults.hangCreate(1, { appearAfterMs: 10_000 })
  const { id } = await assign(world.openIssue())
  expect(await ended(id)).toMatchObject({ status: 'failed', reason: { code: 'sandbox_acquire_timeout' } })
  expect(world.e2b!.sandboxes()).toEqual([])
  await world.e2b!.until((all) => all.length === 1 && all[0]!.endedBy === 'kill')
  await until('the record of its death', async () => (await load(id)).sandbox?.state === 'gone')
  const deaths = (await stage.ledger(id)).filter(({ type }) => type === 'sandbox.reaped')
  expect(deaths).toMatchObject([{ data: { how: 'destroyed' } }])
})
