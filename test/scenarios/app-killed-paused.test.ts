/**
 * The app dies while a Run pauses, and again while it is paused: whoever starts it again finds the pause, its sandbox
 * with E2B, and goes on from the checkpoint to one pull request.
 */
import { expect, test } from 'vitest'

import { openCluster } from '../support/cluster.ts'
import { git } from '../support/git.ts'
import { SOAK } from '../support/soak.ts'
import { REPOSITORY } from '../stack/world.ts'

const settings = { EFFECT_LEASE_MS: '1000', DELIVERY_LEASE_MS: '1000', SWEEP_INTERVAL_MS: '1000' }
/** Enough steps that the pause comes before the last one, however busy the machine is. */
const FIVE_COMMITS = 'stub: slow 1500\nstub: commits 5'
/** The second edit: one commit is there. */
const PAUSED_IN = 4

test('killed while it pauses and while it is paused, the Run resumes all the same', { repeats: SOAK - 1 }, async () => {
  const cluster = await openCluster({ settings })
  const { world } = cluster
  await cluster.start()
  const request = cluster.assign(REPOSITORY, FIVE_COMMITS)
  await cluster.until(
    'the second edit',
    async () => ((await cluster.runOf(request))?.run.progress?.step ?? 0) >= PAUSED_IN,
  )

  const handOver = cluster.front.hold(({ method, path }) => method === 'PUT' && path.includes('/proposals/'), 'before')
  world.comment(request.issue, '/agent pause')
  // Killed when the job wants to hand over its checkpoint.
  await cluster.until('the checkpoint', () => handOver.reachedAt !== null)
  await cluster.kill(cluster.replicas[0]!)
  cluster.front.cut()
  await cluster.start()
  const paused = await cluster.until('the pause', async () => {
    const found = await cluster.runOf(request)
    return found?.status === 'paused' ? found.run : null
  })
  expect(paused).toMatchObject({
    pause: { by: 'octocat' },
    checkpoint: { step: expect.any(Number) },
    sandbox: { state: 'paused' },
  })
  await world.runner.idle()
  expect(world.e2b!.sandboxes().map(({ state }) => state)).toEqual(['paused'])

  await cluster.kill(cluster.replicas[0]!)
  await cluster.start()
  world.comment(request.issue, '/agent resume')
  const { run, events } = await cluster.settled(request)
  expect(run).toMatchObject({ status: 'succeeded', attempt: 1, git: { commits: 5 } })
  const { gitDir } = world.github.repository(REPOSITORY)
  expect(await git(gitDir, 'rev-list', '--count', `main..${run.branchName}`)).toBe('5\n')
  expect(world.github.state.pulls).toHaveLength(1)
  expect(world.e2b!.sandboxes().map(({ state }) => state)).toEqual(['gone'])
  const types = events.map(({ type }) => type)
  expect(types.filter((type) => type === 'run.paused' || type === 'run.resumed')).toEqual(['run.paused', 'run.resumed'])
  expect(types.filter((type) => type === 'executor.bound')).toHaveLength(2)
})
