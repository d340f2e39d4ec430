/** Who may do what: the App's JWT, installation tokens narrowed to repositories and permissions, job tokens, nobody. */
import { createSign, generateKeyPairSync } from 'node:crypto'

import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { appOf, impatientOctokit, openShop } from './testing.ts'
import type { LocalGitHub } from './types.ts'

const shop = { owner: 'acme', repo: 'shop' }

function jwt(github: LocalGitHub, claims: Record<string, unknown>, pem = github.app.privateKeyPem): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(pem, 'base64url')}`
}

async function status(
  github: LocalGitHub,
  path: string,
  token: string | null,
  init: RequestInit = {},
): Promise<[number, string]> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(`${github.apiUrl}${path}`, { ...init, headers })
  const body = (await response.json()) as { message?: string }
  return [response.status, body.message ?? '']
}

test('the App proves itself by a short-lived JWT of its own key', async () => {
  await using github = await startLocalGitHub()
  const now = Math.floor(Date.now() / 1000)
  const { id, clientId } = github.app
  const good = { iat: now - 60, exp: now + 540, iss: id }
  expect(await status(github, '/app', jwt(github, good))).toEqual([200, ''])
  expect(await status(github, '/app', jwt(github, { ...good, iss: clientId }))).toEqual([200, ''])
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString()
  expect((await status(github, '/app', jwt(github, good, stranger)))[0]).toBe(401)
  expect(await status(github, '/app', jwt(github, { ...good, exp: now + 3_600 }))).toEqual([
    401,
    "'Expiration time' claim ('exp') is too far in the future",
  ])
  for (const bad of [{ exp: now - 1 }, { iat: now + 600 }, { iss: 1 }]) {
    expect((await status(github, '/app', jwt(github, { ...good, ...bad })))[0]).toBe(401)
  }
  expect(await status(github, '/app', null)).toEqual([401, 'A JSON web token could not be decoded'])
  expect(await status(github, '/user', 'ghs_unknown')).toEqual([401, 'Bad credentials'])
})

test('an installation token does what it was narrowed to and nothing else', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  const repository = await openShop(github)
  await github.createRepository({ owner: 'acme', name: 'vault', private: true, files: { 'a.txt': 'a' } })
  await github.createRepository({
    owner: 'acme',
    name: 'elsewhere',
    private: true,
    files: { 'a.txt': 'a' },
    install: false,
  })
  github.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'One' })
  const { octokit } = appOf(github)
  const { data: installation } = await octokit.request('GET /orgs/{org}/installation', { org: 'acme' })
  const create = (options: object) =>
    octokit.request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: installation.id,
      ...options,
    })

  const narrow = (await create({ repository_ids: [repository.id], permissions: { contents: 'read' } })).data
  expect(narrow).toMatchObject({
    repository_selection: 'selected',
    permissions: { contents: 'read', metadata: 'read' },
  })
  expect(Date.parse(narrow.expires_at) - Date.now()).toBeGreaterThan(59 * 60_000)
  expect((await status(github, '/repos/acme/shop/contents/README.md', narrow.token))[0]).toBe(200)
  expect(await status(github, '/repos/acme/shop/issues/1', narrow.token)).toEqual([
    403,
    'Resource not accessible by integration',
  ])
  expect(await status(github, '/repos/acme/vault', narrow.token)).toEqual([404, 'Not Found'])
  const ref = { method: 'POST', body: JSON.stringify({ ref: 'refs/heads/x', sha: '0'.repeat(40) }) }
  expect(await status(github, '/repos/acme/shop/git/refs', narrow.token, ref)).toEqual([
    403,
    'Resource not accessible by integration',
  ])
  const list = new (impatientOctokit(github))({ auth: { token: narrow.token } })
  expect((await list.rest.apps.listReposAccessibleToInstallation()).data).toMatchObject({ total_count: 1 })

  await expect(create({ permissions: { deployments: 'write' } })).rejects.toMatchObject({ status: 422 })
  await expect(create({ repositories: ['elsewhere'] })).rejects.toMatchObject({ status: 422 })
  const whole = (await create({})).data.token
  expect((await status(github, '/repos/acme/vault', whole))[0]).toBe(200)
  expect((await status(github, '/repos/acme/elsewhere', whole))[0]).toBe(404)

  github.suspend({ account: 'acme' })
  expect(await status(github, '/repos/acme/shop', whole)).toEqual([403, 'This installation has been suspended'])
  await expect(create({})).rejects.toMatchObject({ status: 403 })
  github.unsuspend({ account: 'acme' })
  github.uninstall({ account: 'acme' })
  expect(await status(github, '/repos/acme/shop', whole)).toEqual([401, 'Bad credentials'])
  await expect(create({})).rejects.toMatchObject({ status: 404 })
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})

test('tokens end after an hour', async () => {
  let now = Date.now()
  await using github = await startLocalGitHub({ now: () => now })
  await openShop(github)
  const { octokit } = appOf(github)
  const { data: installation } = await octokit.request('GET /repos/{owner}/{repo}/installation', shop)
  const id = { installation_id: installation.id }
  const { token } = (await octokit.request('POST /app/installations/{installation_id}/access_tokens', id)).data
  now += 59 * 60_000
  expect((await status(github, '/repos/acme/shop', token))[0]).toBe(200)
  now += 2 * 60_000
  expect(await status(github, '/repos/acme/shop', token)).toEqual([401, 'Bad credentials'])
})

test('a job token reads its repository only; nobody reads what is public', async () => {
  await using github = await startLocalGitHub()
  await openShop(github)
  await github.createRepository({ owner: 'acme', name: 'open', files: { 'a.txt': 'a' } })
  const token = github.createJobToken({ repository: 'acme/shop', permissions: { contents: 'read' } })
  expect((await status(github, '/repos/acme/shop/contents/README.md', token))[0]).toBe(200)
  const issue = { method: 'POST', body: JSON.stringify({ title: 'No' }) }
  expect((await status(github, '/repos/acme/shop/issues', token, issue))[0]).toBe(403)
  expect((await status(github, '/repos/acme/open', null))[0]).toBe(200)
  expect((await status(github, '/repos/acme/shop', null))[0]).toBe(404)
  expect(await status(github, '/repos/acme/open/issues', null, issue)).toEqual([401, 'Requires authentication'])
})

test('a manifest becomes an App once', async () => {
  await using github = await startLocalGitHub({ checkResponses: true })
  const octokit = new (impatientOctokit(github))()
  const code = github.createManifestCode()
  const { data } = await octokit.rest.apps.createFromManifest({ code })
  expect(data).toMatchObject({
    id: github.app.id,
    pem: github.app.privateKeyPem,
    webhook_secret: github.app.webhookSecret,
  })
  await expect(octokit.rest.apps.createFromManifest({ code })).rejects.toMatchObject({ status: 404 })
  expect(github.responseViolations()).toEqual([])
})
