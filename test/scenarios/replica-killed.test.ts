/**
 * Two replicas share the work; one is killed while both take in ten requests. The other and its successor finish them:
 * nobody is asked twice, and what must not happen twice happens once (R1, R2, R7).
 */
import { expect, test } from 'vitest'

import { expectDoneOnce, openCluster, STORY_MS_MAX } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { SOAK } from '../support/soak.ts'

const REQUESTS = 10
/** Longer than any call of this story, so that only the dead lose their work. */
const LEASE_MS = 10_000
const RECOVERY_MS_MAX = 30_000

const settings = { DELIVERY_LEASE_MS: String(LEASE_MS), EFFECT_LEASE_MS: String(LEASE_MS), SWEEP_INTERVAL_MS: '1000' }
const repositories = Array.from({ length: REQUESTS }, (_, n) => `acme/shop-${n}`)

test(
  'a replica dies while ten requests are being taken in: ten Runs, each dispatched, answered and published once',
  async () => {
    const cluster = await openCluster({ repositories, settings })
    await Promise.all([cluster.start(), cluster.start()])
    for (let pass = 0; pass < SOAK; pass++) {
      cluster.world.github.clearRequests()
      const requests = await heldAtTheirDoor(cluster)
      const died = performance.now()
      await cluster.kill(cluster.replicas[0]!)
      cluster.github.cut()
      await cluster.start()
      await cluster.until('a Run of every request', async () => {
        return (await Promise.all(requests.map((request) => cluster.runOf(request)))).every((run) => run !== null)
      })
      expect(performance.now() - died).toBeLessThan(RECOVERY_MS_MAX)
      for (const request of requests) await expectDoneOnce(cluster, request, await cluster.settled(request))
      await cluster.world.runner.idle()
      expectNothingTwice(cluster)
      expect(cluster.world.github.state.workflowRuns).toHaveLength(REQUESTS * (pass + 1))
    }
  },
  STORY_MS_MAX * SOAK,
)

/** Comments ten times; resolves when all ten deliveries are in the middle of being worked on, at their 👀. */
async function heldAtTheirDoor(cluster: Cluster) {
  const holds = repositories.map((repository) =>
    cluster.github.hold(
      ({ method, path }) =>
        method === 'POST' && path.startsWith(`/api/v3/repos/${repository}/`) && path.endsWith('/reactions'),
      'before',
    ),
  )
  const requests = repositories.map((repository) => cluster.assign(repository))
  await cluster.until('ten deliveries under way', () => holds.every(({ reachedAt }) => reachedAt !== null))
  const processing = await cluster.db
    .collection('deliveries')
    .countDocuments({ event: 'issue_comment', state: 'processing' })
  expect(processing).toBe(REQUESTS)
  return requests
}

/** What GitHub itself would not have told apart from the first time. */
function expectNothingTwice({ world }: Cluster): void {
  const made = (template: string) =>
    world.github.requests.filter((each) => each.method === 'POST' && each.template === template && each.status < 300)
  expect(made('/repos/{owner}/{repo}/dispatches')).toHaveLength(REQUESTS)
  expect(made('/repos/{owner}/{repo}/pulls')).toHaveLength(REQUESTS)
  expect(made('/repos/{owner}/{repo}/issues/{issue_number}/comments')).toHaveLength(REQUESTS)
  expect(made('/repos/{owner}/{repo}/git/refs')).toHaveLength(REQUESTS)
}
