/**
 * The app dies at every boundary between the webhook and the pull request (R7): with SIGKILL, before a request of its
 * own or of others arrives and after it was answered but not heard. Whoever starts it again finds one of everything.
 */
import { expect, test } from 'vitest'

import { blockWhile, boundariesOf, holdAt, nameOf, signAfter } from '../support/boundaries.ts'
import type { Boundary } from '../support/boundaries.ts'
import { expectDoneOnce, isSettled, openCluster, STORY_MS_MAX } from '../support/cluster.ts'
import type { Cluster, Request } from '../support/cluster.ts'
import type { Hold } from '../support/gate.ts'
import { SOAK } from '../support/soak.ts'

/** Runs at once; each goes from one death to the next, so that a round of deaths is one restart for all of them. */
const RUNS_AT_ONCE = 8
/** A boundary that a Run did not come to, because an earlier death led it another way, is tried by a fresh Run. */
const WAVES_MAX = 4
/** From a SIGKILL to the next sign of a Run, with leases of one second and a backoff of the job's own. */
const RECOVERY_MS_MAX = 30_000

const repositories = Array.from({ length: RUNS_AT_ONCE }, (_, n) => `acme/shop-${n}`)
const quick = { EFFECT_LEASE_MS: '1000', DELIVERY_LEASE_MS: '1000', SWEEP_INTERVAL_MS: '1000' }

interface Story {
  repository: string
  request: Request | null
  /** What is still to be died at, in order. */
  chain: Boundary[]
  hold: Hold | null
}

test(
  'every boundary, before and after: one pull request, one comment, one sandbox, and the Run succeeds',
  async () => {
    const cluster = await openCluster({ repositories: ['acme/shop', ...repositories], settings: quick })
    await cluster.start()
    const first = cluster.assign('acme/shop')
    await expectDoneOnce(cluster, first, await cluster.settled(first))
    const all = boundariesOf(cluster, 'acme/shop')
    expect(all.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['webhook', 'POST /pulls', 'POST events agent.finished']),
    )

    for (let pass = 0; pass < SOAK; pass++) {
      let left = all
      for (let wave = 0; left.length > 0 && wave < WAVES_MAX; wave++) left = await playWave(cluster, left)
      expect(left.map(nameOf)).toEqual([])
    }
  },
  STORY_MS_MAX * SOAK,
)

/** Deals the boundaries to fresh Runs and lets them die; answers with those that no Run came to. */
async function playWave(cluster: Cluster, boundaries: Boundary[]): Promise<Boundary[]> {
  const stories = repositories.slice(0, boundaries.length).map((repository, n): Story => ({
    repository,
    request: null,
    chain: boundaries.filter((_, index) => index % repositories.length === n),
    hold: null,
  }))
  for (const story of stories) blockWhile(cluster, story.repository, () => Boolean(story.hold?.reachedAt))
  const missed: Boundary[] = []
  while (stories.some(({ chain }) => chain.length > 0)) await playDeath(cluster, stories, missed)
  for (const { request } of stories) await expectDoneOnce(cluster, request!, await cluster.settled(request!))
  await cluster.world.runner.idle()
  return missed
}

/** Waits until every Run is at its next boundary, kills the app, cuts what was held, and starts it again. */
async function playDeath(cluster: Cluster, stories: Story[], missed: Boundary[]): Promise<void> {
  for (const story of stories) {
    story.hold ??= story.chain[0] ? holdAt(cluster, story.repository, story.chain[0]) : null
    story.request ??= cluster.assign(story.repository)
  }
  for (const story of stories) await atItsBoundary(cluster, story, missed)
  const held = stories.filter(({ hold }) => hold?.reachedAt)
  const died = performance.now()
  await cluster.kill(cluster.replicas[0]!)
  cluster.front.cut()
  cluster.github.cut()
  // The next holds stand before anybody goes on.
  for (const story of stories) story.hold = story.chain[0] ? holdAt(cluster, story.repository, story.chain[0]) : null
  await cluster.start()
  for (const { repository } of held) {
    const sign = await cluster.until(`a sign of ${repository}`, () => signAfter(cluster, repository, died))
    expect(sign - died).toBeLessThan(RECOVERY_MS_MAX)
  }
}

/** Resolves when the Run is held; one that ended without coming there gives its boundaries back. */
async function atItsBoundary(cluster: Cluster, story: Story, missed: Boundary[]): Promise<void> {
  const { hold, chain, request, repository } = story
  if (!hold) return
  const reached = await cluster.until(`${repository} at the boundary ${nameOf(chain[0]!)}`, async () => {
    if (hold.reachedAt !== null) return 'held'
    const run = await cluster.runOf(request!)
    return run && isSettled(run) ? 'over' : null
  })
  if (reached === 'held') chain.shift()
  else missed.push(...chain.splice(0))
}
