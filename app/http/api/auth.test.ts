/** Signing in and out over real HTTP, with everything that somebody else may try on the way. */
import { afterEach, expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { PUBLIC_URL } from '../../../test/stack/api/world.ts'
import type { ApiWorld, Reply } from '../../../test/stack/api/world.ts'

let world: ApiWorld
onceInApiWorld((made) => (world = made))
afterEach(() => {
  world.github.person = { id: 583_231, login: 'octocat' }
  world.github.failWith = null
})

/** `name=value` of the cookies that an answer sets; one that it clears is left out. */
function cookiesOf(reply: Reply): string {
  const set = reply.headers['set-cookie'] ?? []
  return set
    .filter((c) => !c.includes('Max-Age=0'))
    .map((c) => c.split(';')[0]!)
    .join('; ')
}

async function leaveForGitHub(returnTo = '/runs') {
  const start = await world.ask(`/api/auth/github?returnTo=${encodeURIComponent(returnTo)}`)
  const there = await fetch(start.headers.location!, { redirect: 'manual' })
  const back = new URL(there.headers.get('location')!)
  return { start, cookie: cookiesOf(start), back: back.pathname + back.search }
}

test('a person signs in, is known, and signs out', async () => {
  const { start, cookie, back } = await leaveForGitHub('/runs/r_8k2f0q7w3z?tab=logs')
  expect(start.status).toBe(302)
  const authorize = new URL(start.headers.location!)
  expect(Object.fromEntries(authorize.searchParams)).toMatchObject({
    client_id: 'Iv1.demo',
    redirect_uri: `${PUBLIC_URL}/api/auth/github/callback`,
    code_challenge_method: 'S256',
  })
  const done = await world.ask(back, { headers: { cookie } })
  expect(done).toMatchObject({ status: 302, headers: { location: '/runs/r_8k2f0q7w3z?tab=logs' } })
  const set = done.headers['set-cookie']!.find((c) => c.startsWith('__Host-deckhand='))
  expect(set).toMatch(/^__Host-deckhand=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/)

  const as = cookiesOf(done)
  const me = await world.ask('/api/session', { as })
  expect(me.json).toEqual({
    user: { id: 583_231, login: 'octocat', avatarUrl: 'https://avatars.githubusercontent.com/u/583231', admin: false },
    loginUrl: '/api/auth/github',
    notice: 'A place to try things.',
    version: '0.1.0',
  })
  expect(await world.ask('/api/auth/logout', { method: 'POST', as, body: {} })).toMatchObject({ status: 204 })
  expect((await world.ask('/api/session', { as })).json.user).toBeNull()
})

test("a person's token is used once and kept nowhere", async () => {
  const { cookie, back } = await leaveForGitHub()
  await world.ask(back, { headers: { cookie } })
  const [token] = world.github.tokensUsed.slice(-1)
  expect(world.github.tokensUsed.filter((t) => t === token)).toHaveLength(1)
  const stored = await Promise.all(
    ['sessions', 'sign_ins'].map((name) => world.connection.collection(name).find().toArray()),
  )
  expect(JSON.stringify(stored)).not.toContain(token)
})

test('an admin of this installation is told so', async () => {
  const as = await world.signIn({ id: 480_938, login: 'Hubot' })
  expect((await world.ask('/api/session', { as })).json.user).toMatchObject({ admin: true })
})

test('a state comes back once', async () => {
  const { cookie, back } = await leaveForGitHub()
  expect((await world.ask(back, { headers: { cookie } })).headers.location).toBe('/runs')
  const again = await world.ask(back, { headers: { cookie } })
  expect(again).toMatchObject({ status: 302, headers: { location: '/login?problem=expired' } })
  expect(cookiesOf(again)).toBe('')
})

test('a link that somebody else began signs nobody in', async () => {
  const { back } = await leaveForGitHub()
  const victim = await leaveForGitHub()
  for (const cookie of ['', victim.cookie]) {
    const reply = await world.ask(back, { headers: { cookie } })
    expect(reply.headers.location).toBe('/login?problem=expired')
    expect(cookiesOf(reply)).toBe('')
  }
})

test('of two tabs that sign in at once, the first to come back does not spoil what the other has begun', async () => {
  const first = await leaveForGitHub('/runs')
  const second = await leaveForGitHub('/agents')
  // The browser has the newer cookie.
  const reply = await world.ask(first.back, { headers: { cookie: second.cookie } })
  expect(reply.headers.location).toBe('/login?problem=expired')
  expect(reply.headers['set-cookie'] ?? []).toEqual([])
  expect((await world.ask(second.back, { headers: { cookie: second.cookie } })).headers.location).toBe('/agents')
})

test('a session id that was planted before is worth nothing after signing in', async () => {
  const planted = await world.signIn({ id: 7, login: 'mallory' })
  const { cookie, back } = await leaveForGitHub()
  const done = await world.ask(back, { headers: { cookie: `${cookie}; ${planted}` } })
  expect(cookiesOf(done)).not.toContain(planted)
  expect((await world.ask('/api/session', { as: planted })).json.user).toBeNull()
})

test('Cancel on GitHub leads to the page that says so', async () => {
  world.github.person = null
  const { cookie, back } = await leaveForGitHub()
  expect((await world.ask(back, { headers: { cookie } })).headers.location).toBe('/denied')
})

test('GitHub failing leads back to the door, and where one wanted to go is kept', async () => {
  const { cookie, back } = await leaveForGitHub('/runs?status=failed')
  world.github.failWith = 503
  const reply = await world.ask(back, { headers: { cookie } })
  expect(reply.headers.location).toBe('/login?problem=github&returnTo=%2Fruns%3Fstatus%3Dfailed')
  expect(cookiesOf(reply)).toBe('')
})

test.each(['//evil.example', '/\\evil.example', 'https:evil.example', '\\evil.example'])(
  'row 38: returnTo=%s leads home',
  async (returnTo) => {
    const { cookie, back } = await leaveForGitHub(returnTo)
    expect((await world.ask(back, { headers: { cookie } })).headers.location).toBe('/')
  },
)

test.each<[string, Record<string, string>]>([
  ['a form of another site', { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' }],
  ['a simple text/plain fetch', { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }],
  ['JSON from a sister host', { 'sec-fetch-site': 'same-site', 'content-type': 'application/json' }],
  ['an old browser of another origin', { origin: 'https://evil.example', 'content-type': 'application/json' }],
  ['our own page without JSON', { 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' }],
])('row 36: %s changes nothing', async (_, headers) => {
  const cookie = await world.signIn()
  const run = await world.request({ number: 90 })
  for (const path of ['/api/auth/logout', `/api/runs/${run.id}/cancel`]) {
    const reply = await world.ask(path, { method: 'POST', headers: { ...headers, cookie, 'content-length': '0' } })
    expect(reply).toMatchObject({ status: 403, json: { code: 'cross_site' } })
  }
  expect((await world.ask('/api/session', { as: cookie })).json.user).not.toBeNull()
  expect((await world.engine.load(run.id))?.status).toBe('queued')
})

test('row 36: no GET changes anything', async () => {
  const cookie = await world.signIn()
  expect(await world.ask('/api/auth/logout', { as: cookie })).toMatchObject({ status: 405 })
  expect((await world.ask('/api/session', { as: cookie })).json.user).not.toBeNull()
})

test.each(['Bearer wrong', 'Bearer', 'Basic b2N0b2NhdDo=', `Bearer ${'x'.repeat(2_000)}`, 'Bearer a b'])(
  'a program with %s is told so, even where a cookie would do',
  async (authorization) => {
    const cookie = await world.signIn()
    const reply = await world.ask('/api/runs', { headers: { authorization, cookie } })
    expect(reply).toMatchObject({ status: 401, json: { code: 'unauthenticated' } })
    expect(reply.headers['www-authenticate']).toContain('Bearer')
  },
)

test('a program with its token is let in, and is nobody at the door for people', async () => {
  expect(await world.ask('/api/runs', { headers: world.bearer('reader') })).toMatchObject({ status: 200 })
  expect((await world.ask('/api/session', { headers: world.bearer('reader') })).json.user).toBeNull()
})
