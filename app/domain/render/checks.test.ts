/** What people are told about an installation: each gap by its name, with the place where it is closed. */
import { expect, test } from 'vitest'

import * as told from './checks.ts'

const at = {
  publicUrl: 'https://agents.example.com',
  githubUrl: 'https://github.com',
  githubApiUrl: 'https://api.github.com',
}
const app = {
  slug: 'acme-agents',
  name: 'Acme agents',
  owner: { login: 'acme', isOrganization: true },
  permissions: { contents: 'write', metadata: 'read' },
  events: ['issues'],
}
const installation = { account: 'acme', url: 'https://github.com/i/1', suspended: false, permissions: app.permissions }
const hook = 'https://agents.example.com/api/github/webhooks'

test('a permission and an event that the App does not ask for are named, with its settings page', () => {
  const wanted = { permissions: { contents: 'write', checks: 'write' }, events: ['issues', 'issue_comment'] }
  const found = told.permissionChecks(app, [installation], wanted, at)
  expect(found.map(({ id, state, detail }) => [id, state, detail])).toEqual([
    ['permissions', 'failed', 'checks: write is missing. Ask for it in the App’s settings.'],
    ['events', 'failed', 'The App does not subscribe to issue_comment.'],
  ])
  expect(found[0]!.fix!.url).toBe('https://github.com/organizations/acme/settings/apps/acme-agents/permissions')
  const own = { ...app, owner: { login: 'octocat', isOrganization: false } }
  expect(told.appSettingsUrl(own, at)).toBe('https://github.com/settings/apps/acme-agents')
})

test('an App that is older than workflow_run gets a hint, and has nothing to repair', () => {
  const wanted = { permissions: { contents: 'write' }, events: ['issues', 'workflow_run'] }
  const [permissions, events] = told.permissionChecks(app, [installation], wanted, at)
  expect([permissions!.state, events!.id, events!.state]).toEqual(['ok', 'events', 'ok'])
  expect(events!.detail).toBe(
    'The App does not subscribe to workflow_run. Runs work without it; with it their pages show how the job on GitHub stands, and a lost job is found sooner.',
  )
  expect(events!.fix).toEqual({
    label: 'Subscribe on GitHub',
    url: 'https://github.com/organizations/acme/settings/apps/acme-agents/permissions',
  })
})

test('less than what is wanted is a gap, more is none', () => {
  const wanted = { permissions: { contents: 'write' }, events: [] }
  const grants = (contents: string) => [{ ...installation, permissions: { contents, metadata: 'read' } }]
  expect(told.permissionChecks(app, grants('read'), wanted, at)[0]!.detail).toContain(
    'acme has not approved contents: write',
  )
  expect(told.permissionChecks(app, grants('admin'), wanted, at).map(({ state }) => state)).toEqual(['ok'])
})

test('a webhook is proved by a delivery that was answered and stored; anything less says what to do', () => {
  const delivery = { event: 'ping', ok: true, statusCode: 202, seconds: 0.8, stored: true }
  const state = (deliveries: (typeof delivery)[], askedAgain = false, url = hook) =>
    told.webhookCheck({ url, deliveries, askedAgain }, hook, 'https://github.com/settings')
  expect(state([delivery])).toMatchObject({ state: 'ok', detail: 'GitHub’s ping arrived in 0.8 s.' })
  expect(state([])).toMatchObject({ state: 'waiting' })
  const refused = { ...delivery, ok: false, statusCode: 503, stored: false }
  expect(state([refused], true)).toMatchObject({ state: 'waiting', detail: expect.stringContaining('503') })
  expect(state([refused])).toMatchObject({ state: 'failed', detail: expect.stringContaining('webhook secret') })
  // Somebody else answers well there, but nothing of it reached us.
  expect(state([{ ...delivery, stored: false }])).toMatchObject({ state: 'failed' })
  expect(state([delivery], false, 'https://old.example.com')).toMatchObject({ state: 'failed' })
})

test('a clock that is off, a key that is refused and a GitHub that is away are three things', () => {
  expect(told.githubChecks({ app, skewMs: -1_000 }, at).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
  const skewed = told.githubChecks({ app, skewMs: -45_000 }, at)
  expect(skewed.find(({ id }) => id === 'clock')).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('NTP'),
  })
  expect(told.githubChecks('refused', at).map(({ id, state }) => `${id} ${state}`)).toEqual([
    'github ok',
    'token failed',
  ])
  expect(told.githubChecks('away', at).map(({ id, state }) => `${id} ${state}`)).toEqual(['github failed'])
})

test('no installation, only suspended ones, too little room', () => {
  expect(told.installationCheck(app, [], at)).toMatchObject({
    state: 'failed',
    fix: { url: 'https://github.com/apps/acme-agents/installations/new' },
  })
  expect(told.installationCheck(app, [{ ...installation, suspended: true }], at).detail).toContain('suspended')
  expect(told.diskCheck(1024 ** 2, '/tmp')).toMatchObject({ state: 'failed', detail: expect.stringContaining('1 MiB') })
  expect(told.diskCheck(1024 ** 4, '/tmp').state).toBe('ok')
})
