/**
 * From an app without an App to the first pull request, without a restart: two replicas wait for set-up, one browser
 * uses the token of the log, GitHub makes the App, both replicas turn into the app, and what was stored is sealed.
 */
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'

import { expect, onTestFinished, test } from 'vitest'

import type { RunList } from '../../app/contracts/api.ts'
import { REPOSITORY } from '../stack/world.ts'
import { createOnGitHub, openSetUpWorld, setUpClient, tokenOf } from '../support/set-up.ts'
import { startAppProcess } from '../support/app-process.ts'

const wish = { name: 'Acme agents', organization: 'acme', public: false, workflows: false, showValues: true }
const choices = { ADMINS: 'octocat' }
/** The path by which other tools know the conversion. */
const OTHER_NAME = '/auth/github-app/callback'

test('set up once, by whoever reads the log; both replicas work without a restart, and nothing lies open', async () => {
  const stage = await openSetUpWorld()
  const { world, db } = stage
  const [first, second] = [await stage.start(), await stage.start()]

  // Before set-up: closed, with a sentence.
  const hook = await fetch(`${world.appUrl}/api/github/webhooks`, { method: 'POST', body: '{}' })
  expect([hook.status, hook.headers.get('retry-after')]).toEqual([503, '60'])
  expect(await hook.json()).toMatchObject({
    code: 'setup_needed',
    detail: expect.stringContaining('no GitHub App yet'),
  })
  expect((await fetch(`${world.appUrl}/api/runs`)).status).toBe(503)
  const page = await fetch(`${world.appUrl}/runs`, { redirect: 'manual', headers: { accept: 'text/html' } })
  expect([page.status, page.headers.get('location')]).toEqual([302, '/setup'])
  for (const path of ['/livez', '/readyz', '/healthz'])
    expect((await fetch(world.appUrl + path)).status, path).toBe(200)

  // The token is for one browser, once; the other replica's is as good.
  const stranger = setUpClient(world.appUrl)
  expect((await stranger.ask('GET', '')).body).toEqual({ claimed: false, facts: null })
  expect((await stranger.claim('A'.repeat(43))).status).toBe(403)
  expect((await stranger.ask('POST', '/manifest', { ...wish, choices })).status).toBe(401)
  const token = await tokenOf(first)
  const browser = setUpClient(world.appUrl)
  expect((await browser.claim(token)).status).toBe(204)
  expect(await stranger.claim(token)).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('used already') },
  })
  const { body: shown } = await browser.ask('GET', '')
  expect(shown).toMatchObject({ claimed: true, facts: { name: 'Deckhand', asks: ['ADMINS'] } })
  expect(await browser.ask('POST', '/reach', {})).toMatchObject({ body: { reachable: true } })

  // Names that are taken, answers that belong to nobody, codes that are no codes.
  const taken = await browser.ask('POST', '/manifest', { ...wish, name: 'GitHub Actions', choices })
  expect(taken).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Choose another name') } })
  const form = (await browser.ask('POST', '/manifest', { ...wish, choices })).body as {
    action: string
    manifest: string
  }
  expect(new URL(form.action).pathname).toBe('/organizations/acme/settings/apps/new')
  const foreign = await browser.ask('POST', '/conversion', { code: 'abc', state: 'B'.repeat(43) })
  expect(foreign).toMatchObject({ status: 403, body: { detail: expect.stringContaining('does not belong') } })
  const byOtherName = await browser.ask('POST', '', { code: 'abc', state: 'B'.repeat(43) }, OTHER_NAME)
  expect(byOtherName).toMatchObject({ status: 403, body: { detail: expect.stringContaining('does not belong') } })
  const { code, state } = await createOnGitHub(world, form, wish.name)
  const old = await browser.ask('POST', '/manifest', { ...wish, name: 'Other', choices })
  const otherState = new URL((old.body as { action: string }).action).searchParams.get('state')
  const spent = await browser.ask('POST', '/conversion', { code: 'not-a-code', state: otherState })
  expect(spent).toMatchObject({ status: 410, body: { detail: expect.stringContaining('one hour and only once') } })
  expect((await browser.ask('POST', '/conversion', { code, state: otherState })).status).toBe(403)

  const done = await browser.ask('POST', '/conversion', { code, state })
  expect(done).toMatchObject({
    status: 200,
    body: {
      name: wish.name,
      installUrl: `${world.github.url}/apps/acme-agents/installations/new`,
      values: { APP_ID: String(world.github.app.id), ADMINS: 'octocat' },
    },
  })

  // Both replicas turn into the app, and set-up is gone on each.
  for (const { url } of [first, second]) {
    await expect.poll(() => statusOf(`${url}/api/session`), { timeout: 60_000 }).toBe(200)
    expect(await statusOf(`${url}/api/setup`)).toBe(404)
    expect(await statusOf(`${url}/setup`, 'text/html')).toBe(404)
  }
  expect((await browser.ask('POST', '/conversion', { code, state })).status).toBe(404)
  expect((await browser.claim(await tokenOf(second))).status).toBe(404)

  // What was stored opens nothing to whoever copies the database.
  const raw = JSON.stringify(await Promise.all((await db.collections()).map((each) => each.find().toArray())))
  expect(raw).toContain('"sealed"')
  const { privateKeyPem, webhookSecret, clientSecret, clientId } = world.github.app
  for (const secret of [privateKeyPem.split('\n')[1]!, webhookSecret, clientSecret, clientId, token]) {
    expect(raw.includes(secret)).toBe(false)
  }

  // The App works: installed, an issue becomes a pull request.
  world.github.install({ account: 'acme' })
  const issue = world.openIssue()
  world.comment(issue, '/assign-agent')
  const headers = { authorization: `Bearer ${world.apiToken}` }
  const run = async () => {
    const answer = await fetch(`${world.appUrl}/api/runs?repository=${REPOSITORY}&issue=${issue}`, { headers })
    return answer.ok ? ((await answer.json()) as RunList).runs[0] : undefined
  }
  await expect.poll(async () => (await run())?.status, { timeout: 120_000 }).toBe('succeeded')

  // Started again, it needs no set-up; under another key it says what is wrong.
  const again = await startAppProcess(stage.bare)
  expect(await statusOf(`${again.url}/api/session`)).toBe(200)
  await expect(startAppProcess({ ...stage.bare, SECRET_KEY: 'x'.repeat(32) })).rejects.toThrow(
    'SECRET_KEY is not the one under which set-up stored the App',
  )
})

