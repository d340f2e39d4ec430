/** C23: who administers everything, what the others are told, and that GitHub's silence makes nobody an admin. */
import { expect, test, vi } from 'vitest'

import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { OWNER_CACHE_MS, Owners } from './owners.ts'

let world: ApiWorld
eachInApiWorld((fresh) => (world = fresh))

const SYSTEM = '/api/admin/overview'

test('the owner of the App administers everything; repository admins their own; others nothing', async () => {
  const [shopRun, vaultRun] = [await world.request(), await world.request({ repository: vault, number: 2 })]
  const [owner, maintainer, stranger] = [
    await world.signIn({ id: 1, login: 'monalisa' }),
    await world.signIn({ id: 2, login: 'hubot-fan' }),
    await world.signIn({ id: 3, login: 'passer-by' }),
  ]
  world.owners.add('monalisa')
  world.levels.set('hubot-fan@shop', 'maintain')
  const status = async (path: string, as: string) => (await world.ask(path, { as })).status

  expect((await world.ask('/api/session', { as: owner })).json.user).toMatchObject({ login: 'monalisa', admin: true })
  expect((await world.ask('/api/admin', { as: owner })).json).toEqual({ everything: true, repositories: [] })
  for (const path of [SYSTEM, `${SYSTEM}?repository=acme/vault`, `/api/runs/${vaultRun.id}`])
    expect(await status(path, owner), path).toBe(200)

  expect((await world.ask('/api/admin', { as: maintainer })).json).toEqual({
    everything: false,
    repositories: ['acme/shop'],
  })
  expect(await status(`${SYSTEM}?repository=acme/shop`, maintainer)).toBe(200)
  expect(await status(SYSTEM, maintainer)).toBe(403)
  // What one may not know of does not exist; what one may read and not administer is refused.
  expect(await status(`${SYSTEM}?repository=acme/vault`, maintainer)).toBe(404)
  expect(await status(`${SYSTEM}?repository=acme/nowhere`, maintainer)).toBe(404)
  expect(await status(`${SYSTEM}?repository=acme/shop`, stranger)).toBe(403)
  expect((await world.ask('/api/admin', { as: stranger })).json).toEqual({ everything: false, repositories: [] })
  expect(await status(SYSTEM, stranger)).toBe(403)
  expect((await world.ask(SYSTEM)).status).toBe(401)
  const kill = { method: 'POST', body: { reason: 'mine' } }
  expect((await world.ask(`/api/runs/${shopRun.id}/kill`, { ...kill, as: stranger })).status).toBe(403)
  expect((await world.ask(`/api/runs/${shopRun.id}/kill`, { ...kill, as: owner })).status).toBe(202)
})

test('who sold the App is an admin for a minute at most, and GitHub being away makes nobody one', async () => {
  const as = await world.signIn({ id: 1, login: 'monalisa' })
  const may = async () => (await world.ask(SYSTEM, { as })).status === 200
  world.owners.add('monalisa')
  expect(await may()).toBe(true)
  world.owners.delete('monalisa')
  expect(await may(), 'remembered').toBe(true)
  world.pass(OWNER_CACHE_MS)
  expect(await may()).toBe(false)

  world.owners.add('monalisa')
  world.pass(OWNER_CACHE_MS)
  world.githubIsAway = true
  expect(await may()).toBe(false)
  world.githubIsAway = false
  world.pass(10_000)
  expect(await may(), 'asked again soon').toBe(true)
})

test('a GitHub that does not answer holds nobody up, and its late answer counts', async () => {
  vi.useFakeTimers()
  try {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const owners = new Owners({ ownsApp: () => promise, now: () => 0 })
    const first = owners.owns({ id: 1, login: 'monalisa' })
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await first).toBe(false)
    resolve(true)
    expect(await owners.owns({ id: 1, login: 'monalisa' })).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})
