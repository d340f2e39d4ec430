/** Badges over HTTP: what pages that embed them get, and what they must not tell. */
import { expect, onTestFinished, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { SECRET_KEY } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import type { Run } from '../../domain/run.ts'
import { BADGE_TOKEN_MS, signBadge } from './badges.ts'
import { VISIBILITY_CACHE_MS, VISIBILITY_FAILED_MS, VISIBILITY_KEPT_MS } from './visibility.ts'

let world: ApiWorld
let open: Run
let hidden: Run
onceInApiWorld(async (made) => {
  world = made
  open = await world.request({ number: 1 })
  hidden = await world.request({ repository: vault, number: 1 })
  world.levels.set('octocat@vault', 'read')
})

test('a public repository shows its last Run to everybody, as a picture and as data', async () => {
  for (const path of ['/badge/acme/shop', '/badge/ACME/Shop', '/badge/acme/shop/issues/1', `/badge/runs/${open.id}`]) {
    const picture = await world.ask(`${path}.svg`)
    expect(picture).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'image/svg+xml; charset=utf-8',
        'cache-control': 'public, max-age=60',
        'cross-origin-resource-policy': 'cross-origin',
      },
    })
    expect(picture.text).toContain('aria-label="agent: queued"')
    const data = await world.ask(`${path}.json`)
    expect(data.json).toEqual({ schemaVersion: 1, label: 'agent', message: 'queued', color: '#57606a' })
    const again = await world.ask(`${path}.svg`, { headers: { 'if-none-match': picture.headers.etag! } })
    expect(again).toMatchObject({ status: 304, text: '' })
  }
})

test('row 33: what is unknown, and what is private, is a grey badge and not a broken picture', async () => {
  const paths = [
    '/badge/acme/nothing',
    '/badge/acme/shop/issues/999',
    '/badge/runs/r_0000000000',
    '/badge/runs/nothing',
    '/badge/acme/vault',
    '/badge/acme/vault/issues/1',
    `/badge/runs/${hidden.id}`,
  ]
  const replies = await Promise.all(paths.map((path) => world.ask(`${path}.svg`)))
  const [first, ...rest] = replies
  expect(first!.text).toContain('agent: none')
  for (const reply of rest) {
    expect({ ...reply, headers: { ...reply.headers, date: '' } }).toEqual({
      ...first,
      headers: { ...first!.headers, date: '' },
    })
  }
})

test('while GitHub cannot be asked a public badge stays for some minutes, and no cache keeps what that rests on', async () => {
  onTestFinished(() => void (world.githubIsAway = false))
  const shown = async () => {
    const { text, headers } = await world.ask('/badge/acme/shop.svg')
    return [/aria-label="([^"]*)"/.exec(text)?.[1], headers['cache-control']]
  }
  expect(await shown()).toEqual(['agent: queued', 'public, max-age=60'])
  world.githubIsAway = true
  world.pass(VISIBILITY_CACHE_MS)
  expect(await shown()).toEqual(['agent: queued', 'no-store'])
  // What the badge may still tell opens nothing else.
  const passerBy = await world.signIn({ id: 77, login: 'passer-by' })
  expect((await world.ask(`/api/runs/${open.id}`, { as: passerBy })).status).toBe(404)
  world.pass(VISIBILITY_KEPT_MS)
  expect(await shown()).toEqual(['agent: none', 'no-store'])
  world.githubIsAway = false
  world.pass(VISIBILITY_FAILED_MS)
  expect(await shown()).toEqual(['agent: queued', 'public, max-age=60'])
})

test('a private badge that GitHub cannot be asked about is kept by no cache either', async () => {
  onTestFinished(() => void (world.githubIsAway = false))
  const as = await world.signIn({ id: 78, login: 'passer-by-too' })
  world.githubIsAway = true
  const reply = await world.ask('/badge/acme/vault.svg', { as })
  expect([reply.text.includes('agent: none'), reply.headers['cache-control']]).toEqual([true, 'no-store'])
})

test("a reader of a private repository gets addresses with a token, which shows that repository's badges alone", async () => {
  const as = await world.signIn()
  const links = (await world.ask('/api/repos/acme/vault/badge', { as })).json
  const token = new URL(links.svg).search
  expect(links.markdown).toContain(`[![agent](${links.svg})]`)
  for (const path of ['/badge/acme/vault', '/badge/acme/vault/issues/1', `/badge/runs/${hidden.id}`]) {
    expect((await world.ask(`${path}.svg${token}`)).text).toContain('agent: queued')
  }
  const other = await world.request({ repository: { ...vault, id: 103, name: 'other' }, number: 1 })
  expect((await world.ask(`/badge/runs/${other.id}.svg${token}`)).text).toContain('agent: none')
  expect((await world.ask('/api/repos/acme/vault/badge', { headers: world.bearer('reader') })).status).toBe(404)
  expect((await world.ask('/api/repos/acme/vault/badge')).status).toBe(401)
})

test('a reader who is signed in needs no token, and no shared cache keeps what is shown', async () => {
  const as = await world.signIn()
  const reply = await world.ask('/badge/acme/vault.svg', { as })
  expect(reply.text).toContain('agent: queued')
  expect(reply.headers['cache-control']).toBe('private, max-age=60')
  const links = (await world.ask('/api/repos/acme/shop/badge', { as })).json
  expect(links).toMatchObject({ svg: 'http://127.0.0.1/badge/acme/shop.svg', expiresAt: null })
})

test.each([
  ['forged', () => signBadge('x'.repeat(32), vault.id, Date.now() + BADGE_TOKEN_MS)],
  ['over', () => signBadge(SECRET_KEY, vault.id, Date.now() - 1_000)],
  ["another repository's", () => signBadge(SECRET_KEY, 999, Date.now() + BADGE_TOKEN_MS)],
  ['stretched', () => signBadge(SECRET_KEY, vault.id, Date.now() - 1_000).replace(/^[^.]+/, 'zzzzzz')],
  ['empty', () => ''],
  ['nonsense', () => '...'],
])('a token that is %s shows nothing', async (_, token) => {
  expect((await world.ask(`/badge/acme/vault.svg?t=${token()}`)).text).toContain('agent: none')
})
