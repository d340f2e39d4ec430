/** What agents are given to read, over the API: everybody reads it, admins of everything change it, and it is on record. */
import { expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'

import type { ApiWorld } from '../../../test/stack/api/world.ts'

let world: ApiWorld

onceInApiWorld((made) => (world = made))

type Who = Parameters<ApiWorld['bearer']>[0]
const headersOf = (who?: Who) => (who ? world.bearer(who) : {})
const get = (path: string, who: Who = 'reader') => world.ask(path, { headers: headersOf(who) })
const put = (path: string, body: unknown, who?: Who) =>
  world.ask(path, { method: 'PUT', body, headers: headersOf(who) })
const acts = async (target: string) =>
  (await world.audit.listAudit())
    .filter((event) => event.target === target)
    .map(({ action, actor, outcome, reason }) => `${actor} ${action} ${outcome} ${reason}`)
    .toReversed()

const STUB = '/api/agents/stub/onboarding'
const NOTHING = { onboardingDocRef: null, contextPacks: [], version: 0, sees: [], tokens: 0 }

test('an admin of everything sets what an agent reads, and nobody else does', async () => {
  expect(await get(STUB)).toMatchObject({
    status: 200,
    json: { ...NOTHING, edit: { allowed: false, why: 'Only an admin of this Deckhand may change this.' } },
  })
  const wish = { onboardingDocRef: 'deckhand:dev', contextPacks: ['docs/a.md', 'recentLogs:2'] }
  expect(await put(STUB, wish)).toMatchObject({ status: 401 })
  expect(await put(STUB, wish, 'admin')).toMatchObject({ status: 403 })
  const set = await put(STUB, wish, 'everything')
  expect(set).toMatchObject({
    status: 200,
    json: {
      ...wish,
      version: 1,
      updatedBy: 'api:everything',
      edit: { allowed: true, why: null },
      sees: [
        { ref: 'deckhand:dev', kind: 'document', version: 0, bytes: 11, tokens: 3, atMost: false },
        { ref: 'docs/a.md', kind: 'file', version: null, atMost: true },
        { ref: 'recentLogs:2', kind: 'logs', version: null, atMost: true },
      ],
    },
  })
  expect((await get(STUB)).json).toMatchObject({ ...wish, version: 1 })
  // Without context packs those that are there stay; the same again is no change.
  expect((await put(STUB, { onboardingDocRef: 'deckhand:dev' }, 'everything')).json).toMatchObject({
    ...wish,
    version: 1,
  })
  const other = await put(STUB, { onboardingDocRef: null, contextPacks: [], version: 1 }, 'everything')
  expect(other.json).toMatchObject({ ...NOTHING, version: 2 })
  const late = await put(STUB, { ...wish, version: 1 }, 'everything')
  expect(late).toMatchObject({ status: 409, json: { code: 'not_allowed_now' } })
  expect(late.json.detail).toContain('it is version 2 now')
  expect(await acts('agent:stub')).toEqual([
    'token:admin agent.onboarding refused needs_admin',
    'token:everything agent.onboarding allowed changed',
    'token:everything agent.onboarding allowed unchanged',
    'token:everything agent.onboarding allowed changed',
  ])
})

test('an agent that there is not has nothing to read, for whoever asks', async () => {
  const missing = '/api/agents/nobody/onboarding'
  expect(await get(missing)).toMatchObject({ status: 404 })
  expect(await put(missing, { onboardingDocRef: null }, 'everything')).toMatchObject({ status: 404 })
})

test.each([
  [{ onboardingDocRef: '../../etc/passwd' }, 'onboardingDocRef'],
  [{ onboardingDocRef: '/etc/passwd' }, 'onboardingDocRef'],
  [{ onboardingDocRef: 'docs/a\u0000.md' }, 'onboardingDocRef'],
  [{ onboardingDocRef: 'deckhand:unknown' }, 'onboardingDocRef'],
  [{ onboardingDocRef: 'recentLogs:1' }, 'onboardingDocRef'],
  [{ onboardingDocRef: null, contextPacks: ['docs/a.md', 'recentLogs:11'] }, 'contextPacks.1'],
  [{ onboardingDocRef: null, contextPacks: ['a.md', 'a.md'] }, 'contextPacks.1'],
  [{ onboardingDocRef: null, contextPacks: Array.from({ length: 21 }, (_, n) => `${n}.md`) }, 'contextPacks'],
  [{ onboardingDocRef: 'x'.repeat(301) }, 'onboardingDocRef'],
  [{ onboardingDocRef: null, contextPacks: [7] }, 'contextPacks.0'],
])('%j is refused with the field that is wrong', async (wish, path) => {
  const { status, json } = await put('/api/agents/other/onboarding', wish, 'everything')
  expect([status, json]).toMatchObject([422, { code: 'unprocessable', errors: [{ path }] }])
  expect((await get('/api/agents/other/onboarding')).json).toMatchObject({ version: 0 })
})

test('a document is edited version by version, and an older one comes back by saving it', async () => {
  const DEV = '/api/documents/dev'
  expect((await get('/api/documents')).json).toMatchObject({
    documents: [
      { name: 'dev', version: 0 },
      { name: 'qa', version: 0 },
    ],
  })
  expect((await get(DEV)).json).toMatchObject({ text: 'Work well.\n', version: 0, latest: 0, edit: { allowed: false } })
  const body = { text: '# Dev\r\n\r\n<script>alert(1)</script>\r\n', version: 0 }
  expect(await put(DEV, body)).toMatchObject({ status: 401 })
  expect(await put(DEV, body, 'admin')).toMatchObject({ status: 403 })
  const plain = '# Dev\n\n<script>alert(1)</script>\n'
  expect(await put(DEV, body, 'everything')).toMatchObject({
    status: 200,
    json: { text: plain, version: 1, latest: 1 },
  })
  const lost = await put(DEV, { text: 'Mine.', version: 0 }, 'everything')
  expect(lost).toMatchObject({ status: 409, json: { detail: expect.stringContaining('api:everything changed this') } })
  expect((await get(`${DEV}?version=0`)).json).toMatchObject({ text: 'Work well.\n', version: 0, latest: 1 })
  expect(await get(`${DEV}?version=7`)).toMatchObject({ status: 404 })
  expect(await get(`${DEV}?version=first`)).toMatchObject({ status: 400 })
  const restored = await put(DEV, { text: 'Work well.\n', version: 1 }, 'everything')
  expect(restored.json).toMatchObject({ text: 'Work well.\n', version: 2 })
  expect((await put(DEV, { text: 'Work well.\n', version: 2 }, 'everything')).json).toMatchObject({ version: 2 })
  expect(await acts('document:dev')).toEqual([
    'token:admin document.saved refused needs_admin',
    'token:everything document.saved allowed changed',
    'token:everything document.saved allowed changed',
    'token:everything document.saved allowed unchanged',
  ])
})

test('a new document begins with version 0; its text and its name have to fit', async () => {
  const save = (name: string, text: string) => put(`/api/documents/${name}`, { text, version: 0 }, 'everything')
  expect(await get('/api/documents/house-rules')).toMatchObject({ status: 404 })
  expect(await save('house-rules', 'Be kind.')).toMatchObject({ status: 200, json: { version: 1 } })
  expect(await save('House', 'Be kind.')).toMatchObject({ status: 404 })
  expect(await save('one', 'a\u001B[2Jb')).toMatchObject({ status: 422, json: { errors: [{ path: 'text' }] } })
  expect(await save('one', '   ')).toMatchObject({ status: 422 })
  expect(await save('one', 'é'.repeat(20_000))).toMatchObject({ status: 422, json: { errors: [{ path: 'text' }] } })
  expect(await save('one', 'x'.repeat(1_000_000))).toMatchObject({ status: 413 })
  expect(await save('one', '\n"'.repeat(10_000))).toMatchObject({ status: 200 })
})
