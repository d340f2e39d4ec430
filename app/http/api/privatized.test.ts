/** A repository that is made private after its Runs: nothing of them is told to those who cannot read it now. */
import { expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'
import { shop } from '../../../test/stack/api/runs.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { VISIBILITY_CACHE_MS } from './visibility.ts'

let world: ApiWorld
onceInApiWorld((made) => (world = made))

test('row 23: Runs, events, logs, ledger, lists, issue and badge are closed within a minute', async () => {
  const { id } = await world.request({ number: 1 })
  const passerBy = await world.signIn({ id: 77, login: 'passer-by' })
  const paths = [
    `/api/runs/${id}`,
    `/api/runs/${id}/events`,
    `/api/runs/${id}/logs`,
    `/api/runs/${id}/logs/count`,
    `/api/runs/${id}/ledger`,
    '/api/repos/acme/shop/issues/1',
    '/api/repos/acme/shop/badge',
  ]
  const statuses = async () => {
    const replies = await Promise.all(paths.map((path) => world.ask(path, { as: passerBy })))
    return replies.map(({ status }) => status)
  }
  expect(await statuses()).toEqual(paths.map(() => 200))
  expect(world.looked).toEqual([shop.id])
  expect((await world.ask('/badge/acme/shop.svg')).text).toContain('queued')
  world.private.set(shop.id, true)
  world.pass(VISIBILITY_CACHE_MS)
  expect(await statuses()).toEqual(paths.map(() => 404))
  expect((await world.ask(`/api/runs/${id}/stream`, { as: passerBy })).status).toBe(404)
  expect((await world.ask('/api/runs', { as: passerBy })).json.runs).toEqual([])
  expect((await world.ask('/api/runs?repository=acme/shop', { as: passerBy })).json.runs).toEqual([])
  for (const path of ['/badge/acme/shop.svg', '/badge/acme/shop/issues/1.svg', `/badge/runs/${id}.svg`]) {
    expect((await world.ask(path)).text).toContain('agent: none')
  }
  const octocat = await world.signIn()
  expect((await world.ask(`/api/runs/${id}`, { as: octocat })).status).toBe(200)
})

test('row 23: made-up ids end in 429 with a time to wait, not in a question to GitHub each', async () => {
  const passerBy = await world.signIn({ id: 78, login: 'curious' })
  await world.request({ number: 2 })
  world.private.set(shop.id, true)
  world.asked.length = 0
  const asks = Array.from({ length: 70 }, (_, i) => `/api/repos/acme/made-up-${i}/issues/1`)
  const statuses: number[] = []
  for (const path of asks) statuses.push((await world.ask(path, { as: passerBy })).status)
  expect(new Set(statuses)).toEqual(new Set([404, 429]))
  const refused = await world.ask(asks.at(-1)!, { as: passerBy })
  expect(refused.status).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
})
