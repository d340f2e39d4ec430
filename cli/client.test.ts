/** The odd answers that a real app seldom gives: what the command line makes of them. */
import nock from 'nock'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'

import { createClient } from './client.ts'

const URL = 'https://deckhand.example.com'
const client = createClient({ url: `${URL}/`, token: 'secret-token' })

beforeEach(() => nock.disableNetConnect())
// It stands in the way of every connection of the process, and other test files share that.
afterAll(() => nock.restore())
afterEach(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

const asked = () => client.get('/api/runs').catch((error: unknown) => error)

test('a proxy that answers with a page is named by its status, not by its HTML', async () => {
  nock(URL).get('/api/runs').reply(502, '<html>Bad gateway</html>', { 'content-type': 'text/html' })
  expect(await asked()).toMatchObject({ exitCode: 4, message: 'The app answered 502.' })
})

test('a problem body is told in its own words, with the reference for the log', async () => {
  const problem = { title: 'You may not do this', detail: 'Starting a run needs write access.', reference: '7f3a' }
  nock(URL).get('/api/runs').reply(403, problem, { 'content-type': 'application/problem+json' })
  expect(await asked()).toMatchObject({ exitCode: 3, message: 'Starting a run needs write access. (reference 7f3a)' })
})

test('a host that cannot be reached is said so, and the token is not shown', async () => {
  nock(URL).get('/api/runs').replyWithError('getaddrinfo ENOTFOUND deckhand.example.com')
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
