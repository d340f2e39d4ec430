/** P2: how long GitHub waits for its answer at a steady rate and in a burst, while MongoDB takes 5 ms longer. */
import { randomBytes, randomUUID } from 'node:crypto'

import { digits, percentile, pinning, pinSelf, row, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'
import { signedComment } from './deliveries.ts'
import { sendAtRate } from './load.ts'

const STEADY_PER_SECOND = 200
const STEADY_SECONDS = 20
const BURST_PER_SECOND = 10 * STEADY_PER_SECOND
const BURST_SECONDS = 3
const secret = randomBytes(32).toString('hex')

async function run({ mongo, say }: Context): Promise<Row[]> {
  using _pinned = pinSelf()
  const uri = mongo.uri(`bench_${randomUUID().slice(0, 8)}`)
  await using server = await Server.start('webhook.ts', ['slow', uri, secret])
  const deliver = (perSecond: number, seconds: number) =>
    sendAtRate(
      server.url,
      Array.from({ length: perSecond * seconds }, () => signedComment(server.url, secret)),
      perSecond,
    )
  await deliver(STEADY_PER_SECOND, 2)
  const steady = await deliver(STEADY_PER_SECOND, STEADY_SECONDS)
  say('  steady')
  const burst = await deliver(BURST_PER_SECOND, BURST_SECONDS)
  say('  burst')
  const slowest = Math.max(...steady.latencies, ...burst.latencies) / 1000
  const answers = [...burst.statuses].map(([status, count]) => `${digits(count)} × ${status}`).join(', ')
  return [
    row(
      `p99 of an answer at ${STEADY_PER_SECOND} a second`,
      percentile(steady.latencies, 0.99),
      '<=',
      50,
      'ms',
      `median ${digits(percentile(steady.latencies, 0.5))} ms`,
    ),
    row('accepted of them', accepted(steady.statuses), '>=', steady.latencies.length, `of ${steady.latencies.length}`),
    row(
      `slowest answer at ${digits(BURST_PER_SECOND)} a second`,
      Math.max(...burst.latencies) / 1000,
      '<=',
      2,
      's',
      `p99 ${digits(percentile(burst.latencies, 0.99))} ms`,
    ),
    row('slowest answer of all', slowest, '<=', 8, 's', `in the burst ${answers}`),
  ]
}

const accepted = (statuses: ReadonlyMap<number, number>): number => statuses.get(202) ?? 0

export const latency: Bench = {
  id: 'p2',
  title: 'P2: latency of webhooks',
  how: `Comments at a steady rate for ${STEADY_SECONDS} s, and then at ten times the rate for ${BURST_SECONDS} s; each body new, every batch written with majority and acknowledged 5 ms later than MongoDB does; a latency counts from the moment at which a request was due; ${pinning}.`,
  run,
}
