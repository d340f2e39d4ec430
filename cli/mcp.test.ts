/** The MCP server as a process of its own, driven by the protocol's own client, against the real API. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

import { onceInApiWorld } from '../test/stack/api/own-world.ts'

import type { ApiWorld } from '../test/stack/api/world.ts'
import { binding } from '../test/support/story.ts'
import { ownEnvironment } from '../test/support/own-environment.ts'

const MAIN = fileURLToPath(new URL('mcp.ts', import.meta.url))
let world: ApiWorld

onceInApiWorld((made) => (world = made))
beforeEach(async () => {
  await world.connection.collection('runs').deleteMany({})
})

async function connected(who: Parameters<ApiWorld['bearer']>[0], ...args: string[]): Promise<Client> {
  const token = world.bearer(who)['authorization']!.slice('Bearer '.length)
  const env = { PATH: process.env['PATH'] ?? '', DECKHAND_URL: world.url, DECKHAND_TOKEN: token }
  const client = new Client({ name: 'a test', version: '1.0.0' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [MAIN, ...args], env }))
  onTestFinished(() => client.close())
  return client
}

interface Called {
  text: string
  isError: boolean
}
async function call(client: Client, name: string, args: Record<string, unknown>): Promise<Called> {
  const result = (await client.callTool({ name, arguments: args })) as {
    content: { text: string }[]
    isError?: boolean
  }
  return { text: result.content[0]!.text, isError: result.isError === true }
}
const toolsOf = async (client: Client) => (await client.listTools()).tools

test('it reads only, unless it is allowed more', async () => {
  const client = await connected('everything')
  const tools = await toolsOf(client)
  expect(tools.map(({ name }) => name)).toEqual(['list_runs', 'get_run'])
  for (const { annotations, description } of tools) {
    expect(annotations).toMatchObject({ readOnlyHint: true })
    expect(description).not.toBe('')
  }
  expect(await call(client, 'assign_agent', { issue: 'acme/shop#1' })).toMatchObject({ isError: true })
  expect(await world.connection.collection('runs').countDocuments()).toBe(0)
})

test('Runs are listed and shown as the API tells them', async () => {
  const run = await world.request()
  const client = await connected('reader')
  const listed = await call(client, 'list_runs', { status: ['queued'], repository: 'acme/shop' })
  expect(JSON.parse(listed.text)).toMatchObject({ runs: [{ id: run.id, status: 'queued' }], next: null })
  expect(JSON.parse((await call(client, 'list_runs', { status: ['failed'] })).text)).toMatchObject({ runs: [] })
  expect(JSON.parse((await call(client, 'get_run', { run_id: run.id })).text)).toMatchObject({ id: run.id })
})

test('with leave an issue is assigned and its Run cancelled', async () => {
  const client = await connected('writer', '--allow-writes')
  const assigned = await call(client, 'assign_agent', { issue: 'acme/shop#1', instructions: 'Keep it small.' })
  expect(assigned.isError).toBe(false)
  const { id } = JSON.parse(assigned.text) as { id: string }
  expect(await world.engine.load(id)).toMatchObject({ instructions: 'Keep it small.', issue: { number: 1 } })
  const cancelled = await call(client, 'cancel_run', { run_id: id, reason: 'not needed' })
  expect(JSON.parse(cancelled.text)).toMatchObject({ id, status: 'cancelled' })
  const write = (await toolsOf(client)).find(({ name }) => name === 'cancel_run')
  expect(write?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true })
})

test('with leave the agent of a Run is told something, which destroys nothing', async () => {
  const { id, dispatch } = await world.request()
  const client = await connected('writer', '--allow-writes')
  expect(await call(client, 'say', { run_id: id, text: 'Use tabs.' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('is still queued, so there is nothing to say.'),
  })
  await world.engine.submit(id, { type: 'bind', dispatchId: dispatch.id, binding, at: Date.now() })
  expect(await call(client, 'say', { run_id: id, text: 'Use tabs.' })).toMatchObject({ isError: false })
  expect((await world.engine.load(id))?.messages).toMatchObject([{ by: 'api:writer', text: 'Use tabs.' }])
  expect(await call(client, 'say', { run_id: id, text: '' })).toMatchObject({ isError: true })
  const say = (await toolsOf(client)).find(({ name }) => name === 'say')
  expect(say?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: false })
})

test('what a comment can say of a Run, the tool can say too', async () => {
  world.heads.set('next', 'b'.repeat(40))
  const client = await connected('writer', '--allow-writes')
  const options = { base: 'next', timeout: '30m', draft: true }
  const gateless = await call(client, 'assign_agent', { issue: 'acme/shop#1', ...options, gate: 'none' })
  expect(gateless).toMatchObject({ isError: true, text: expect.stringContaining('needs maintain or admin access') })
  const planned = await call(client, 'assign_agent', { issue: 'acme/shop#1', ...options, plan: true })
  expect(planned).toMatchObject({ isError: true, text: expect.stringContaining('`plan` does not work yet.') })
  const assigned = await call(client, 'assign_agent', {
    issue: 'acme/shop#1',
    ...options,
    dryRun: true,
    priority: 'low',
  })
  expect(assigned.isError).toBe(false)
  const { id } = JSON.parse(assigned.text) as { id: string }
  expect(await world.engine.load(id)).toMatchObject({
    baseRef: 'next',
    draft: true,
    dryRun: true,
    priority: 'low',
    clocks: { runMs: 1_800_000, agentMs: 1_800_000 },
  })
})

test('a refusal is told in words, and what does not fit is not sent', async () => {
  const client = await connected('reader', '--allow-writes')
  const refused = await call(client, 'assign_agent', { issue: 'acme/shop#1' })
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('write access') })
  expect(await call(client, 'get_run', { run_id: 'r_0000000000' })).toMatchObject({ isError: true })
  expect(await call(client, 'get_run', { run_id: '../admin' })).toMatchObject({ isError: true })
  expect(await call(client, 'assign_agent', { issue: 'acme/shop' })).toMatchObject({ isError: true })
})

test.each([[[]], [['--nonsense']]])('without its settings, or with %j, it says how to start it', async (args) => {
  const ended = await new Promise<{ code: unknown; err: string }>((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: ownEnvironment() }, (error, _out, err) =>
      resolve({ code: error?.code, err }),
    )
  })
  expect(ended).toMatchObject({ code: 2, err: expect.stringContaining('DECKHAND_URL') })
})
