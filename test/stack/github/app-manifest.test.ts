/** Registering the App from a manifest, as a browser does it: the posted form, the code that converts once, the ping. */
import { expect, test } from 'vitest'

import { startLocalGitHub } from './local-github.ts'
import { appOf, impatientOctokit, openShop, startReceiver } from './testing.ts'
import type { LocalGitHub } from './types.ts'

const manifest = (hook: string) => ({
  name: 'Acme agents',
  url: 'http://127.0.0.1:1',
  hook_attributes: { url: hook, active: true },
  redirect_url: 'http://127.0.0.1:1/setup/callback',
  callback_urls: ['http://127.0.0.1:1/api/auth/github/callback'],
  setup_url: 'http://127.0.0.1:1/admin/checks',
  public: false,
  default_permissions: { contents: 'write', metadata: 'read' },
  default_events: ['issues'],
})

function post(github: LocalGitHub, path: string, form: Record<string, string>, origin: string) {
  const headers = { origin, 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams(form).toString()
  return fetch(`${github.url}${path}`, { method: 'POST', headers, body, redirect: 'manual' })
}

test('a manifest that another site posts is shown first; confirmed, it becomes an App with a ping', async () => {
  await using receiver = await startReceiver()
  await using github = await startLocalGitHub({ registered: false, checkResponses: true })
  github.createUser({ login: 'acme', type: 'Organization' })
  const octokit = new (impatientOctokit(github))()
  await expect(octokit.rest.apps.getBySlug({ app_slug: 'deckhand' })).rejects.toMatchObject({ status: 404 })
  await expect(appOf(github).octokit.request('GET /app')).rejects.toMatchObject({ status: 404 })

  const text = JSON.stringify(manifest(receiver.url))
  const path = '/organizations/acme/settings/apps'
  const shown = await post(github, `${path}/new?state=abc`, { manifest: text }, 'http://127.0.0.1:1')
  expect(await shown.text()).toContain('Create GitHub App for acme')
  // Only a person on GitHub's own page presses the button.
  const form = { manifest: text, state: 'abc', name: 'Acme agents' }
  expect((await post(github, `${path}/register`, form, 'http://127.0.0.1:1')).status).toBe(403)
  const taken = await post(github, `${path}/register`, { ...form, name: 'acme' }, github.url)
  expect([taken.status, await taken.text()]).toEqual([422, expect.stringContaining('Name is already in use')])

  const done = await post(github, `${path}/register`, form, github.url)
  const back = new URL(done.headers.get('location') ?? '')
  expect(`${back.origin}${back.pathname}`).toBe('http://127.0.0.1:1/setup/callback')
  expect(back.searchParams.get('state')).toBe('abc')
  const { data } = await octokit.rest.apps.createFromManifest({ code: back.searchParams.get('code') ?? '' })
  expect(data).toMatchObject({ slug: 'acme-agents', owner: { login: 'acme' }, permissions: { contents: 'write' } })
  expect(data.events).toEqual(['issues'])

  await github.deliveries.idle()
  expect(receiver.received.map(({ headers }) => headers['x-github-event'])).toEqual(['ping'])
  await openShop(github)
  expect(github.state.users.some(({ login }) => login === 'acme-agents[bot]')).toBe(true)
  expect(github.violations()).toEqual([])
  expect(github.responseViolations()).toEqual([])
})

test('a code that is older than an hour converts no more', async () => {
  let now = Date.now()
  await using github = await startLocalGitHub({ now: () => now })
  const octokit = new (impatientOctokit(github))()
  const [early, late] = [github.createManifestCode(), github.createManifestCode()]
  now += 59 * 60_000
  await octokit.rest.apps.createFromManifest({ code: early })
  now += 60_000
  await expect(octokit.rest.apps.createFromManifest({ code: late })).rejects.toMatchObject({ status: 404 })
})

test('who installs the App lands where its manifest says', async () => {
  await using github = await startLocalGitHub({ registered: false })
  await github.createRepository({ owner: 'acme', name: 'shop', files: { 'a.txt': 'a' }, install: false })
  github.createUser({ login: 'octocat' })
  const form = { manifest: JSON.stringify(manifest('http://127.0.0.1:1')), name: 'Acme agents' }
  await post(github, '/settings/apps/register', form, github.url)
  const path = '/apps/acme-agents/installations/new'
  expect(await (await fetch(github.url + path)).text()).toContain('Install on acme')
  const done = await post(github, path, { account: 'acme' }, github.url)
  expect(done.headers.get('location')).toMatch(
    /^http:\/\/127\.0\.0\.1:1\/admin\/checks\?installation_id=\d+&setup_action=install$/,
  )
  expect(github.state.installations).toHaveLength(1)
})
