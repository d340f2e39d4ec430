/** The documents of Deckhand: what comes with it, versions of what people save, and two who save at once. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { agentOnboardingStore } from './agent-onboarding.ts'
import { connect } from './connect.ts'
import type { StoreConnection } from './connect.ts'
import { documentStore, DOCUMENTS_MAX, EARLIER_VERSIONS_MAX } from './documents.ts'

const uri = databaseUri()
let connection: StoreConnection
beforeAll(async () => {
  connection = await connect(uri)
})
afterAll(async () => {
  await connection.close()
  await dropDatabase(uri)
})

const OURS = new Map([
  ['dev', 'Work well.'],
  ['qa', 'Look twice.'],
  ['infra', 'Small steps.'],
])
const open = async () => {
  const store = documentStore(connection, OURS)
  await store.ensureIndexes()
  return store
}
const by = (login: string, text: string, seen: number) => ({ text, by: login, at: 1_000 + seen, seen })

test('a document that comes with Deckhand is version 0 until somebody saves another text, and stays readable', async () => {
  const store = await open()
  expect(await store.readDocument('dev')).toMatchObject({ version: 0, text: 'Work well.', by: null, at: null })
  expect(await store.readDocument('nothing')).toBeNull()
  expect(await store.saveDocument('dev', by('octocat', 'Wörk.', 0))).toMatchObject({ version: 1, bytes: 6 })
  expect(await store.saveDocument('dev', by('hubot', 'Work more.', 1))).toMatchObject({ version: 2, by: 'hubot' })
  expect((await store.readDocument('dev'))!.versions).toMatchObject([
    { version: 2, by: 'hubot' },
    { version: 1, by: 'octocat' },
    { version: 0, by: null },
  ])
  expect((await store.readVersion('dev', 1))!.text).toBe('Wörk.')
  expect((await store.readVersion('dev', 0))!.text).toBe('Work well.')
  expect(await store.readVersion('dev', 9)).toBeNull()
  expect(await store.textsOf(['qa', 'dev', 'nothing'])).toEqual(
    new Map([
      ['qa', { version: 0, text: 'Look twice.' }],
      ['dev', { version: 2, text: 'Work more.' }],
    ]),
  )
  expect([...(await store.listDocuments())].map(([name, { version }]) => `${name} ${version}`)).toEqual([
    'dev 2',
    'infra 0',
    'qa 0',
  ])
})

test.each([0, 1])('of two who save version %i at once, one is told that it has changed', async (seen) => {
  const store = await open()
  const name = `raced-${seen}`
  if (seen > 0) await store.saveDocument(name, by('octocat', 'First.', 0))
  const answers = await Promise.all([
    store.saveDocument(name, by('octocat', 'Mine.', seen)),
    store.saveDocument(name, by('hubot', 'Yours.', seen)),
  ])
  expect(answers.filter((answer) => answer === 'changed')).toHaveLength(1)
  const kept = (await store.readDocument(name))!
  expect(kept.version).toBe(seen + 1)
  expect(answers).toContainEqual(kept)
})

test('only the last versions stay, and only so many documents are kept', async () => {
  const store = await open()
  for (let seen = 0; seen < EARLIER_VERSIONS_MAX + 3; seen++) {
    await store.saveDocument('infra', by('octocat', `Text ${seen + 1}.`, seen))
  }
  const { versions } = (await store.readDocument('infra'))!
  expect(versions.map(({ version }) => version)).toEqual([
    ...Array.from({ length: EARLIER_VERSIONS_MAX + 1 }, (_, index) => EARLIER_VERSIONS_MAX + 3 - index),
    0,
  ])
  expect(await store.readVersion('infra', 1)).toBeNull()
})

test('there is room for so many besides ours, and all of them are listed', async () => {
  await connection.collection('documents').deleteMany({})
  const store = await open()
  await store.saveDocument('qa', by('octocat', 'Ours take no room.', 0))
  const others = Array.from({ length: DOCUMENTS_MAX }, (_, n) => `other-${n}`)
  for (const name of others)
    expect(await store.saveDocument(name, by('octocat', 'Text.', 0))).toMatchObject({ version: 1 })
  expect(await store.saveDocument('one-more', by('octocat', 'Text.', 0))).toBe('full')
  expect(await store.saveDocument('dev', by('octocat', 'Ours may always be saved.', 0))).toMatchObject({ version: 1 })
  expect(await store.saveDocument('infra', by('octocat', 'This one too.', 0))).toMatchObject({ version: 1 })

  // Before ours took no room, others could have theirs.
  const early = Array.from({ length: OURS.size }, (_, n) => ({ _id: `a-${n}` as never, ...by('octocat', 'Text.', 0) }))
  await connection.collection('documents').insertMany(early.map((each) => ({ ...each, version: 1, bytes: 5 })))
  const listed = await store.listDocuments()
  expect([...listed.keys()]).toEqual([...OURS.keys(), ...others, ...early.map(({ _id }) => _id)].toSorted())
  expect([...listed.values()].filter(({ version }) => version === 0)).toEqual([])
})

test('what an agent is given has versions, too, and whoever comes second is told', async () => {
  const store = agentOnboardingStore(connection)
  await store.ensureIndexes()
  expect(await store.readOnboarding('stub')).toMatchObject({ onboardingDocRef: null, contextPacks: [], version: 0 })
  const wish = { onboardingDocRef: 'deckhand:dev', contextPacks: ['docs/a.md', 'recentLogs:2'], by: 'octocat', at: 5 }
  const answers = await Promise.all([
    store.setOnboarding('stub', { ...wish, seen: 0 }),
    store.setOnboarding('stub', { ...wish, seen: 0 }),
  ])
  expect(answers.filter((answer) => answer === null)).toHaveLength(1)
  expect(await store.setOnboarding('stub', { ...wish, contextPacks: [], by: 'hubot', seen: 1 })).toMatchObject({
    version: 2,
  })
  expect(await store.setOnboarding('stub', { ...wish, seen: 1 })).toBeNull()
  expect(await store.readOnboarding('stub')).toEqual({
    onboardingDocRef: 'deckhand:dev',
    contextPacks: [],
    version: 2,
    by: 'hubot',
    at: 5,
  })
})
