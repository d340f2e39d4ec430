/** Who may see which programs use the API, and that nothing of a token is in it. */
import { afterEach, beforeEach, expect, test } from 'vitest'

import { apiWorld } from '../../../test/stack/api/world.ts'
import { databaseUri, dropDatabase } from '../../../test/stack/mongo/test-database.ts'

let uri: string
beforeEach(() => {
  uri = databaseUri()
})
afterEach(() => dropDatabase(uri))

test('names and scopes of the API tokens are for admins of everything', async () => {
  await using world = await apiWorld(uri)
  const admin = await world.signIn({ id: 1, login: 'hubot' })
  const { status, json, text } = await world.ask('/api/admin/tokens', { as: admin })
  expect(status).toBe(200)
  expect(json.tokens).toContainEqual({ name: 'writer', repositories: 'acme/*', role: 'write' })
  expect(text).not.toContain('digest')

  const person = await world.signIn()
  expect((await world.ask('/api/admin/tokens', { as: person })).status).toBe(403)
  expect((await world.ask('/api/admin/tokens', { headers: world.bearer('admin') })).status).toBe(403)
  expect((await world.ask('/api/admin/tokens')).status).toBe(401)
  const tries = await world.audit.listAudit({ target: 'api_tokens', limit: 10 })
  expect(tries.map(({ actor, outcome }) => [actor, outcome])).toEqual([
    ['token:admin', 'refused'],
    ['person:octocat', 'refused'],
  ])
})
