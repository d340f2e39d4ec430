/** More Runs than a repository has places for: they stand in line, say where, and start by themselves in its order. */
import { expect, test } from 'vitest'

import { openCluster, STORY_MS_MAX } from '../support/cluster.ts'
import { openStage } from '../support/scenario.ts'
import type { Stage } from '../support/scenario.ts'

const settings = { RUNS_AT_ONCE_MAX: '2' }
/** Longer than the story needs them. */
const SLOW = 'stub: slow 240000'

const position = (stage: Stage, id: string, wanted: number | null) =>
  stage.until(`position ${wanted}`, async () => (await stage.run(id)).waitingFor?.position === wanted)

test(
  'of four Runs two work and two wait; a high priority comes first, and nobody has to do anything',
  async () => {
    const stage = await openStage({ settings })
    const { world, api, assign, ended, ledger, statusComments, until } = stage
    const post = (id: string, verb: string) => api(`/api/runs/${id}/${verb}`, { method: 'POST', body: '{}' })
    const first = await assign(world.openIssue('First'), SLOW)
    const second = await assign(world.openIssue('Second'), SLOW)
    for (const { id } of [first, second]) {
      await until('work', async () => (await stage.run(id)).phase === 'executing')
    }
    const third = await assign(world.openIssue('Third'))
    await position(stage, third.id, 1)
    await until('the words', () => statusComments(third.id)[0]?.startsWith('⚪ **stub** is queued (position 1). '))
    const fourth = await assign(world.openIssue('Fourth'))
    await position(stage, fourth.id, 2)
    const urgent = await assign(world.openIssue('Urgent'), SLOW, 'priority=high')
    await position(stage, urgent.id, 1)
    await position(stage, third.id, 2)
    await position(stage, fourth.id, 3)
    const advanced = await post(fourth.id, 'advance')
    expect([advanced.status, await advanced.json()]).toMatchObject([
      409,
      { detail: `Run ${fourth.id} is at position 3 of the line. It starts by itself when it is its turn.` },
    ])

    // One is cancelled and one is paused: each makes room for one.
    await post(first.id, 'cancel')
    await position(stage, third.id, 1)
    await position(stage, fourth.id, 2)
    await until('work', async () => (await stage.run(urgent.id)).phase === 'executing')
    await post(second.id, 'pause')
    for (const { id } of [third, fourth]) expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    const startedAt = async (id: string) => (await ledger(id)).find(({ type }) => type === 'run.dispatched')!.at
    const order = await Promise.all([urgent, third, fourth].map(({ id }) => startedAt(id)))
    expect(order).toEqual(order.toSorted())

    // There is room again: who was paused takes a place like everybody else, and gives it up again.
    expect(await stage.run(second.id)).toMatchObject({ status: 'paused' })
    await post(second.id, 'resume')
    await until('work', async () => (await stage.run(second.id)).phase === 'executing')
    for (const { id } of [second, urgent]) {
      await post(id, 'cancel')
      expect(await ended(id)).toMatchObject({ status: 'cancelled' })
    }
  },
  STORY_MS_MAX,
)

test(
  'a Run in line outlives the replica that put it there',
  async () => {
    const cluster = await openCluster({ settings: { RUNS_AT_ONCE_MAX: '1', EFFECT_LEASE_MS: '1000' } })
    const old = await cluster.start()
    const first = cluster.assign('acme/shop', 'stub: slow 3000')
    await cluster.until('work', async () => (await cluster.runOf(first))?.run.phase === 'executing')
    const second = cluster.assign('acme/shop')
    await cluster.until('a place in line', async () => (await cluster.runOf(second))?.run.waits?.position === 1)
    await cluster.kill(old)
    await cluster.start()
    const [one, other] = [await cluster.settled(first), await cluster.settled(second)]
    expect([one.run.status, other.run.status]).toEqual(['succeeded', 'succeeded'])
    const at = (stored: typeof one, type: string) => stored.events.find((event) => event.type === type)!.at
    expect(at(other, 'run.dispatched')).toBeGreaterThanOrEqual(at(one, 'run.succeeded'))
  },
  STORY_MS_MAX,
)
