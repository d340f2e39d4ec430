/** Sessions: what a stolen database is worth, how long they last, and that a state comes back once. */
import { afterAll, beforeAll, expect, test } from 'vitest'

import { databaseUri, dropDatabase } from '../../test/stack/mongo/test-database.ts'
import { connect } from './connect.ts'
import type { StoreConnection } from './connect.ts'
import { SESSION_IDLE_MS, SESSION_TOTAL_MS, SIGN_IN_MS, sessionStore } from './sessions.ts'
import type { SessionStore } from './sessions.ts'

const uri = databaseUri()
const octocat = { id: 583_231, login: 'octocat', avatarUrl: 'https://avatars.githubusercontent.com/u/583231' }
const HOUR_MS = 3_600_000
const start = Date.now()
let connection: StoreConnection
let sessions: SessionStore

beforeAll(async () => {
  connection = await connect(uri)
  sessions = sessionStore(connection)
  await sessions.ensureIndexes()
})
afterAll(async () => {
  await connection.close()
  await dropDatabase(uri)
})

test('the id that the browser holds stands nowhere in the database', async () => {
  const id = await sessions.open(octocat, start)
  expect(await sessions.read(id, start)).toEqual(octocat)
  const stored = await connection.collection('sessions').find().toArray()
  expect(JSON.stringify(stored)).not.toContain(id)
  expect(await sessions.read(String(stored[0]!._id), start)).toBeNull()
})

test('use keeps a session for 12 more hours, and 7 days in all', async () => {
  const id = await sessions.open(octocat, start)
  let now = start
  while (now + 11 * HOUR_MS < start + SESSION_TOTAL_MS) {
    now += 11 * HOUR_MS
    expect(await sessions.read(id, now)).toEqual(octocat)
  }
  expect(await sessions.read(id, start + SESSION_TOTAL_MS)).toBeNull()
})

test('12 hours without use end a session, and so does signing out', async () => {
  const [idle, left] = [await sessions.open(octocat, start), await sessions.open(octocat, start)]
  expect(await sessions.read(idle, start + SESSION_IDLE_MS)).toBeNull()
  await sessions.close(left)
  await sessions.close(left)
  expect(await sessions.read(left, start)).toBeNull()
})

test.each(['', 'short', '{"$ne":1}', 'a'.repeat(44), '.'.repeat(43)])('%j is no session', async (id) => {
  expect(await sessions.read(id, start)).toBeNull()
})

test('a state comes back once, within ten minutes', async () => {
  const { state, verifier } = await sessions.beginSignIn('/runs', start)
  const [first, second] = await Promise.all([sessions.finishSignIn(state, start), sessions.finishSignIn(state, start)])
  expect([first, second].filter(Boolean)).toEqual([{ verifier, returnTo: '/runs' }])
  const late = await sessions.beginSignIn('/runs', start)
  expect(await sessions.finishSignIn(late.state, start + SIGN_IN_MS)).toBeNull()
  expect(await sessions.finishSignIn('nothing', start)).toBeNull()
})

test('MongoDB forgets both by itself', async () => {
  for (const name of ['sessions', 'sign_ins']) {
    const indexes = await connection.collection(name).indexes()
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }))
  }
})
