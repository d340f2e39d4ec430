/**
 * Two replicas behind one port are restarted one after the other with SIGTERM, as a deployment does it, while webhooks
 * arrive at a steady rate and somebody watches a Run (R12): no webhook fails, and the stream has no gap and nothing twice.
 */
import { createHmac, randomUUID } from 'node:crypto'

import { expect, onTestFinished, test } from 'vitest'

import { readStream } from '../stack/api/reader.ts'
import type { SseReader } from '../stack/api/reader.ts'
import { expectDoneOnce, openCluster, STORY_MS_MAX } from '../support/cluster.ts'
import type { Cluster } from '../support/cluster.ts'
import { SOAK } from '../support/soak.ts'

const WEBHOOKS_A_SECOND = SOAK > 1 ? 100 : 40
const DRAIN_MS_MAX = 15_000
const CONNECTIONS_MAX = 50
/** Long enough for the agent to be at work through both restarts. */
const STEP_MS = 2_000

test(
  'no webhook fails and no event is missed or seen twice while both replicas are restarted',
  async () => {
    const cluster = await openCluster({ settings: { DRAIN_NOTICE_MS: '2000' } })
    await Promise.all([cluster.start(), cluster.start()])
    const webhooks = steadyWebhooks(cluster)
    for (let pass = 0; pass < SOAK; pass++) {
      const request = cluster.assign('acme/shop', `stub: slow ${STEP_MS}`)
      const { _id: runId } = await cluster.until('the Run', () => cluster.runOf(request))
      const watcher = watch(cluster, runId)
      await cluster.until('the agent at work', async () => (await cluster.runOf(request))?.run.phase === 'executing')
      const old = cluster.replicas.slice()
      for (const replica of old) await restart(cluster, replica)

      const stored = await cluster.settled(request)
      await expectDoneOnce(cluster, request, stored)
      const expected = stored.events.map(({ seq }) => `${runId}/${seq}`)
      // GitHub's word of the end of the job may come later still.
      const heard = await watcher.idsUpTo(expected.at(-1)!)
      expect(heard.slice(0, expected.length)).toEqual(expected)
      expect(watcher.connections()).toBeGreaterThan(1)
      await cluster.world.runner.idle()
    }
    const statuses = await webhooks.stop()
    expect(statuses.length).toBeGreaterThan(WEBHOOKS_A_SECOND)
    expect(statuses.filter((status) => status !== 202)).toEqual([])
    // Each of them is in the inbox, once.
    const kept = await cluster.db.collection('deliveries').countDocuments({ event: 'star' })
    expect(kept).toBe(statuses.length)
  },
  STORY_MS_MAX * SOAK,
)

/** As a deployment does: the new one is ready before the old one is told to go. */
async function restart(cluster: Cluster, old: Cluster['replicas'][number]): Promise<void> {
  await cluster.start()
  const { code, ms } = await old.terminate()
  cluster.replicas.splice(cluster.replicas.indexOf(old), 1)
  expect(code).toBe(0)
  expect(ms).toBeLessThan(DRAIN_MS_MAX)
}

/** Signed webhooks at a fixed rate, whatever becomes of the ones before; `stop` answers with all statuses, 0 for none. */
function steadyWebhooks({ world, front }: Cluster) {
  const sent: Promise<number>[] = []
  const send = async (n: number): Promise<number> => {
    const body = JSON.stringify({ action: 'created', n })
    const digest = createHmac('sha256', world.github.app.webhookSecret).update(body).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'star',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${digest}`,
    }
    const answer = await fetch(`${front.url}/api/github/webhooks`, { method: 'POST', headers, body })
    await answer.arrayBuffer()
    return answer.status
  }
  const timer = setInterval(() => sent.push(send(sent.length).catch(() => 0)), 1_000 / WEBHOOKS_A_SECOND)
  onTestFinished(() => clearInterval(timer))
  return {
    stop: () => {
      clearInterval(timer)
      return Promise.all(sent)
    },
  }
}

/** Reads the stream as a browser does: from its last id after every break. `idsUpTo` waits for the place it is given. */
function watch(cluster: Cluster, runId: string) {
  const streams: SseReader[] = []
  const ids = () => streams.flatMap(({ events }) => events.flatMap(({ id }) => id ?? []))
  const over = new AbortController()
  const follow = async (): Promise<void> => {
    for (let connection = 0; connection < CONNECTIONS_MAX && !over.signal.aborted; connection++) {
      const last = ids().at(-1)
      const headers = {
        authorization: `Bearer ${cluster.world.apiToken}`,
        ...(last === undefined ? {} : { 'last-event-id': last }),
      }
      // A connection that nobody takes is tried again, as a browser does it.
      const stream = await readStream(`${cluster.front.url}/api/runs/${runId}/stream`, headers).catch(() => null)
      if (stream === null) continue
      streams.push(stream)
      if (over.signal.aborted) stream.leave()
      await stream.closed
    }
  }
  const following = follow()
  return {
    connections: () => streams.length,
    async idsUpTo(last: string): Promise<string[]> {
      await cluster.until(`the event ${last} on the stream`, () => ids().includes(last))
      over.abort()
      streams.at(-1)!.leave()
      await following
      return ids()
    },
  }
}
