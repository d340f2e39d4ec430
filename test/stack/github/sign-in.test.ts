/** Sign-in with the App, over plain HTTP and through Octokit. */
import { createHash } from 'node:crypto'

import { App } from '@octokit/app'
import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { impatientOctokit, openShop } from './testing.ts'
import type { LocalGitHub } from './types.ts'

const callback = 'http://127.0.0.1:1/auth/callback'

async function authorize(github: LocalGitHub, query: Record<string, string>) {
  const parameters = new URLSearchParams({
    client_id: github.app.clientId,
    redirect_uri: callback,
    state: 's1',
    ...query,
  })
  return fetch(`${github.url}/login/oauth/authorize?${parameters.toString()}`, { redirect: 'manual' })
}

async function exchange(github: LocalGitHub, given: Record<string, string>) {
  const { clientId, clientSecret } = github.app
  const response = await fetch(`${github.url}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...given }),
  })
  return (await response.json()) as Record<string, string>
}

const codeOf = (response: Response) => new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''

test('a person signs in, once a code, with PKCE, and the token speaks for them', async () => {
  await using github = await startLocalGitHub({ callbackUrls: [callback], checkResponses: true })
  await openShop(github)
  const page = await authorize(github, {})
  expect(await page.text()).toContain('Continue as <b>octocat</b>')
  const verifier = 'v'.repeat(43)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const answer = await authorize(github, { login: 'octocat', code_challenge: challenge, code_challenge_method: 'S256' })
  expect(answer.status).toBe(302)
  expect(new URL(answer.headers.get('location') ?? '').searchParams.get('state')).toBe('s1')
  const code = codeOf(answer)
  const token = await exchange(github, { code, code_verifier: verifier })
  expect(token['access_token']).toMatch(/^ghu_/)
  expect(await exchange(github, { code, code_verifier: verifier })).toMatchObject({ error: 'bad_verification_code' })
  const octokit = new (impatientOctokit(github))({ auth: { token: token['access_token'] } })
  expect((await octokit.rest.users.getAuthenticated()).data).toMatchObject({ login: 'octocat', id: 583_231 })
  expect((await octokit.rest.apps.listInstallationsForAuthenticatedUser()).data.total_count).toBe(1)
  const fresh = await exchange(github, { grant_type: 'refresh_token', refresh_token: token['refresh_token'] ?? '' })
  expect(fresh['access_token']).not.toBe(token['access_token'])
  await expect(octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 401 })
  const guess = await authorize(github, { login: 'octocat', code_challenge: challenge })
  expect(await exchange(github, { code: codeOf(guess), code_verifier: 'wrong' })).toMatchObject({
    error: 'bad_verification_code',
  })
  expect((await authorize(github, { login: 'octocat', redirect_uri: 'http://evil.example/' })).status).toBe(400)
  expect(github.responseViolations()).toEqual([])
})

test('octokit exchanges a code for itself', async () => {
  await using github = await startLocalGitHub({ signInAs: 'octocat' })
  await openShop(github)
  const { id, privateKeyPem, clientId, clientSecret } = github.app
  const Octokit = impatientOctokit(github)
  const app = new App({ appId: id, privateKey: privateKeyPem, oauth: { clientId, clientSecret }, Octokit })
  const { authentication } = await app.oauth.createToken({ code: codeOf(await authorize(github, {})) })
  const octokit = new Octokit({ auth: { token: authentication.token } })
  expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('octocat')
  const { data } = await app.oauth.checkToken({ token: authentication.token })
  expect(data.user?.login).toBe('octocat')
})

test('pages show what is there, and escape it', async () => {
  await using github = await startLocalGitHub()
  await openShop(github)
  const { number } = github.openIssue({ repository: 'acme/shop', by: 'octocat', title: '<script>alert(1)</script>' })
  const path = `${github.url}/acme/shop/issues/${number}`
  expect(await (await fetch(path)).text()).toContain('&lt;script&gt;alert(1)')
  const form = { method: 'POST', body: new URLSearchParams({ by: 'octocat', act: 'comment', body: '/assign-agent' }) }
  await fetch(path, form)
  expect(github.state.comments.map((c) => c.body)).toEqual(['/assign-agent'])
  const foreign = await fetch(path, { ...form, headers: { origin: 'http://evil.example' } })
  expect(foreign.status).toBe(403)
  for (const page of ['/', '/acme', '/acme/shop', '/avatars/u/1?v=4'])
    expect((await fetch(github.url + page)).status).toBe(200)
})
