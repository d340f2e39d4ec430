/** P5: what one signed callback costs, from its bytes to the ledger, beside a server that only verifies signatures. */
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { calculateJwkThumbprint } from 'jose'

import { jwsTypes } from '#contracts/callbacks.ts'

import { binding } from '../support/story.ts'
import { digits, median, percentile, pinning, pinSelf, row, ROUNDS, Server } from './bench.ts'
import type { Bench, Context, Row } from './bench.ts'
import { requestBytes, sendInOrder } from './load.ts'

const RUNS_PER_ROUND = 64
const CALLBACKS_PER_RUN = 50
const COUNT = RUNS_PER_ROUND * CALLBACKS_PER_RUN
const PUBLIC_URL = 'http://app.test'

async function run({ mongo, say }: Context): Promise<Row[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jwk = publicKey.export({ format: 'jwk' })
  const jkt = await calculateJwkThumbprint(jwk)
  const uri = mongo.uri(`bench_${randomUUID().slice(0, 8)}`)
  using _pinned = pinSelf()
  await using ours = await Server.start('callbacks.ts', ['ours', uri, PUBLIC_URL, jwk.x!, jkt])
  await using peer = await Server.start('callbacks.ts', ['verifier', uri, PUBLIC_URL, jwk.x!, jkt])
  const [cpu, bareCpu, rates, p99]: [number[], number[], number[], number[]] = [[], [], [], []]
  // One round more than counts: the first warms both up.
  for (let round = 0; round <= ROUNDS; round++) {
    const ids = await ours.ask<string[]>({ runs: RUNS_PER_ROUND })
    const us = await deliver(ours, ids, privateKey, jkt)
    const bare = await deliver(peer, ids, privateKey, jkt)
    say(`  round ${round} of ${ROUNDS}`)
    if (round === 0) continue
    cpu.push(us.cpuMicros)
    bareCpu.push(bare.cpuMicros)
    rates.push(us.rate)
    p99.push(percentile(us.latencies, 0.99))
  }
  return [
    row(
      'CPU of the app for one callback',
      median(cpu),
      '<=',
      250,
      'µs',
      `verifying alone ${digits(median(bareCpu))} µs`,
    ),
    {
      what: `callbacks a second with ${RUNS_PER_ROUND} Runs at once, each event after the one before`,
      measured: `${digits(median(rates))}/s (p99 ${digits(median(p99))} ms)`,
      goal: '',
      met: null,
    },
  ]
}

async function deliver(server: Server, ids: readonly string[], key: KeyObject, jkt: string) {
  const queues = ids.map((id) => chainOf(id, server.url, key, jkt))
  const before = server.usage()
  const sent = await sendInOrder(server.url, queues)
  const cpuMicros = (server.usage().cpuMicros - before.cpuMicros) / COUNT
  for (const [status, count] of sent.statuses)
    if (status !== 200) throw new Error(`The server answered ${status} to ${count} of ${COUNT} callbacks.`)
  return { rate: COUNT / sent.seconds, cpuMicros, latencies: sent.latencies }
}

/** What a job reports of its work, each payload naming the digest of the one before. */
function chainOf(id: string, url: string, key: KeyObject, jkt: string): Buffer[] {
  const path = `/api/runs/${id}/events`
  let prev: string | null = null
  return Array.from({ length: CALLBACKS_PER_RUN }, (_, index) => {
    const data = { step: 1, of: 1, title: `Edit file ${index}`, state: 'started' }
    const envelope = { v: 1, iss: jkt, aud: PUBLIC_URL + path, bind: binding.bind }
    const event = { seq: index + 1, prev, at: new Date().toISOString(), type: 'agent.progressed', data }
    const payload = JSON.stringify({ ...envelope, ...event })
    prev = createHash('sha256').update(payload).digest('hex')
    const header = { alg: 'EdDSA', typ: jwsTypes.event, iat: Math.floor(Date.now() / 1000), jti: randomUUID() }
    const signed = `${base64url(JSON.stringify(header))}.${base64url(payload)}`
    const jws = `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
    return requestBytes('POST', url + path, { 'content-type': 'application/jose' }, Buffer.from(jws))
  })
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

export const callbacks: Bench = {
  id: 'p5',
  title: 'P5: callbacks',
  how: `${RUNS_PER_ROUND} Runs a round with ${CALLBACKS_PER_RUN} signed events each, ${ROUNDS} rounds in turns; ours keeps the signature, folds the event and writes both with majority to MongoDB; the peer verifies and forgets; ${pinning}.`,
  run,
}
