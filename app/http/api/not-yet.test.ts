/** Paths that nothing stands behind yet: a sentence for who may, and nothing more than elsewhere for who may not. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { apiWorld } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'
import { INSTRUCTIONS_CHARS_MAX } from '../../contracts/api.ts'

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

test('a prompt is refused with the sentence that a comment gets, after who asks and what they say', async () => {
  const run = await world.request({ number: 1 })
  const prompt = (body: unknown, who?: Who, id = run.id) => send('POST', `/api/runs/${id}/prompt`, body, who)
  expect(await prompt({ prompt: 'Use tabs.' }, 'writer')).toMatchObject({
    status: 409,
    json: {
      code: 'not_allowed_now',
      detail: '`/agent say` does not work yet. Use `/agent status`, `/agent cancel` or `/agent help`.',
      runId: run.id,
    },
  })
  for (const body of [{}, { prompt: '' }, { prompt: 'x'.repeat(INSTRUCTIONS_CHARS_MAX + 1) }]) {
    expect(await prompt(body, 'writer')).toMatchObject({ status: 422 })
  }
  expect(await prompt({ prompt: 'Use tabs.' })).toMatchObject({ status: 401 })
  expect(await prompt({ prompt: 'Use tabs.' }, 'reader')).toMatchObject({
    status: 403,
    json: { detail: 'You can read shop, but prompting this run needs write access.' },
  })
  expect(await refusedActs('run.prompt')).toMatchObject([
    { actor: 'token:reader', target: `run:${run.id}`, issue: 1, reason: 'needs_write', via: 'api' },
  ])
  const hidden = await world.request({ repository: vault, number: 9 })
  expect(await prompt({ prompt: 'Use tabs.' }, 'reader', hidden.id)).toMatchObject({ status: 404 })
  expect(await prompt({ prompt: 'Use tabs.' }, 'reader', 'r_0000000000')).toMatchObject({ status: 404 })
  expect(await world.engine.load(run.id)).toMatchObject({ seq: run.seq })
})

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
