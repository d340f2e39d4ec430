/** `Idempotency-Key` on two replicas over one database: what is sent again is done once and answered the same. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'

import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { testServer } from '../../test/stack/http/server.ts'
import type { TestServer } from '../../test/stack/http/server.ts'
import { connect } from '../store/connect.ts'
import type { StoreConnection } from '../store/connect.ts'
import { IDEMPOTENCY_CLAIM_MS, IDEMPOTENCY_KEPT_MS, idempotencyStore } from '../store/idempotency.ts'
import { ProblemError } from './problem.ts'
import { route } from './route.ts'
import type { Answer, Identity } from './route.ts'

const uri = databaseUri()
const start = Date.now()
let connection: StoreConnection
let replicas: TestServer[]
/** Bodies that the handler was given. */
let done: { name: string }[]
let handler: (body: { name: string }) => Promise<Answer> | Answer
let passed = 0

const started = (body: { name: string }): Answer => ({
  status: 201,
  headers: { location: `/api/things/${done.length}` },
  json: { name: body.name, number: done.length },
})
const base = { method: 'POST', access: 'signed_in', summary: 'Starts a thing', idempotent: true } as const
const body = z.strictObject({ name: z.string(), size: z.int().optional() })
const starts = ['/api/things', '/api/other-things'].map((path) =>
  route({
    ...base,
    path,
    body,
    async handle(context) {
      done.push(context.body)
      return handler(context.body)
    },
  }),
)

beforeAll(async () => {
  connection = await connect(uri)
  const keys = idempotencyStore(connection)
  await keys.ensureIndexes()
  const identify = async (req: { headers: Record<string, string | string[] | undefined> }): Promise<Identity> => {
    const name = req.headers['x-test-program']
    return { kind: 'token', name: typeof name === 'string' ? name : 'ci', role: 'write', repositoryGlob: '*/*' }
  }
  const options = { routes: starts, keys, identify, now: () => start + passed }
  replicas = [await testServer(options), await testServer(options)]
})
afterAll(async () => {
  for (const replica of replicas) await replica[Symbol.asyncDispose]()
  await connection.close()
  await dropDatabase(uri)
})
beforeEach(() => {
  done = []
  handler = started
})

interface Sent {
  replica?: number
  path?: string
  json?: object
  headers?: Record<string, string>
}

async function send(
  key: string | null,
  { replica = 0, path = '/api/things', json = { name: 'a' }, headers }: Sent = {},
) {
  const answer = await fetch(`${replicas[replica]!.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }), ...headers },
    body: JSON.stringify(json),
  })
  const replayed = answer.headers.get('idempotency-replayed')
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location'), replayed }
}
const codeOf = ({ text }: { text: string }): string => (JSON.parse(text) as { code: string }).code

test('the first answer is given again, by another replica too, and nothing is done twice', async () => {
  const first = await send('again')
  expect(first).toMatchObject({ status: 201, replayed: null })
  const second = await send('again', { replica: 1 })
  expect(second).toEqual({ ...first, replayed: 'true' })
  expect(done).toHaveLength(1)
})

test('without a key every request is its own', async () => {
  await send(null)
  await send(null)
  expect(done).toHaveLength(2)
})

test('the same key with another body, or for another thing, is 422; the order of fields does not matter', async () => {
  await send('mine', { json: { name: 'a', size: 1 } })
  expect(codeOf(await send('mine', { json: { name: 'b', size: 1 } }))).toBe('idempotency_mismatch')
  expect(await send('mine', { path: '/api/other-things', json: { name: 'a', size: 1 } })).toMatchObject({ status: 422 })
  expect(await send('mine', { json: { size: 1, name: 'a' } })).toMatchObject({ status: 201, replayed: 'true' })
  expect(done).toHaveLength(1)
})

test('the keys of one caller are not those of another', async () => {
  await send('shared')
  expect(await send('shared', { headers: { 'x-test-program': 'nightly' } })).toMatchObject({
    status: 201,
    replayed: null,
  })
  expect(done).toHaveLength(2)
})

test('while the first one is under way the second is 409 and comes again', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  handler = async (given) => {
    await promise
    return started(given)
  }
  const first = send('busy')
  await expect.poll(() => done.length).toBe(1)
  const second = await send('busy', { replica: 1 })
  expect(second.status).toBe(409)
  expect(codeOf(second)).toBe('idempotency_in_progress')
  resolve()
  expect((await first).status).toBe(201)
  expect(await send('busy', { replica: 1 })).toMatchObject({ status: 201, replayed: 'true' })
  expect(done).toHaveLength(1)
})

test('a claim of a replica that died ends by itself', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  handler = async (given) => {
    await promise
    return started(given)
  }
  const first = send('orphan')
  await expect.poll(() => done.length).toBe(1)
  passed += IDEMPOTENCY_CLAIM_MS
  handler = () => ({ status: 201, json: { name: 'later', number: 2 } })
  expect(await send('orphan', { replica: 1 })).toMatchObject({ status: 201, replayed: null })
  // Should the first one come to its end all the same, its answer does not replace the one that was given.
  resolve()
  await first
  expect(JSON.parse((await send('orphan')).text)).toEqual({ name: 'later', number: 2 })
})

test('a refusal has changed nothing, so the request may be sent again; a fault of ours likewise', async () => {
  handler = () => {
    throw new ProblemError('run_live', { detail: 'Somebody was faster.' })
  }
  expect(codeOf(await send('refused'))).toBe('run_live')
  handler = started
  expect(await send('refused')).toMatchObject({ status: 201, replayed: null })
  expect(await send('refused')).toMatchObject({ status: 201, replayed: 'true' })

  handler = () => {
    throw new Error('broken')
  }
  expect((await send('fault')).status).toBe(500)
  handler = started
  expect(await send('fault')).toMatchObject({ status: 201, replayed: null })
})

test('after a day the key is free, and MongoDB forgets it by itself', async () => {
  await send('old')
  passed += IDEMPOTENCY_KEPT_MS
  expect(await send('old', { json: { name: 'new' } })).toMatchObject({ status: 201, replayed: null })
  const indexes = await connection.collection('idempotency_keys').indexes()
  expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }))
})

test.each(['a b', 'x'.repeat(201), 'ü'])('%j is no key', async (key) => {
  expect(await send(key)).toMatchObject({ status: 400 })
  expect(done).toHaveLength(0)
})

test('an answer that is too long to keep is made again', async () => {
  handler = () => ({ status: 201, json: { name: 'x'.repeat(1024 * 1024), number: 1 } })
  await send('long')
  expect(await send('long')).toMatchObject({ status: 201, replayed: null })
  expect(done).toHaveLength(2)
})
