/** Each second name of a route, once: it does what the first one does, and says which it stands for. */
import { beforeEach, expect, test } from 'vitest'

import { onceInApiWorld } from '../../../test/stack/api/own-world.ts'

import type { Ask, ApiWorld } from '../../../test/stack/api/world.ts'
import { vault } from '../../../test/stack/api/runs.ts'

let world: ApiWorld

onceInApiWorld((made) => (world = made))
beforeEach(async () => {
  await world.connection.collection('runs').deleteMany({})
})

const writer = (options: Ask = {}): Ask => ({ headers: { ...world.bearer('writer'), ...options.headers }, ...options })
const post = (path: string, body: unknown, who: Parameters<ApiWorld['bearer']>[0] = 'writer') =>
  world.ask(path, { method: 'POST', body, headers: world.bearer(who) })

test('POST /agents/spawn assigns an agent', async () => {
  const body = { repository: 'acme/shop', issue: 1, agent: 'other', timeout: '30m', draft: true }
  const reply = await post('/agents/spawn', body)
  expect(reply).toMatchObject({
    status: 201,
    json: { agentId: expect.stringMatching(/^r_/), run: { agent: 'other', issue: { number: 1 } } },
    headers: { deprecation: '@1793491200', location: expect.stringContaining('/api/runs/r_') },
  })
  const { agentId } = reply.json as unknown as { agentId: string }
  expect(await world.engine.load(agentId)).toMatchObject({ draft: true, clocks: { runMs: 1_800_000 } })
  expect(await post('/agents/spawn', { repository: 'acme/..', issue: 1 })).toMatchObject({ status: 422 })
  expect(await post('/agents/spawn', { repository: 'acme/shop', issue: 2 }, 'reader')).toMatchObject({ status: 403 })
})

test('POST /agents/{id}/kill and /agents/kill-all kill, for admins only', async () => {
  const [one, two] = [await world.request({ number: 1 }), await world.request({ number: 2 })]
  expect(await post(`/agents/${one.id}/kill`, {})).toMatchObject({ status: 403 })
  expect(await post(`/agents/${one.id}/kill`, {}, 'admin')).toMatchObject({ status: 202, json: { id: one.id } })
  const all = await post('/agents/kill-all', { scope: { repository: 'acme/shop' } }, 'admin')
  expect(all.status).toBe(202)
  expect(all.json.runs.map(({ id }) => id)).toContain(two.id)
})

test('POST /api/runs/{id}/interrupt pauses, resumes and cancels', async () => {
  const run = await world.request()
  const interrupt = (body: object) => post(`/api/runs/${run.id}/interrupt`, body)
  expect((await interrupt({ action: 'pause' })).json.detail).toContain('nothing to pause')
  expect(await interrupt({ action: 'resume' })).toMatchObject({ status: 409 })
  expect(await interrupt({ action: 'stop' })).toMatchObject({ status: 422 })
  expect(await interrupt({ action: 'cancel', reason: 'not needed' })).toMatchObject({
    status: 202,
    json: { status: 'cancelled' },
  })
})

