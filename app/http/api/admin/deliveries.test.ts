/** Webhooks for admins over real HTTP and a real store: the list, what one held, and taking it in once more. */
import { createHash, randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../../test/stack/api/own-world.ts'
import type { ApiWorld } from '../../../../test/stack/api/world.ts'

let world: ApiWorld
eachInApiWorld((fresh) => (world = fresh))

const PATH = '/api/admin/deliveries'
const START = Date.parse('2026-01-01T00:00:00.000Z')
const everything = () => ({ headers: world.bearer('everything') })
const read = async (query = '') => {
  const { json } = await world.ask(PATH + query, everything())
  const { deliveries, next } = json as unknown as { deliveries: { id: string; state: string }[]; next: string | null }
  return { ids: deliveries.map(({ id }) => id), next }
}

async function deliver(id: string, receivedAt = START, body: Buffer = Buffer.from(JSON.stringify({ id }))) {
  const digest = createHash('sha256').update(body).digest('hex')
  await world.admin.deliveries.insertMany([{ id, event: 'issues', digest, receivedAt, body }])
}

test('are listed newest first, in pages that lose and repeat nothing, by state and by id', async () => {
  // Seven in the same millisecond, as a batch brings them.
  for (let n = 0; n < 7; n++) await deliver(`same-${n}`)
  await deliver('later', START + 1)
  await world.admin.deliveries.finishDelivery('same-3', 'refused', 'duplicate key')
  const seen: string[] = []
  let next: string | null = null
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(`?limit=3${next === null ? '' : `&after=${next}`}`)
    expect(page.ids.length).toBeLessThanOrEqual(3)
    seen.push(...page.ids)
    next = page.next
  } while (next !== null)
  expect(seen).toEqual(['later', 'same-6', 'same-5', 'same-4', 'same-3', 'same-2', 'same-1', 'same-0'])
  expect(await read('?state=refused,ignored')).toEqual({ ids: ['same-3'], next: null })
  expect((await read('?id=same-2')).ids).toEqual(['same-2'])
  expect((await read('?id=nobody')).ids).toEqual([])
  for (const query of ['?state=lost', '?after=xyz', '?limit=0', '?state[$ne]=x'])
    expect((await world.ask(PATH + query, everything())).status, query).toBe(400)
})

test('one is shown with its payload, without credentials; that it was read is on record', async () => {
  await deliver('d-1', START, Buffer.from('{"issue":{"body":"my token is ghs_secret"}}'))
  await deliver('d-2', START, Buffer.from([0x7b, 0xff, 0x7d]))
  const reply = await world.ask(`${PATH}/d-1`, everything())
  expect(reply.json).toEqual({
    delivery: expect.objectContaining({ id: 'd-1', event: 'issues', state: 'received', attempts: 0 }),
    payload: '{\n  "issue": {\n    "body": "my token is [redacted]"\n  }\n}',
    truncated: false,
  })
  expect((await world.ask(`${PATH}/d-2`, everything())).json).toMatchObject({ payload: '{\ufffd}' })
  expect((await world.ask(`${PATH}/none`, everything())).status).toBe(404)
  expect(await world.audit.listAudit({ target: 'delivery:d-1' })).toMatchObject([
    { action: 'delivery.read', actor: 'token:everything', outcome: 'allowed' },
  ])
})

test('one that is finished is taken in once more; twice is once, until it is finished again', async () => {
  await deliver('d-1')
  const { deliveries } = world.admin
  const redeliver = () => world.ask(`${PATH}/d-1/redeliver`, { method: 'POST', body: {}, ...everything() })
  expect((await redeliver()).json).toMatchObject({ redelivered: false, delivery: { state: 'received' } })
  await deliveries.claimDelivery(START, 60_000)
  await deliveries.finishDelivery('d-1', 'refused', 'gave up: GitHub was away')

  expect(await redeliver()).toMatchObject({
    status: 202,
    json: { redelivered: true, delivery: { id: 'd-1', state: 'received', reason: null, attempts: 0 } },
  })
  expect((await redeliver()).json).toMatchObject({ redelivered: false })
  expect(world.admin.arrivals).toBe(1)
  expect(await deliveries.claimDelivery(Date.now(), 60_000)).toMatchObject({ id: 'd-1', attempts: 1 })
  expect((await redeliver()).json).toMatchObject({ redelivered: false, delivery: { state: 'processing' } })
  expect((await world.audit.listAudit({ target: 'delivery:d-1' })).map(({ reason }) => reason)).toEqual([
    'under_way',
    'under_way',
    'redelivered',
    'under_way',
  ])
  const nobody = { method: 'POST', body: {}, ...everything() }
  expect((await world.ask(`${PATH}/none/redeliver`, nobody)).status).toBe(404)
})

test('what was too large to keep cannot be taken in again', async () => {
  await deliver('huge', START, randomBytes(16 * 1024 * 1024))
  const reply = await world.ask(`${PATH}/huge/redeliver`, { method: 'POST', body: {}, ...everything() })
  expect(reply).toMatchObject({ status: 409, json: { code: 'not_allowed_now' } })
})

test('they are for admins of everything alone, because they speak of every repository', async () => {
  await deliver('d-1')
  await world.request()
  world.levels.set('octocat@shop', 'admin')
  const as = await world.signIn()
  for (const who of [{ as }, { headers: world.bearer('admin') }]) {
    for (const path of [PATH, `${PATH}/d-1`]) expect((await world.ask(path, who)).status, path).toBe(403)
    expect((await world.ask(`${PATH}/d-1/redeliver`, { method: 'POST', body: {}, ...who })).status).toBe(403)
  }
  expect(await world.audit.listAudit({ actor: 'person:octocat', outcome: 'refused' })).toHaveLength(3)
})
