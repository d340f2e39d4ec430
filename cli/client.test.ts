/** The odd answers that a real app seldom gives: what the command line makes of them. */
import nock from 'nock'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'

import { RETRY_AFTER_MS_MAX, TRIES_MAX, createClient } from './client.ts'

const URL = 'https://deckhand.example.com'
const NOW = Date.UTC(2026, 0, 1)
/** How long the client would have waited before each further try. */
const waited: number[] = []
const client = createClient(
  { url: `${URL}/`, token: 'secret-token' },
  { now: () => NOW, chance: () => 0, wait: async (ms) => void waited.push(ms) },
)

beforeEach(() => {
  waited.length = 0
  nock.disableNetConnect()
})
// It stands in the way of every connection of the process, and other test files share that.
afterAll(() => nock.restore())
afterEach(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

const asked = () => client.get('/api/runs').catch((error: unknown) => error)

test('a proxy that answers with a page is named by its status, not by its HTML', async () => {
  const scope = nock(URL)
    .get('/api/runs')
    .times(TRIES_MAX)
    .reply(502, '<html>Bad gateway</html>', { 'content-type': 'text/html' })
  expect(await asked()).toMatchObject({ exitCode: 4, message: 'The app answered 502.' })
  expect(scope.isDone()).toBe(true)
})

test('a problem body is told in its own words, with the reference for the log', async () => {
  const problem = { title: 'You may not do this', detail: 'Starting a run needs write access.', reference: '7f3a' }
  nock(URL).get('/api/runs').reply(403, problem, { 'content-type': 'application/problem+json' })
  expect(await asked()).toMatchObject({ exitCode: 3, message: 'Starting a run needs write access. (reference 7f3a)' })
})

test('a host that cannot be reached is said so, and the token is not shown', async () => {
  nock(URL).get('/api/runs').times(TRIES_MAX).replyWithError('getaddrinfo ENOTFOUND deckhand.example.com')
  const error = await asked()
  expect(error).toMatchObject({ exitCode: 4, message: expect.stringContaining('Is DECKHAND_URL right?') })
  expect(String(error)).not.toContain('secret-token')
})

test('the token goes into the header, and a body is JSON', async () => {
  const scope = nock(URL, { reqheaders: { authorization: 'Bearer secret-token', 'content-type': 'application/json' } })
    .post('/api/runs/r_8k2f0q7w3z/cancel', { reason: 'enough' })
    .reply(202, { id: 'r_8k2f0q7w3z' })
  expect(await client.post('/api/runs/r_8k2f0q7w3z/cancel', { reason: 'enough' })).toEqual({ id: 'r_8k2f0q7w3z' })
  expect(scope.isDone()).toBe(true)
})

test('what passes by itself is asked again, and each time a little later', async () => {
  nock(URL)
    .get('/api/runs')
    .reply(503)
    .get('/api/runs')
    .replyWithError('socket hang up')
    .get('/api/runs')
    .reply(200, { runs: [], next: null })
  expect(await asked()).toEqual({ runs: [], next: null })
  expect(waited).toEqual([125, 250])
})

test.each([400, 401, 404, 409, 422, 429, 500])('an answer of %i is one, and nobody asks again', async (status) => {
  nock(URL).get('/api/runs').reply(status)
  expect(await asked()).toMatchObject({ message: `The app answered ${status}.` })
  expect(waited).toEqual([])
})

test.each([
  ['seconds', '2', 2_000],
  ['a date', new Date(NOW + 3_000).toUTCString(), 3_000],
  ['a date that is over', new Date(NOW - 3_000).toUTCString(), 125],
  ['what it may be at most', String(RETRY_AFTER_MS_MAX / 1_000), RETRY_AFTER_MS_MAX],
  ['neither', 'soon', 125],
])('Retry-After is heard: %s', async (_, retryAfter, ms) => {
  nock(URL).get('/api/runs').reply(503, '', { 'retry-after': retryAfter }).get('/api/runs').reply(200, { runs: [] })
  expect(await asked()).toEqual({ runs: [] })
  expect(waited).toEqual([ms])
})

test('whoever asks for more patience than that is not asked again, and the person is told', async () => {
  const problem = { title: 'Not ready to serve', detail: 'Try again in a minute.' }
  nock(URL).get('/api/runs').reply(503, problem, { 'retry-after': '60' })
  expect(await asked()).toMatchObject({ exitCode: 4, message: 'Try again in a minute.' })
  expect(waited).toEqual([])
})

const CANCEL = '/api/runs/r_8k2f0q7w3z/cancel'

test('a request that changes something is sent again under its Idempotency-Key only', async () => {
  nock(URL).post(CANCEL).reply(503)
  const once = await client.post(CANCEL, {}).catch((error: unknown) => error)
  expect(once).toMatchObject({ exitCode: 4, message: 'The app answered 503.' })
  expect(waited).toEqual([])

  const scope = nock(URL, { reqheaders: { 'idempotency-key': 'k-1' } })
    .post(CANCEL, { reason: 'enough' })
    .reply(503)
    .post(CANCEL, { reason: 'enough' })
    .reply(202, { id: 'r_8k2f0q7w3z' })
  const answer = await client.post(CANCEL, { reason: 'enough' }, { 'idempotency-key': 'k-1' })
  expect(answer).toEqual({ id: 'r_8k2f0q7w3z' })
  expect(scope.isDone()).toBe(true)
})

test('a first try that arrived although its answer did not is waited for', async () => {
  const running = { code: 'idempotency_in_progress', detail: 'The first request is not answered yet.' }
  nock(URL)
    .post(CANCEL)
    .replyWithError('socket hang up')
    .post(CANCEL)
    .reply(409, running, { 'retry-after': '1' })
    .post(CANCEL)
    .reply(202, { id: 'r_8k2f0q7w3z' })
  expect(await client.post(CANCEL, {}, { 'idempotency-key': 'k-2' })).toEqual({ id: 'r_8k2f0q7w3z' })
  expect(waited).toEqual([125, 1_000])
})
