/** What sign-in makes of GitHub's answers, right ones and others. The whole way round is in http/api/auth.test.ts. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, onTestFinished, test } from 'vitest'

import { githubOAuth, OAuthError } from './oauth.ts'

type Answers = Record<string, [status: number, body: string]>

async function oauthAgainst(answers: Answers) {
  const server = createServer((req, res) => {
    const [status, body] = answers[req.url ?? ''] ?? [404, '{}']
    res.writeHead(status, { 'content-type': 'application/json', ...(status === 302 ? { location: '/elsewhere' } : {}) })
    res.end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return githubOAuth({ githubUrl: url, githubApiUrl: url, clientId: 'Iv1.demo', clientSecret: 'hush' })
}

const TOKEN = '/login/oauth/access_token'
const good: Answers = {
  [TOKEN]: [200, '{"access_token":"ghu_x","token_type":"bearer","scope":"","new_field":1}'],
  '/user': [
    200,
    '{"id":583231,"login":"octocat","avatar_url":"https://avatars.githubusercontent.com/u/583231","type":"User"}',
  ],
}
const identify = async (answers: Answers) =>
  (await oauthAgainst(answers)).identify('a-code', 'a-verifier', 'http://127.0.0.1/back')

test('the person behind a code', async () => {
  expect(await identify(good)).toEqual({
    id: 583_231,
    login: 'octocat',
    avatarUrl: 'https://avatars.githubusercontent.com/u/583231',
  })
})

test('the way to GitHub carries the challenge and not the verifier', async () => {
  const url = new URL((await oauthAgainst({})).authorizeUrl('a-state', 'a-verifier', 'https://agents.example.com/back'))
  expect(url.pathname).toBe('/login/oauth/authorize')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'Iv1.demo',
    redirect_uri: 'https://agents.example.com/back',
    state: 'a-state',
    code_challenge: 'NORfwpEYKakZsuYgaey8PFmACPx5Ikq_PyZGYQ7p8NI',
    code_challenge_method: 'S256',
  })
})

test.each<[string, Answers, string]>([
  ['a code that GitHub refuses', { [TOKEN]: [200, '{"error":"bad_verification_code"}'] }, 'bad_verification_code'],
  ['an error that is not a word', { [TOKEN]: [200, '{"error":"<script> a-code"}'] }, 'no reason given'],
  ['an outage', { [TOKEN]: [503, ''] }, 'answered 503'],
  ['an answer that is no JSON', { [TOKEN]: [200, '<html>'] }, 'not understood'],
  ['a redirect', { [TOKEN]: [302, ''] }, 'could not be reached'],
  ['a token without a person', { ...good, '/user': [401, '{}'] }, 'answered 401'],
  ['a person without a number', { ...good, '/user': [200, '{"login":"octocat"}'] }, 'not understood'],
])('%s is an error that tells no secret', async (_, answers, message) => {
  const failed = await identify(answers).catch((error: unknown) => error as Error)
  expect(failed).toBeInstanceOf(OAuthError)
  expect((failed as Error).message).toContain(message)
  expect((failed as Error).message).not.toMatch(/a-code|a-verifier|hush|ghu_x/)
})
