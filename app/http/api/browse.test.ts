/** What the pages of issues, repositories and agents read, over real HTTP: only what the reader may know. */
import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import { openIssue } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import type { AgentBody, IssueListBody, RepositoryBody, RepositoryList, VerifyBody } from '../../contracts/browse.ts'

let world: ApiWorld
let as: string

eachInApiWorld(async (fresh) => {
  world = fresh
  as = await world.signIn()
})

async function get<T>(path: string): Promise<T> {
  const { status, json } = await world.ask(path, { as })
  expect([path, status]).toEqual([path, 200])
  return json as unknown as T
}

test('open issues across repositories: newest change first, with the newest Run, and nothing of what is hidden', async () => {
  world.issues.set('shop#2', { ...openIssue, title: 'Sort by date' })
  world.issues.set('shop#3', { ...openIssue, state: 'closed' })
  world.issues.set('vault#9', { ...openIssue, title: 'Rotate the keys' })
  const run = await world.request({ number: 1 })
  await world.request({ repository: vault, number: 9 })

  const all = await get<IssueListBody>('/api/issues')
  expect(all.issues.map(({ number, run: newest }) => [number, newest?.id ?? null])).toEqual([
    [2, null],
    [1, run.id],
  ])
  expect(all.repositories).toEqual(['acme/shop'])
  const numbers = async (query: string) =>
    (await get<IssueListBody>(`/api/issues?${query}`)).issues.map((i) => i.number)
  expect(await numbers('run=live')).toEqual([1])
  expect(await numbers('run=none')).toEqual([2])
  expect(await numbers('run=ended')).toEqual([])
  expect(await numbers('q=DATE%20sort')).toEqual([2])
  expect(await numbers('q=%231')).toEqual([1])
  expect(await numbers('repository=acme/shop')).toEqual([2, 1])
  expect((await world.ask('/api/issues?repository=acme/vault', { as })).status).toBe(404)
  expect((await world.ask('/api/issues?repository=acme', { as })).status).toBe(400)

  world.levels.set('octocat@vault', 'read')
  world.pass(61_000)
  expect((await get<IssueListBody>('/api/issues')).issues.map(({ number }) => number)).toEqual([9, 2, 1])
})

test('when GitHub is away there is no list, and the answer says so', async () => {
  await world.request()
  world.githubIsAway = true
  const { status, json } = await world.ask('/api/issues', { as })
  expect([status, json.detail]).toEqual([503, 'GitHub could not be asked just now. Try again in a minute.'])
})

test('the repositories of the App are listed as far as the reader may read them, and whether there are more', async () => {
  const shop = { id: 101, owner: 'acme', name: 'shop', private: false, defaultBranch: 'main' }
  const hidden = { ...shop, id: 102, name: 'vault', private: true }
  expect(await get<RepositoryList>('/api/repos')).toEqual({ repositories: [shop], more: false })
  expect((await world.ask('/api/repos', { headers: world.bearer('reader') })).json).toMatchObject({
    repositories: [shop],
  })
  world.levels.set('octocat@vault', 'read')
  world.pass(61_000)
  world.moreInstalled = true
  expect(await get<RepositoryList>('/api/repos')).toEqual({ repositories: [shop, hidden], more: true })
  expect(await world.ask('/api/repos')).toMatchObject({ status: 401 })
  world.githubIsAway = true
  expect(await world.ask('/api/repos', { as })).toMatchObject({ status: 503 })
})

test('a list of repositories says when GitHub did not tell of one; with none left it is no list at all', async () => {
  world.levels.set('octocat@vault', 'read')
  world.untold.add('octocat@vault')
  expect(await get<RepositoryList>('/api/repos')).toMatchObject({ repositories: [{ name: 'shop' }], more: true })
  world.private.set(101, true)
  world.untold.add('octocat@shop')
  world.pass(61_000)
  expect(await world.ask('/api/repos', { as })).toMatchObject({ status: 503 })
})

test('a repository tells its settings, and what its reader may not do and why', async () => {
  const found = await get<RepositoryBody>('/api/repos/acme/shop')
  expect(found).toMatchObject({ labelRemovalCancels: true, allowedBots: ['renovate[bot]'], notify: 'needs-me' })
  expect(found).toMatchObject({ triggerLabel: 'agent', executor: 'acme/shop', start: { allowed: true, why: null } })
  expect(found.sandboxes.map(({ name, available, why }) => [name, available, why])).toEqual([
    ['e2b', false, 'E2B_API_KEY is not set.'],
    ['local', true, null],
    ['docker', false, 'Coming soon.'],
  ])
  world.levels.set('octocat@shop', 'read')
  world.pass(61_000)
  expect((await get<RepositoryBody>('/api/repos/acme/shop')).start).toEqual({
    allowed: false,
    why: 'You can read shop, but starting a run needs write access.',
  })
  expect((await world.ask('/api/repos/acme/vault', { as })).status).toBe(404)
})

test('verifying access tells every permission that is missing, and needs write access', async () => {
  world.permissions = { ...world.permissions, checks: 'read' }
  const verify = () => world.ask('/api/repos/acme/shop/verify', { method: 'POST', as, body: {} })
  const { status, json } = await verify()
  const body = json as unknown as VerifyBody
  expect([status, body.ok]).toEqual([200, false])
  expect(body.permissions.filter(({ ok }) => !ok)).toEqual([
    { name: 'checks', needed: 'write', granted: 'read', ok: false },
  ])
  world.levels.set('octocat@shop', 'read')
  world.pass(61_000)
  const refused = await verify()
  expect(refused.status).toBe(403)
  expect(refused.json.detail).toBe('You can read shop, but verifying access needs write access.')
})

test('figures of agents count Runs of repositories that the reader may read', async () => {
  const run = await world.request({ number: 1 })
  await world.cancel(run)
  await world.request({ number: 2 })
  await world.request({ repository: vault, number: 9 })
  const { agents } = await get<{ agents: AgentBody[] }>('/api/agents')
  expect(agents.map(({ name, isDefault }) => [name, isDefault])).toEqual([
    ['stub', true],
    ['other', false],
  ])
  expect(agents[0]!.figures).toMatchObject({ days: 30, runs: 2, repositories: 1, successRate: null })
  const hubot = await world.signIn({ id: 1, login: 'hubot' })
  const { json } = await world.ask('/api/agents/stub', { as: hubot })
  expect((json as unknown as AgentBody).figures).toMatchObject({ runs: 3, repositories: 2 })
  world.pass(31 * 86_400_000)
  const later = await world.signIn()
  const old = await world.ask('/api/agents/stub', { as: later })
  expect((old.json as unknown as AgentBody).figures.runs).toBe(0)
  expect((await world.ask('/api/agents/nobody', { as: later })).status).toBe(404)
})
