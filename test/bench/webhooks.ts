/** P1 and P3: what a webhook costs, against Octokit's bare middleware and a minimal Probot, which store nothing. */
import { randomBytes, randomUUID } from 'node:crypto'

import { digits, median, middleRound, percentile, pinning, pinSelf, row, ROUNDS, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'
import { deliveryOf, signedComment } from './deliveries.ts'
import { sendAll } from './load.ts'

const DELIVERIES_PER_ROUND = 3_000
const CONNECTIONS = 64
const REFUSED_PER_ROUND = 6_000
const LARGE_BYTES = 25 * 1024 * 1024
const MIB = 1024 * 1024
const secret = randomBytes(32).toString('hex')

interface Kind {
  server: Server
  rates: number[]
  cpu: number[]
  p99: number[]
}

async function run({ mongo, say }: Context): Promise<Row[]> {
  const uri = mongo.uri(`bench_${randomUUID().slice(0, 8)}`)
  using _pinned = pinSelf()
  await using ours = await Server.start('webhook.ts', ['ours', uri, secret])
  await using peer = await Server.start('webhook.ts', ['octokit', uri, secret])
  await using probot = await Server.start('webhook.ts', ['probot', uri, secret])
  const kinds: Kind[] = [ours, peer, probot].map((server) => ({ server, rates: [], cpu: [], p99: [] }))
  // One round more than counts: the first warms both up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of kinds) {
      const sent = await deliver(kind.server, DELIVERIES_PER_ROUND, signed)
      if (round === 0) continue
      kind.rates.push(sent.rate)
      kind.cpu.push(sent.cpuMicros)
      kind.p99.push(percentile(sent.latencies, 0.99))
    }
    say(`  round ${round} of ${ROUNDS}`)
  }
  const [us, bare, minimal] = kinds as [Kind, Kind, Kind]
  const { ratio, shown } = middleRound(us.rates, bare.rates)
  const besideProbot = middleRound(us.rates, minimal.rates)
  const cpu = median(us.cpu)
  return [
    row(
      'webhook → 202 with durable insert, rate against bare @octokit/webhooks',
      ratio,
      '>=',
      0.5,
      '×',
      `${shown}; stretch goal 0.8 ×`,
    ),
    row('the same against a minimal Probot', besideProbot.ratio, '>=', 0.7, '×', besideProbot.shown),
    row('CPU of the app for one delivery', cpu, '<=', 115, 'µs', `bare middleware ${digits(median(bare.cpu))} µs`),
    {
      what: `p99 of one delivery, ${CONNECTIONS} at once`,
      measured: `${digits(median(us.p99))} ms (bare ${digits(median(bare.p99))} ms)`,
      goal: '',
      met: null,
    },
    ...(await refusals(ours)),
  ]
}

/** P3: what is not signed has to be cheap, and four of the largest bodies may not fill the memory. */
async function refusals(server: Server): Promise<Row[]> {
  await deliver(server, REFUSED_PER_ROUND, unsigned)
  const cpu: number[] = []
  for (let round = 0; round < ROUNDS; round++) cpu.push((await deliver(server, REFUSED_PER_ROUND, unsigned)).cpuMicros)
  const before = server.usage().peakRssBytes
  const body = Buffer.alloc(LARGE_BYTES - 1, 0x20)
  const large = Array.from({ length: 4 }, () => deliveryOf(server.url, body, `sha256=${'0'.repeat(64)}`))
  await sendAll(server.url, large, large.length)
  return [
    row('CPU for a small request that is refused', median(cpu), '<=', 20, 'µs'),
    row('memory that four bodies of 25 MiB at once add', (server.usage().peakRssBytes - before) / MIB, '<=', 64, 'MiB'),
  ]
}

async function deliver(server: Server, count: number, make: (url: string, index: number) => Buffer) {
  const requests = Array.from({ length: count }, (_, index) => make(server.url, index))
  const before = server.usage()
  const sent = await sendAll(server.url, requests, CONNECTIONS)
  const cpuMicros = (server.usage().cpuMicros - before.cpuMicros) / count
  const wanted = make === unsigned ? 401 : 200
  for (const status of sent.statuses.keys())
    if (status !== wanted && status !== 202) throw new Error(`The server answered ${status}.`)
  return { rate: count / sent.seconds, cpuMicros, latencies: sent.latencies }
}

const signed = (url: string): Buffer => signedComment(url, secret)
const unsigned = (url: string): Buffer => deliveryOf(url, Buffer.from('{}'), 'sha256=none')

export const webhooks: Bench = {
  id: 'p1',
  title: 'P1 and P3: webhooks',
  how: `${DELIVERIES_PER_ROUND} comments a round over ${CONNECTIONS} connections, ${ROUNDS} rounds in turns, each body new; ours writes with majority to MongoDB, the peers verify, parse and forget; ${pinning}.`,
  run,
}
