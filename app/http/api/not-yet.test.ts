/** Paths that nothing stands behind yet: a sentence for who may, and nothing more than elsewhere for who may not. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { apiWorld } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'

const uri = databaseUri()
let world: ApiWorld

beforeAll(async () => {
  world = await apiWorld(uri)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await dropDatabase(uri)
})

type Who = Parameters<ApiWorld['bearer']>[0]
const send = (method: 'POST' | 'PUT', path: string, body: unknown, who?: Who) =>
  world.ask(path, { method, body, headers: who ? world.bearer(who) : {} })
const get = (path: string, who: Who) => world.ask(path, { headers: world.bearer(who) })
const refusedActs = async (action: string) =>
  (await world.audit.listAudit()).filter((event) => event.action === action && event.outcome === 'refused')

test('there is nothing to advance, whether the Run goes on or has ended', async () => {
  const run = await world.request({ number: 2 })
  const advance = (who: Who) => send('POST', `/api/runs/${run.id}/advance`, { force: true }, who)
  const refusal = {
    code: 'not_allowed_now',
    detail: 'No issue waits for another one yet, so there is nothing to advance.',
  }
  expect(await advance('writer')).toMatchObject({ status: 409, json: refusal })
  expect(await advance('reader')).toMatchObject({ status: 403 })
  await world.cancel(run)
  expect(await advance('writer')).toMatchObject({ status: 409, json: refusal })
})

test('an agent has no onboarding document, and only admins of everything are told why they cannot set one', async () => {
  const found = await get('/api/agents/stub/onboarding', 'reader')
  expect([found.status, found.json]).toEqual([200, { onboardingDocRef: null, contextPacks: [] }])
  expect(await get('/api/agents/nobody/onboarding', 'reader')).toMatchObject({ status: 404 })

  const wish = { onboardingDocRef: 'docs/onboarding.md', contextPacks: ['style'] }
  const set = (name: string, who?: Who) => send('PUT', `/api/agents/${name}/onboarding`, wish, who)
  expect(await set('stub')).toMatchObject({ status: 401 })
  expect(await set('stub', 'admin')).toMatchObject({ status: 403 })
  expect(await refusedActs('agent.onboarding')).toMatchObject([
    { actor: 'token:admin', target: 'agent:stub', reason: 'needs_admin' },
  ])
  expect(await set('nobody', 'everything')).toMatchObject({ status: 404 })
  expect(await set('stub', 'everything')).toMatchObject({
    status: 409,
    json: { code: 'not_allowed_now', detail: expect.stringContaining('no onboarding documents yet') },
  })
})