test('an App that is there already is taken by its values; the environment wins over what is stored', async () => {
  const stage = await openSetUpWorld({ registered: true })
  const { world, bare } = stage
  const replica = await stage.start()
  const browser = setUpClient(world.appUrl)
  await browser.claim(await tokenOf(replica))
  const { id, privateKeyPem, clientId, clientSecret } = world.github.app
  const { webhookSecret } = world.github.app
  const values = { appId: String(id), privateKey: privateKeyPem, webhookSecret, clientId, clientSecret, choices }
  const wrongKey = otherKey()
  expect(await browser.ask('POST', '/existing', { ...values, privateKey: wrongKey })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('does not take this private key') },
  })
  expect(await browser.ask('POST', '/existing', { ...values, webhookSecret: 'development' })).toMatchObject({
    status: 422,
    body: {
      detail: expect.stringContaining('WEBHOOK_SECRET'),
      errors: [{ path: 'WEBHOOK_SECRET', message: expect.stringMatching(/^is the public constant/) }],
    },
  })
  const odd = { ...values, appId: '', choices: { ...choices, ADMINS: 'a b,,!!,a b' } }
  expect(await browser.ask('POST', '/existing', odd)).toMatchObject({
    status: 422,
    body: {
      errors: [
        { path: 'APP_ID', message: 'is missing.' },
        { path: 'ADMINS', message: 'holds an entry that is not a GitHub login: `a b`. Correct it.' },
        { path: 'ADMINS', message: 'holds an entry that is not a GitHub login: `!!`. Correct it.' },
      ],
    },
  })
  expect((await browser.ask('POST', '/existing', values)).status).toBe(200)
  await expect.poll(() => statusOf(`${replica.url}/api/session`), { timeout: 60_000 }).toBe(200)

  // A webhook secret of the environment replaces the stored one.
  const secret = 'e'.repeat(40)
  const other = await startAppProcess({ ...bare, WEBHOOK_SECRET: secret })
  onTestFinished(() => other.kill())
  const signed = async (url: string, key: string) => {
    const body = '{"zen":"x"}'
    const headers = {
      'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
      'x-github-event': 'ping',
      'x-github-delivery': randomUUID(),
      'content-type': 'application/json',
    }
    return (await fetch(`${url}/api/github/webhooks`, { method: 'POST', headers, body })).status
  }
  expect(await signed(other.url, secret)).toBe(202)
  expect(await signed(other.url, webhookSecret)).toBe(401)
  expect(await signed(replica.url, webhookSecret)).toBe(202)
})

async function statusOf(url: string, accept = 'application/json'): Promise<number> {
  const response = await fetch(url, { headers: { accept }, redirect: 'manual' }).catch(() => null)
  await response?.arrayBuffer()
  return response?.status ?? 0
}

function otherKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
}
