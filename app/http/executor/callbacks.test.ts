import { CompactSign, generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

import { jwsTypes } from '../../contracts/callbacks.ts'
import { Job, PUBLIC_URL, executorWorld, sample, seconds } from '../../../test/stack/http/executor.ts'
import type { ExecutorWorld } from '../../../test/stack/http/executor.ts'

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

async function told(answer: Response): Promise<[number, string]> {
  const body = (await answer.json()) as { code?: string; wanted?: string }
  return [answer.status, body.code ?? body.wanted ?? '']
}

test('events are folded in order and the answer says what is wanted', async () => {
  const job = await boundJob()
  expect(await told(await job.report('executor.started', sample.started))).toEqual([200, 'continue'])
  expect(await told(await job.report('sandbox.requested', sample.requested))).toEqual([200, 'continue'])
  const answer = await job.report('sandbox.acquired', sample.acquired)
  expect(await answer.json()).toEqual({ wanted: 'continue', lastSeq: 3 })
  const run = (await world.runs.engine.load(job.run.id))!
  expect([run.status, run.phase, run.sandbox?.id]).toEqual(['running', 'preparing', 'sbx_1'])
  await world.runs.cancel(run)
  expect(await told(await job.report('agent.started', { agent: 'stub' }))).toEqual([200, 'cancel'])
})

test('every answer says what people told the agent, until the job has it', async () => {
  const job = await boundJob()
  const said = { id: 'IC_7', by: 'octocat', text: 'Use tabs.' }
  await world.runs.engine.submit(job.run.id, { type: 'say', ...said, via: 'comment', at: Date.now() })
  const heard = async (answer: Promise<Response>) => ((await (await answer).json()) as { messages?: unknown }).messages
  const at = new Date().toISOString()
  const beat = async () =>
    job.post('/heartbeat', await job.token('heartbeat', '/heartbeat', { at, phase: 'executing' }))
  expect(await heard(job.report('executor.started', sample.started))).toEqual([said])
  expect(await heard(beat())).toEqual([said])
  expect(await heard(job.report('message.delivered', { id: 'IC_7' }))).toBeUndefined()
  expect(await heard(beat())).toBeUndefined()
  expect(await heard(job.report('message.seen', { id: 'IC_7' }))).toBeUndefined()
  expect(await told(await job.report('message.seen', { id: 'IC_7' }))).toEqual([409, 'not_allowed_now'])
})

test('rows 11 and 13: what is not signed by the bound key, as this kind, for this address and now, is 401', async () => {
  const job = await boundJob()
  const payload = job.next('executor.started', sample.started)
  const stranger = await Job.of(job.run, world)
  const { privateKey } = await generateKeyPair('ES256')
  const es256 = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ: jwsTypes.event, iat: seconds(), jti: 'x' })
    .sign(privateKey)
  const unsigned = `${Buffer.from('{"alg":"none","typ":"run-event+jwt","iat":1,"jti":"x"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`
  const tokens = [
    es256,
    unsigned,
    'not a token',
    '',
    await stranger.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'x' }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'x', jwk: stranger.jwk }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'x', kid: '../../dev/null' }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'x', crit: ['x'], x: 1 }, payload),
    await job.seal({ typ: jwsTypes.heartbeat, iat: seconds(), jti: 'x' }, payload),
    await job.seal({ typ: jwsTypes.event, jti: 'x' }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds() }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds() - 400, jti: 'x' }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds() + 60, jti: 'x' }, payload),
    await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'x' }, { ...payload, iss: stranger.jkt }),
    await job.seal(
      { typ: jwsTypes.event, iat: seconds(), jti: 'x' },
      { ...payload, aud: `${world.url}/api/runs/${job.run.id}/events` },
    ),
    await job.seal(
      { typ: jwsTypes.event, iat: seconds(), jti: 'x' },
      { ...payload, aud: `${PUBLIC_URL}/api/runs/${job.run.id}/events/` },
    ),
  ]
  for (const [index, token] of tokens.entries()) {
    expect([index, ...(await told(await job.post('/events', token)))]).toEqual([index, 401, 'callback_unauthenticated'])
  }
  expect((await job.post('/events', 'x', 'application/json')).status).toBe(415)
  expect((await job.post('/events', 'x'.repeat(70_000))).status).toBe(413)
  expect((await world.runs.engine.load(job.run.id))?.dispatch.lastSeq).toBe(0)
  expect((await job.sendEvent(payload)).status).toBe(200)
})

test('row 17: an identical callback, signed again, is 200 and changes nothing', async () => {
  const job = await boundJob()
  const payload = job.next('executor.started', sample.started)
  expect((await job.sendEvent(payload)).status).toBe(200)
  const before = (await world.runs.engine.load(job.run.id))!
  for (let i = 0; i < 3; i++) expect(await told(await job.sendEvent(payload))).toEqual([200, 'continue'])
  expect((await world.runs.engine.load(job.run.id))?.seq).toBe(before.seq)
})

test('row 18: the same number with other content is 409 and a security event', async () => {
  const job = await boundJob()
  const payload = job.next('executor.started', sample.started)
  await job.sendEvent(payload)
  const other = { ...payload, data: { ...sample.started, os: 'darwin' } }
  expect(await told(await job.sendEvent(other))).toEqual([409, 'conflicting_callback'])
  // The same for a number that is not the last one any more.
  expect((await job.sendEvent(job.next('sandbox.requested', sample.requested))).status).toBe(200)
  expect(await told(await job.sendEvent(other))).toEqual([409, 'conflicting_callback'])
  expect(await told(await job.sendEvent(payload))).toEqual([200, 'continue'])
  const [event] = await world.trail.listAudit({ target: `run:${job.run.id}`, limit: 1 })
  expect(event).toMatchObject({ action: 'executor.callback', outcome: 'refused', reason: 'fork' })
  expect(world.server.lines.some(({ level }) => level === 'warn')).toBe(true)
})

