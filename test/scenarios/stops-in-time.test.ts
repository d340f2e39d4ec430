/** GitHub hangs while a replica is told to stop: it closes in order all the same, and another one goes on with the work. */
import { expect, test } from 'vitest'

import { expectDoneOnce, openCluster } from '../support/cluster.ts'
import { REPOSITORY } from '../stack/world.ts'

/** R12; the call itself would be given up later. */
const STOPPED_MS_MAX = 15_000
const settings = { DRAIN_NOTICE_MS: '100', EFFECT_LEASE_MS: '1000', DELIVERY_LEASE_MS: '1000' }

test('a call to GitHub that hangs keeps no replica from stopping in order', async () => {
  const cluster = await openCluster({ settings })
  await cluster.start()
  const hanging = cluster.github.hold(({ method, path }) => method === 'POST' && path.endsWith('/dispatches'), 'before')
  const request = cluster.assign(REPOSITORY)
  await cluster.until('the call that hangs', () => hanging.reachedAt !== null)
  // Out of the list, so that the next one gets what arrives.
  const [first] = cluster.replicas.splice(0, 1)
  await cluster.start()
  const { code, ms } = await first!.terminate()
  expect(code).toBe(0)
  expect(ms).toBeLessThan(STOPPED_MS_MAX)
  cluster.github.cut()
  await expectDoneOnce(cluster, request, await cluster.settled(request))
})