test('a work order is a Run in other words', async () => {
  const body = { repository_url: 'https://github.com/acme/shop', github_issue_number: '1', user_request: 'Small.' }
  const made = await post('/agent-work-orders', body)
  expect(made.status).toBe(201)
  const order = made.json as unknown as { agent_work_order_id: string }
  const id = order.agent_work_order_id
  expect(await world.engine.load(id)).toMatchObject({ instructions: 'Small.' })
  expect(order).toEqual({
    agent_work_order_id: id,
    repository_url: 'https://github.com/acme/shop',
    sandbox_identifier: null,
    git_branch_name: null,
    agent_session_id: null,
    workflow_type: 'agent_workflow_plan',
    sandbox_type: null,
    github_issue_number: '1',
    status: 'pending',
    current_phase: null,
    created_at: expect.any(String),
    updated_at: expect.any(String),
    github_pull_request_url: null,
    git_commit_count: 0,
    git_files_changed: 0,
    error_message: null,
  })
  expect((await world.ask(`/agent-work-orders/${id}`, writer())).json).toEqual(order)
  expect((await world.ask('/agent-work-orders?status=pending', writer())).json).toEqual([order])
  expect((await world.ask('/agent-work-orders?status=completed', writer())).json).toEqual([])
  expect((await world.ask(`/agent-work-orders/${id}/git-progress`, writer())).json).toEqual({
    agent_work_order_id: id,
    current_phase: null,
    git_commit_count: 0,
    git_files_changed: 0,
    latest_commit_message: null,
  })
  await world.cancel((await world.engine.load(id))!)
  expect((await world.ask('/agent-work-orders?status=failed', writer())).json).toMatchObject([
    { status: 'failed', error_message: expect.any(String) },
  ])
  const elsewhere = { ...body, repository_url: 'https://gitlab.com/acme/shop' }
  expect(await post('/agent-work-orders', elsewhere)).toMatchObject({ status: 422 })
  expect(await world.ask(`/agent-work-orders/${id}`)).toMatchObject({ status: 401 })
})

test('POST /agent-work-orders/{id}/prompt is refused where a prompt to the Run is', async () => {
  const { id } = await world.request()
  const first = await post(`/api/runs/${id}/prompt`, { prompt: 'Use tabs.' })
  const { detail } = first.json
  expect(first.status).toBe(409)
  const prompt = (body: object, who?: 'reader') => post(`/agent-work-orders/${id}/prompt`, body, who)
  expect(await prompt({ agent_work_order_id: id, prompt_text: 'Use tabs.' })).toMatchObject({
    status: 409,
    json: { code: 'not_allowed_now', detail, runId: id },
  })
  expect(await prompt({ prompt_text: '' })).toMatchObject({ status: 422 })
  expect(await prompt({ prompt_text: 'Use tabs.' }, 'reader')).toMatchObject({ status: 403 })
})

test('GET /repos lists what GET /api/repos does', async () => {
  const { status, json, headers } = await world.ask('/repos', writer())
  expect([status, headers['deprecation']]).toEqual([200, '@1793491200'])
  expect(json).toEqual((await world.ask('/api/repos', writer())).json)
})

test('the log of a work order goes by offset', async () => {
  const run = await world.request()
  const line = { at: '2026-01-01T00:00:00.000Z', source: 'agent' as const, level: 'info' as const }
  const lines = Array.from({ length: 5 }, (_, n) => ({ n, text: `line ${n}`, ...line }))
  await world.logs.appendLogs(run.id, run.dispatch.id, lines, Date.now())
  const texts = async (query: string) => {
    const { json } = await world.ask(`/agent-work-orders/${run.id}/logs${query}`, writer())
    return (json as unknown as { log_entries: { text: string }[] }).log_entries.map(({ text }) => text)
  }
  expect(await texts('')).toHaveLength(5)
  expect(await texts('?limit=2&offset=0')).toEqual(['line 0', 'line 1'])
  expect(await texts('?limit=2&offset=3')).toEqual(['line 3', 'line 4'])
})

test('POST /github/verify-repository says no more than the caller may know', async () => {
  const verify = async (name: string, who: Parameters<ApiWorld['bearer']>[0]) =>
    (await post('/github/verify-repository', { repository_url: `https://github.com/acme/${name}` }, who)).json
  await world.request({ repository: vault, number: 9 })
  const shop = { owner: 'acme', name: 'shop', defaultBranch: 'main' }
  expect(await verify('shop.git', 'reader')).toEqual({ is_accessible: true, repository: shop })
  expect(await verify('vault', 'reader')).toEqual({ is_accessible: false, repository: null })
  expect(await verify('nothing', 'reader')).toEqual({ is_accessible: false, repository: null })
  expect(await verify('vault', 'writer')).toMatchObject({ is_accessible: true })
})
