import { afterAll, beforeAll, expect, test } from 'vitest'

import { PROPOSAL_BYTES_MAX } from '../../contracts/executor.ts'
import type { LogLine } from '../../contracts/executor.ts'
import { Job, executorWorld } from '../../../test/stack/http/executor.ts'
import type { ExecutorWorld } from '../../../test/stack/http/executor.ts'
import { sha256Hex } from './jws.ts'

let world: ExecutorWorld
beforeAll(async () => {
  world = await executorWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

async function boundJob(): Promise<Job> {
  const job = await Job.of(await world.dispatched(), world)
  await job.bound()
  return job
}

async function put(job: Job, body: string, digest = sha256Hex(body), named = digest): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    ...(await job.bearer(`/proposals/${digest}`, { digest: named })),
  }
  return (await fetch(`${job.base}/proposals/${digest}`, { method: 'PUT', headers, body })).status
}

test('a proposal is stored once under its digest', async () => {
  const job = await boundJob()
  const body = '{"v":1}'
  expect([await put(job, body), await put(job, body)]).toEqual([201, 200])
  expect((await world.proposals.getProposal(job.run.id, sha256Hex(body)))?.toString()).toBe(body)
})

test('a proposal under another digest, without a token that names it, too large or too late is refused', async () => {
  const job = await boundJob()
  expect(await put(job, 'x', 'c'.repeat(64))).toBe(422)
  expect(await put(job, 'x', sha256Hex('x'), sha256Hex('y'))).toBe(401)
  const neighbour = await boundJob()
  const headers = {
    'content-type': 'application/json',
    ...(await neighbour.bearer(`/proposals/${sha256Hex('x')}`, { digest: sha256Hex('x') })),
  }
  const foreign = await fetch(`${job.base}/proposals/${sha256Hex('x')}`, { method: 'PUT', headers, body: 'x' })
  expect(foreign.status).toBe(401)
  expect(await put(job, 'x'.repeat(PROPOSAL_BYTES_MAX))).toBe(201)
  expect(await put(job, 'x'.repeat(PROPOSAL_BYTES_MAX + 1))).toBe(413)
  const failed = { provider: 'local', reason: 'sandbox_provider_error', detail: 'x', ms: 1 }
  await job.report('sandbox.acquire_failed', failed)
  expect(await put(job, 'y')).toBe(409)
})

const line = (n: number, text = `line ${n}`): LogLine => ({
  n,
  at: '2026-11-20T12:00:00.000Z',
  source: 'agent',
  level: 'info',
  text,
})

async function log(job: Job, lines: (LogLine | string)[]): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = lines.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n')
  const headers = { 'content-type': 'application/x-ndjson', ...(await job.bearer('/logs')) }
  const answer = await fetch(`${job.base}/logs`, { method: 'POST', headers, body })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('log lines are appended once, whatever is sent again', async () => {
  const job = await boundJob()
  expect(await log(job, [line(0), line(1)])).toEqual({ status: 200, body: { next: 2, wanted: 'continue' } })
  expect((await log(job, [line(0), line(1)])).body['next']).toBe(2)
  expect((await log(job, [line(1), line(2)])).body['next']).toBe(3)
  await Promise.all([log(job, [line(3)]), log(job, [line(3)])])
  const stored = await world.logs.readLogs(job.run.id, 0)
  expect(stored.map(({ line, text }) => [line, text])).toEqual([0, 1, 2, 3].map((n) => [n, `line ${n}`]))
  expect((await world.logs.readLogs(job.run.id, 2, 1)).map(({ line }) => line)).toEqual([2])
})

test('lines with a gap, out of order, unknown fields or no JSON are refused', async () => {
  const job = await boundJob()
  expect(await log(job, [line(5)])).toMatchObject({ status: 409, body: { code: 'expected_seq', expectedSeq: 0 } })
  expect((await log(job, [line(0), line(2)])).status).toBe(422)
  expect((await log(job, [{ ...line(0), extra: 1 } as LogLine])).status).toBe(422)
  expect((await log(job, ['{"n":0'])).status).toBe(400)
  expect((await log(job, [''])).status).toBe(422)
  expect(
    (
      await log(
        job,
        Array.from({ length: 1_001 }, (_, n) => line(n)),
      )
    ).status,
  ).toBe(422)
  expect(await world.logs.readLogs(job.run.id, 0)).toEqual([])
})

test('row 40: a line that pretends to be more stays one line, and keeps no control but colours', async () => {
  const job = await boundJob()
  const hostile = [
    'a\r\n{"level":"error","message":"fake"}',
    '\u001B[31mred\u001B[0m \u001B[2J\u001B[H\u001B]0;title\u0007cleared',
    '::set-output name=x::y',
    'nul\u0000 bell\u0007 c1\u009B31m half\uD800',
  ]
  await log(
    job,
    hostile.map((text, n) => line(n, text)),
  )
  const texts = (await world.logs.readLogs(job.run.id, 0)).map(({ text }) => text)
  expect(texts).toEqual([
    'a{"level":"error","message":"fake"}',
    '\u001B[31mred\u001B[0m cleared',
    '::set-output name=x::y',
    'nul bell c131m half\uFFFD',
  ])
})
