/** P1 and P3: what a webhook costs, against the bare middleware of Octokit, which stores nothing. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'

import { digits, median, percentile, pinning, pinSelf, row, ROUNDS, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'
import { requestBytes, sendAll } from './load.ts'

const DELIVERIES_PER_ROUND = 3_000
const CONNECTIONS = 64
const REFUSED_PER_ROUND = 6_000
const LARGE_BYTES = 25 * 1024 * 1024
const MIB = 1024 * 1024
const require = createRequire(import.meta.url)
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
  const kinds: Kind[] = [ours, peer].map((server) => ({ server, rates: [], cpu: [], p99: [] }))
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
  const [us, bare] = kinds as [Kind, Kind]
  const rate = median(us.rates.map((value, index) => value / bare.rates[index]!))
  const cpu = median(us.cpu)
  return [
    row(
      'webhook → 202 with durable insert, rate against bare @octokit/webhooks',
      rate,
      '>=',
      0.5,
      '×',
      `${digits(median(us.rates))}/s against ${digits(median(bare.rates))}/s; stretch goal 0.8 ×`,
    ),
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
  const large = Array.from({ length: 4 }, () => request(server.url, body, `sha256=${'0'.repeat(64)}`))
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

/** A comment as GitHub sends it, with a number in it, so that each body is new. */
let template: [string, string] | null = null
function signed(url: string): Buffer {
  if (!template) {
    const examples = require('@octokit/webhooks-examples') as { name: string; examples: object[] }[]
    const text = JSON.stringify(examples.find(({ name }) => name === 'issue_comment')!.examples[0])
    template = [text.slice(0, -1), '}']
  }
  const body = Buffer.from(`${template[0]},"n":"${randomUUID()}"${template[1]}`)
  return request(url, body, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
}

const unsigned = (url: string): Buffer => request(url, Buffer.from('{}'), 'sha256=none')

function request(url: string, body: Buffer, signature: string): Buffer {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/bench',
    'x-github-delivery': randomUUID(),
    'x-github-event': 'issue_comment',
    'x-hub-signature-256': signature,
  }
  return requestBytes('POST', `${url}/api/github/webhooks`, headers, body)
}

export const webhooks: Bench = {
  id: 'p1',
  title: 'P1 and P3: webhooks',
  how: `${DELIVERIES_PER_ROUND} comments a round over ${CONNECTIONS} connections, ${ROUNDS} rounds in turns, each body new; ours writes with majority to MongoDB, the peer verifies, parses and forgets; ${pinning}.`,
  run,
}
