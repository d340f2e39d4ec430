/**
 * The database's primary steps down again and again while webhooks arrive (R8): what was answered 2xx is there and gets
 * worked off, what was refused is sent again, and the Runs under way end as if nothing had happened.
 */
import { expect, onTestFinished, test } from 'vitest'

import { startMongo } from '../stack/mongo/start.ts'
import { expectDoneOnce, openCluster, STORY_MS_MAX } from '../support/cluster.ts'
import type { Cluster, Request } from '../support/cluster.ts'
import { SOAK } from '../support/soak.ts'

const STEP_DOWNS = SOAK > 1 ? 20 : 3
const WEBHOOKS_EACH = 20
/** Webhooks that wait for their answer at the same time; GitHub gives each of them ten seconds. */
const AT_ONCE = 5
const repositories = ['acme/shop', 'acme/stall']

test(
  'no acknowledged webhook is lost, and what was not acknowledged arrives when it is sent again',
  async () => {
    const mongod = await startMongo({ members: 3 })
    onTestFinished(() => mongod[Symbol.asyncDispose]())
    const cluster = await openCluster({
      mongoUri: mongod.uri('deckhand'),
      repositories,
      settings: { EFFECT_LEASE_MS: '2000', DELIVERY_LEASE_MS: '2000' },
    })
    await cluster.start()
    const issue = cluster.world.openIssue()
    const requests = repositories.map((repository) => cluster.assign(repository, 'stub: slow 500'))
    for (let n = 0; n < STEP_DOWNS; n++) {
      await Promise.all([mongod.stepDown(), chatter(cluster, issue, `while primary ${n} steps down`)])
    }
    await acknowledged(cluster)
    await expectRuns(cluster, requests)
    // The Runs made events of their own.
    await acknowledged(cluster)
    const { guids, lost } = await workedOff(cluster)
    expect(guids.size).toBeGreaterThan(STEP_DOWNS * WEBHOOKS_EACH)
    expect(lost).toEqual([])
  },
  STORY_MS_MAX + 20_000 * STEP_DOWNS,
)

/** Comments that ask for nothing, a few under way at any time; each is answered or refused when this resolves. */
async function chatter({ world }: Cluster, issue: number, text: string): Promise<void> {
  for (let n = 0; n < WEBHOOKS_EACH; n += AT_ONCE) {
    for (let i = 0; i < AT_ONCE; i++) world.comment(issue, `${n + i} ${text}`)
    await world.github.deliveries.idle()
  }
}

/** Sends again what was refused, until every delivery was acknowledged once. */
async function acknowledged(cluster: Cluster): Promise<void> {
  await cluster.world.github.deliveries.idle()
  await cluster.until('every delivery acknowledged', async () => {
    await cluster.redeliverFailed()
    const tries = Map.groupBy(cluster.world.github.deliveries.list(), ({ guid }) => guid)
    return [...tries.values()].every((each) => each.some(({ statusCode }) => statusCode === 202))
  })
}

/** Waits until nothing in the inbox is left undone; answers with what GitHub sent and which of it came to nothing. */
async function workedOff(cluster: Cluster): Promise<{ guids: Set<string>; lost: string[] }> {
  const { world, db } = cluster
  // That a workflow run was asked for is answered and not kept: see passed-over.ts.
  const kept = world.github.deliveries
    .list()
    .filter(({ event, action }) => event !== 'workflow_run' || action !== 'requested')
  const guids = new Set(kept.map(({ guid }) => guid))
  const inbox = db.collection<{ _id: string; state: string }>('deliveries')
  await cluster.until('an inbox that is worked off', async () => {
    return (await inbox.countDocuments({ state: { $in: ['received', 'processing'] } })) === 0
  })
  const states = new Map(
    (await inbox.find({}, { projection: { state: 1 } }).toArray()).map((each) => [each._id, each.state]),
  )
  const lost = [...guids].filter((guid) => !['processed', 'ignored'].includes(states.get(guid) ?? 'lost'))
  return { guids, lost }
}

async function expectRuns(cluster: Cluster, requests: Request[]): Promise<void> {
  for (const request of requests) await expectDoneOnce(cluster, request, await cluster.settled(request))
  await cluster.world.runner.idle()
  expect(await cluster.db.collection('runs').countDocuments()).toBe(requests.length)
}
