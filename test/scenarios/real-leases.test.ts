/** With the leases that the app has by itself, what a dead replica had begun is somebody else's within 90 s (R7). */
import { expect, test } from 'vitest'

import { expectDoneOnce, openCluster } from '../support/cluster.ts'
import { SOAK } from '../support/soak.ts'
import { REPOSITORY } from '../stack/world.ts'

const RECOVERY_MS_MAX = 90_000

test(
  'the app dies while it opens the pull request: the next one waits out the lease, and opens it once',
  { repeats: SOAK - 1 },
  async () => {
    const cluster = await openCluster()
    await cluster.start()
    const opening = cluster.github.hold(({ method, path }) => method === 'POST' && path.endsWith('/pulls'), 'before')
    const request = cluster.assign(REPOSITORY)
    await cluster.until('the pull request to be begun', () => opening.reachedAt !== null)
    const died = Date.now()
    await cluster.kill(cluster.replicas[0]!)
    cluster.github.cut()
    await cluster.start()
    const settled = await cluster.settled(request)
    await expectDoneOnce(cluster, request, settled)
    const opened = settled.events.find(({ type }) => type === 'pull_request.opened')!
    expect(opened.at - died).toBeLessThan(RECOVERY_MS_MAX)
  },
)
