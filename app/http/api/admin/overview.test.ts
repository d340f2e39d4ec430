/** The overview over real HTTP and a real store: of everything, and of one repository. */
import { createHash, randomUUID } from 'node:crypto'

import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../../test/stack/api/own-world.ts'
import type { ApiWorld } from '../../../../test/stack/api/world.ts'
import { vault } from '../../../../test/stack/api/runs.ts'

let world: ApiWorld
eachInApiWorld((fresh) => (world = fresh))

const overview = async (repository = '') =>
  await world.ask(`/api/admin/overview${repository && `?repository=${repository}`}`, {
    headers: world.bearer('everything'),
  })

test('counts what is under way and what ended, and tells how the house is', async () => {
  await world.request()
  await world.cancel(await world.request({ number: 2 }))
  await world.request({ repository: vault, number: 3 })
  const receivedAt = Date.now() - 5_000
  const body = Buffer.from('{}')
  const digest = createHash('sha256').update(randomUUID()).digest('hex')
  await world.admin.deliveries.insertMany([{ id: 'd-1', event: 'issues', digest, receivedAt, body }])
  await world.ask('/api/admin/kill-switch', {
    method: 'PUT',
    body: { on: true, reason: 'a flood' },
    headers: world.bearer('everything'),
  })
  world.admin.parts = [{ name: 'github', ok: false, detail: 'GitHub does not answer.' }]

  const all = await overview()
  expect(all).toMatchObject({
    status: 200,
    json: {
      repository: null,
      live: { queued: 2, running: 0, paused: 0 },
      ended: { succeeded: 0, failed: 0, cancelled: 1 },
      house: {
        killSwitch: { on: true, confirmed: true, by: 'api:everything', reason: 'a flood' },
        webhooks: { waiting: 1, oldestAt: new Date(receivedAt).toISOString(), refused: 0 },
        work: { pastDeadline: 0 },
        github: { minute: 80, minuteMax: 80 },
        parts: [{ name: 'github', ok: false, detail: 'GitHub does not answer.' }],
      },
    },
  })
  expect((await overview('acme/shop')).json).toMatchObject({
    repository: 'acme/shop',
    live: { queued: 1 },
    ended: { cancelled: 1 },
    house: null,
  })
  // Of the last 24 hours only; what is under way is counted however old it is.
  world.pass(25 * 3_600_000)
  expect((await overview()).json).toMatchObject({ live: { queued: 2 }, ended: { cancelled: 0 } })
})

test('every refused look is on record, with where it was refused', async () => {
  await world.request()
  const as = await world.signIn()
  await world.ask('/api/admin/overview', { as })
  await world.ask('/api/admin/overview?repository=acme/shop', { as })
  expect(await world.audit.listAudit({ action: 'admin.overview' })).toMatchObject([
    { actor: 'person:octocat', target: 'repository:acme/shop', repository: 'acme/shop', outcome: 'refused' },
    { actor: 'person:octocat', target: 'everything', repository: null, outcome: 'refused', reason: 'needs_admin' },
  ])
})
