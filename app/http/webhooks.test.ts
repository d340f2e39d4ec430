import { createHash, createHmac, randomUUID } from 'node:crypto'
import { connect as connectTcp } from 'node:net'

import { expect, onTestFinished, test, vi } from 'vitest'

import { asDescribed } from '../../test/stack/http/as-described.ts'
import { streamZeros, testServer } from '../../test/stack/http/server.ts'
import { SOON } from '../../test/stack/soon.ts'
import { testDatabase } from '../../test/stack/mongo/test-database.ts'
import { connect } from '../store/connect.ts'
import { deliveryStore } from '../store/deliveries.ts'
import type { NewDelivery } from '../store/deliveries.ts'
import { Inbox } from '../store/inbox.ts'
import { webhookRoutes } from './webhooks.ts'
import type { WebhookDeps } from './webhooks.ts'

const SECRET = 'a webhook secret of more than 32 bytes'
const sign = (body: string | Buffer): string => `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`

/** The receiver over a real inbox; `arrived` counts what the intake loop was woken for. */
async function world() {
  const connection = await connect(testDatabase())
  const deliveries = deliveryStore(connection)
  await deliveries.ensureIndexes()
  let arrived = 0
  const server = await receiver({ inbox: new Inbox(deliveries), arrived: () => void arrived++ })
  const send = (body: string | Buffer, headers: Record<string, string> = {}, path = '/api/github/webhooks') =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: { ...headersFor(body), ...headers },
    })
  return {
    server,
    deliveries,
    send,
    arrived: () => arrived,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await connection.close()
    },
  }
}

function headersFor(body: string | Buffer): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-github-delivery': randomUUID(),
    'x-github-event': 'issues',
    'x-hub-signature-256': sign(body),
  }
}

const receiver = (deps: Partial<WebhookDeps> = {}) =>
  testServer({
    checkAnswer: asDescribed,
    routes: webhookRoutes({
      secret: () => SECRET,
      inbox: { add: async () => 'inserted' },
      arrived: () => {},
      now: Date.now,
      ...deps,
    }),
  })

test('a signed webhook is stored as its bytes, then answered 202, and the intake is woken', async () => {
  await using app = await world()
  const body = '{ "action": "opened",  "n": 1 }'
  const id = randomUUID()
  const answer = await app.send(body, { 'x-github-delivery': id })
  expect(answer.status).toBe(202)
  const stored = await app.deliveries.readDelivery(id)
  expect(stored).toMatchObject({ id, event: 'issues', state: 'received', attempts: 0, bytes: body.length })
  expect(stored?.digest).toBe(createHash('sha256').update(body).digest('hex'))
  expect(stored?.body.toString()).toBe(body)
  expect(app.arrived()).toBe(1)
})

test('the alias of S003-154 takes webhooks as well', async () => {
  await using app = await world()
  expect((await app.send('{}', {}, '/webhooks/github')).status).toBe(202)
})