test('row 19: a gap is 409 with the number that is expected', async () => {
  const job = await boundJob()
  const first = job.next('executor.started', sample.started)
  const second = job.next('sandbox.requested', sample.requested)
  const answer = await job.sendEvent(second)
  expect([answer.status, await answer.json()]).toEqual([
    409,
    expect.objectContaining({ code: 'expected_seq', expectedSeq: 1 }),
  ])
  expect((await job.sendEvent(first)).status).toBe(200)
  expect((await job.sendEvent(second)).status).toBe(200)
})

test('row 20: for another Run 401, of another attempt 403, after the end 409, after the deadline 410', async () => {
  const [job, neighbour] = [await boundJob(), await boundJob()]
  const payload = job.next('executor.started', sample.started)
  const token = await job.seal({ typ: jwsTypes.event, iat: seconds(), jti: 'x' }, payload)
  expect((await neighbour.post('/events', token)).status).toBe(401)
  const ghost = await fetch(`${world.url}/api/runs/r_0000000000/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/jose' },
    body: token,
  })
  expect(await told(ghost)).toEqual([401, 'callback_unauthenticated'])
  expect(await told(await job.sendEvent({ ...payload, bind: '4711.2.99' }))).toEqual([403, 'callback_forbidden'])

  expect((await job.sendEvent(payload)).status).toBe(200)
  const failed = { provider: 'local', reason: 'sandbox_provider_error', detail: 'x', ms: 1 }
  const last = job.next('sandbox.acquire_failed', failed)
  expect(await told(await job.sendEvent(last))).toEqual([200, 'cancel'])
  expect(await told(await job.sendEvent(last))).toEqual([200, 'cancel'])
  expect(await told(await job.report('agent.started', { agent: 'stub' }))).toEqual([409, 'run_ended'])

  const hour = neighbour.run.clocks.runMs + 1_000
  world.advance(hour)
  onTestFinished(() => world.advance(-hour))
  const late = neighbour.next('executor.started', sample.started)
  const stamped = { iat: seconds() + Math.floor(hour / 1000) }
  expect(await told(await neighbour.sendEvent(late, stamped))).toEqual([410, 'gone'])
})

test('half a character pair is refused and not mended: what is stored is what was signed', async () => {
  const job = await boundJob()
  const refused = await job.report('executor.started', { ...sample.started, os: 'linux\uD83D' })
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { detail: 'A text in the payload has half a character pair in it. Send U+FFFD in its place, and sign that.' },
  ])
  expect((await world.runs.engine.load(job.run.id))!.dispatch.lastSeq).toBe(0)
})

test('row 21: unknown types, extra fields, operators and magic keys are 422 and change nothing', async () => {
  const job = await boundJob()
  const good = job.next('executor.started', sample.started)
  const text = JSON.stringify(good)
  const bad: (string | object)[] = [
    { ...good, type: 'run.succeeded' },
    { ...good, type: 'toString' },
    { ...good, extra: 1 },
    { ...good, data: { ...sample.started, extra: 1 } },
    { ...good, data: { ...sample.started, os: { $ne: 1 } } },
    { ...good, seq: { $gt: 0 } },
    { ...good, seq: 0 },
    { ...good, v: 2 },
    text.replace('"os":', '"__proto__":{"admin":true},"os":'),
    text.replace('"os":', '"constructor":{"prototype":{}},"os":'),
    `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
    'null',
    '{',
    '',
  ]
  for (const payload of bad) {
    const shown = (typeof payload === 'string' ? payload : JSON.stringify(payload)).slice(0, 60)
    expect([shown, (await job.sendEvent(payload)).status]).toEqual([shown, 422])
  }
  expect((await world.runs.engine.load(job.run.id))?.dispatch.lastSeq).toBe(0)
  expect((await job.sendEvent(good)).status).toBe(200)
})

test('after a kill the key may say that the sandbox is gone and nothing else', async () => {
  const job = await boundJob()
  await job.report('executor.started', sample.started)
  await job.report('sandbox.requested', sample.requested)
  await job.report('sandbox.acquired', sample.acquired)
  await world.runs.engine.submit(job.run.id, { type: 'kill', by: 'octocat', reason: null, at: Date.now() })
  const { seq, prev } = job
  expect(await told(await job.report('agent.started', { agent: 'stub' }))).toEqual([403, 'callback_forbidden'])
  Object.assign(job, { seq, prev })
  expect((await job.report('sandbox.destroyed', { sandboxId: 'sbx_1', ms: 1 })).status).toBe(200)
  expect((await world.runs.engine.load(job.run.id))?.status).toBe('cancelled')
})

test('a heartbeat moves one field, adds no event and is answered with what is wanted', async () => {
  const job = await boundJob()
  const { seq } = (await world.runs.engine.load(job.run.id))!
  const beat = async () =>
    job.post(
      '/heartbeat',
      await job.token('heartbeat', '/heartbeat', { at: new Date().toISOString(), phase: 'executing' }),
    )
  expect(await told(await beat())).toEqual([200, 'continue'])
  const stored = (await world.runs.store.load(job.run.id))!
  expect([stored.run.seq, typeof stored.heartbeatAt]).toEqual([seq, 'number'])
  await world.runs.cancel(job.run)
  expect(await told(await beat())).toEqual([200, 'cancel'])
  expect((await job.post('/heartbeat', await job.token('request', '/heartbeat', {}))).status).toBe(401)
})