test('row 1: a wrong, missing, truncated, upper-case or sha1 signature is 401 and nothing is stored', async () => {
  await using app = await world()
  const body = '{"a":1}'
  const right = sign(body)
  const sha1 = `sha1=${createHmac('sha1', SECRET).update(body).digest('hex')}`
  const wrong = [
    { 'x-hub-signature-256': sign('{"a":2}') },
    { 'x-hub-signature-256': '' },
    { 'x-hub-signature-256': right.slice(0, -2) },
    { 'x-hub-signature-256': `sha256=${right.slice(7).toUpperCase()}` },
    { 'x-hub-signature-256': right.toUpperCase() },
    { 'x-hub-signature-256': '', 'x-hub-signature': sha1 },
    { 'x-hub-signature-256': sha1 },
    { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'development').update(body).digest('hex')}` },
  ]
  for (const headers of wrong) {
    const answer = await app.send(body, headers)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = (await answer.json()) as Record<string, unknown>
    expect(problem).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect(problem).not.toHaveProperty('detail')
  }
  expect(await app.deliveries.listDeliveries()).toEqual([])
  expect(app.server.rejections).toEqual(wrong.map(() => 'webhook:bad_signature'))
  expect(app.arrived()).toBe(0)
})

test('row 3: the same delivery again is 202 and not stored twice', async () => {
  await using app = await world()
  const id = randomUUID()
  for (let i = 0; i < 2; i++) expect((await app.send('{"a":1}', { 'x-github-delivery': id })).status).toBe(202)
  expect(await app.deliveries.listDeliveries()).toHaveLength(1)
  expect(app.arrived()).toBe(1)
})

test('rows 4 and 5: a captured body under another delivery id or another event name is 202 and not stored again', async () => {
  await using app = await world()
  const body = '{"comment":{"id":1}}'
  expect((await app.send(body, { 'x-github-event': 'issue_comment' })).status).toBe(202)
  expect((await app.send(body, { 'x-github-event': 'issue_comment' })).status).toBe(202)
  expect((await app.send(body, { 'x-github-event': 'issues' })).status).toBe(202)
  expect((await app.deliveries.listDeliveries()).map(({ event }) => event)).toEqual(['issue_comment'])
  expect(app.arrived()).toBe(1)
})

test('rows 4 and 5: many copies at once leave one record', async () => {
  await using app = await world()
  const answers = await Promise.all(Array.from({ length: 40 }, () => app.send('{"same":true}')))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  expect(await app.deliveries.listDeliveries()).toHaveLength(1)
})

test('row 6: a declared body above 25 MiB is 413 before it is read', async () => {
  await using server = await receiver()
  const length = 26 * 1024 * 1024
  const headers = { ...headersFor('x'), 'content-length': String(length) }
  const { status, sent, body } = await streamZeros(`${server.url}/api/github/webhooks`, headers, length)
  expect(status).toBe(413)
  expect(JSON.parse(body)).toMatchObject({ code: 'payload_too_large' })
  expect(sent).toBeLessThan(length)
})

test('row 6: a chunked body is cut off at 25 MiB and the connection closed', async () => {
  await using server = await receiver()
  const { status, sent } = await streamZeros(`${server.url}/api/github/webhooks`, headersFor('x'), 200 * 1024 * 1024)
  expect(status).toBe(413)
  // What lies in the sockets' buffers counts as sent, but not much more.
  expect(sent).toBeLessThan(45 * 1024 * 1024)
})

test('row 7: senders that stall give their room to a webhook that comes after them', async () => {
  await using app = await world()
  const { hostname, port } = new URL(app.server.url)
  const bytes = 240 * 1024
  const head = [
    'POST /api/github/webhooks HTTP/1.1',
    `host: ${hostname}:${port}`,
    `content-length: ${bytes + 1}`,
    ...Object.entries({ ...headersFor(''), 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ]
  // Together more than all small bodies may hold, and none of them ever ends.
  const stalled = Array.from({ length: 72 }, () => connectTcp(Number(port), hostname))
  onTestFinished(() => stalled.forEach((socket) => socket.destroy()))
  const answers: string[] = []
  for (const socket of stalled) {
    socket.on('error', () => {})
    socket.on('data', (chunk) => answers.push(chunk.toString().slice(9, 12)))
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.write(Buffer.alloc(bytes, 0x20))
  }
  await vi.waitFor(() => expect(answers.length).toBeGreaterThanOrEqual(2), SOON)
  expect(new Set(answers)).toEqual(new Set(['503']))
  expect((await app.send(JSON.stringify({ action: 'opened', text: 'x'.repeat(200_000) }))).status).toBe(202)
  // Before the server closes, which would wait for them.
  for (const socket of stalled) socket.destroy()
})

test('row 6: only identity encoding is taken', async () => {
  await using server = await receiver()
  const headers = { ...headersFor('x'), 'content-encoding': 'gzip' }
  const answer = await fetch(`${server.url}/api/github/webhooks`, { method: 'POST', body: 'x', headers })
  expect(answer.status).toBe(415)
})

test('a body of 20 MiB is stored whole and read back', async () => {
  await using app = await world()
  const body = Buffer.alloc(20 * 1024 * 1024, '{"text":"lorem ipsum"}')
  const id = randomUUID()
  expect((await app.send(body, { 'x-github-delivery': id })).status).toBe(202)
  const stored = await app.deliveries.readDelivery(id)
  expect(stored?.bytes).toBe(body.length)
  expect(stored?.body.equals(body)).toBe(true)
})

test('rows 8 and 9: deep JSON, invalid UTF-8, NUL and duplicate keys are stored as they came and left to the intake', async () => {
  await using app = await world()
  const bodies = [
    Buffer.from('['.repeat(200_000) + ']'.repeat(200_000)),
    Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]),
    Buffer.from('{"a":"\\ud800"}'),
    Buffer.from('{"a":1,"a":2}'),
    Buffer.from('not json at all'),
  ]
  for (const body of bodies) {
    const id = randomUUID()
    expect((await app.send(body, { 'x-github-delivery': id })).status).toBe(202)
    expect((await app.deliveries.readDelivery(id))?.body.equals(body)).toBe(true)
  }
})

test('a database that does not answer is 503, and so is a full inbox', async () => {
  const stuck = { insertMany: () => new Promise<never>(() => {}) }
  await using server = await receiver({ inbox: new Inbox(stuck, 20) })
  const answer = await fetch(`${server.url}/webhooks/github`, { method: 'POST', body: '{}', headers: headersFor('{}') })
  expect(answer.status).toBe(503)
  expect(server.rejections).toEqual(['webhook:overloaded'])
})

test('before the App is set up no webhook is taken', async () => {
  await using server = await receiver({ secret: () => null })
  const answer = await fetch(`${server.url}/webhooks/github`, { method: 'POST', body: '{}', headers: headersFor('{}') })
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'setup_needed' })
})

test('a workflow run that cannot be a Run’s by its bytes is answered and not kept; its signature counts all the same', async () => {
  await using app = await world()
  const job = {
    path: '.github/workflows/deckhand.yml',
    event: 'repository_dispatch',
    display_title: 'run r_8k2f0q7w3z',
  }
  const told = (action: string, run: object = {}) => JSON.stringify({ action, workflow_run: { ...job, ...run } })
  const send = async (body: string, event = 'workflow_run') => {
    const id = randomUUID()
    const { status } = await app.send(body, { 'x-github-delivery': id, 'x-github-event': event })
    return [status, (await app.deliveries.readDelivery(id)) !== null]
  }
  expect(await send(told('in_progress'))).toEqual([202, true])
  expect(await send(told('completed'))).toEqual([202, true])
  expect(await send(told('requested'))).toEqual([202, false])
  expect(await send(told('completed', { path: '.github/workflows/ci.yml' }))).toEqual([202, false])
  expect(await send(told('completed', { event: 'push' }))).toEqual([202, false])
  expect(await send(told('requested'), 'issues'), 'nothing but this event is passed over').toEqual([202, true])
  expect(app.arrived()).toBe(3)

  const unsigned = { 'x-github-event': 'workflow_run', 'x-hub-signature-256': sign('another body') }
  expect((await app.send(told('requested'), unsigned)).status).toBe(401)
})

test('a burst goes to the database in few inserts', async () => {
  const batches: number[] = []
  const inbox = new Inbox({
    insertMany: async (deliveries: readonly NewDelivery[]) => {
      batches.push(deliveries.length)
      await new Promise((resolve) => setImmediate(resolve))
      return deliveries.map(() => 'inserted' as const)
    },
  })
  const delivery = (n: number): NewDelivery => ({
    id: String(n),
    digest: String(n),
    event: 'push',
    receivedAt: 0,
    body: Buffer.from('{}'),
  })
  await Promise.all(Array.from({ length: 500 }, (_, n) => inbox.add(delivery(n))))
  expect(batches.reduce((a, b) => a + b, 0)).toBe(500)
  expect(batches).toEqual([200, 200, 100])
})
