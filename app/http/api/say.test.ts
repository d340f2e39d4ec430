/** A message to the agent over real HTTP and a real store: who may, what is kept, and what stands in the way. */
import { expect, test } from 'vitest'

import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import { openIssue } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { vault } from '../../../test/stack/api/runs.ts'
import { binding } from '../../../test/support/story.ts'
import { MESSAGE_CHARS_MAX } from '../../contracts/callbacks.ts'

let world: ApiWorld

eachInApiWorld((fresh) => (world = fresh))

type Who = Parameters<ApiWorld['bearer']>[0]
const post = (path: string, body: unknown, who?: Who, headers = {}) =>
  world.ask(path, { method: 'POST', body, headers: { ...(who ? world.bearer(who) : {}), ...headers } })
const prompt = (id: string, text: unknown, who?: Who, headers = {}) =>
  post(`/api/runs/${id}/prompt`, { prompt: text }, who, headers)

async function running(number = 1) {
  const { id, dispatch } = await world.request({ number })
  await world.engine.submit(id, { type: 'bind', dispatchId: dispatch.id, binding, at: Date.now() })
  return id
}
const said = async (id: string) => (await world.engine.load(id))?.messages?.map(({ by, text }) => `${by}: ${text}`)

test('who may write tells the agent something; a request that is sent again says it once', async () => {
  const id = await running()
  const key = { 'idempotency-key': 'one' }
  for (let sent = 0; sent < 2; sent++) {
    expect(await prompt(id, 'Use tabs.', 'writer', key)).toMatchObject({ status: 202, json: { id, status: 'running' } })
  }
  expect(await said(id)).toEqual(['api:writer: Use tabs.'])
  expect(await prompt(id, 'And spaces.', 'writer')).toMatchObject({ status: 202 })
  const order = await post(`/agent-work-orders/${id}/prompt`, { prompt_text: 'Both.' }, 'writer')
  expect(order).toMatchObject({ status: 202, json: { id } })
  expect(await said(id)).toEqual(['api:writer: Use tabs.', 'api:writer: And spaces.', 'api:writer: Both.'])
  const { json } = await world.ask(`/api/runs/${id}/events`, { headers: world.bearer('reader') })
  expect(JSON.stringify(json)).toContain('"text":"Use tabs."')
})

test('half a character pair is mended the same way in everything that an agent is told', async () => {
  const id = await running()
  expect(await prompt(id, 'half \ud83d', 'writer')).toMatchObject({ status: 202 })
  expect(await said(id)).toEqual(['api:writer: half \ufffd'])
  const other = await world.request({ number: 2 })
  await world.cancel(other)
  const instructions = 'half \udc00'
  expect(await post(`/api/runs/${other.id}/retry`, { instructions }, 'writer')).toMatchObject({ status: 202 })
  expect((await world.engine.load(other.id))?.revised).toBe('half \ufffd')
  world.issues.set('shop#3', openIssue)
  const { json } = await post('/api/repos/acme/shop/issues/3/assign-agent', { instructions }, 'writer')
  expect((await world.engine.load(json.id))?.instructions).toBe('half \ufffd')
})

test('who may only read is told so, on record, and learns nothing of hidden Runs', async () => {
  const id = await running()
  expect(await prompt(id, 'Use tabs.')).toMatchObject({ status: 401 })
  expect(await prompt(id, 'Use tabs.', 'reader')).toMatchObject({
    status: 403,
    json: { detail: 'You can read shop, but prompting this run needs write access.' },
  })
  const refused = (await world.audit.listAudit()).filter(({ outcome }) => outcome === 'refused')
  expect(refused).toMatchObject([
    { actor: 'token:reader', action: 'run.prompt', target: `run:${id}`, reason: 'needs_write', via: 'api' },
  ])
  const hidden = await world.request({ repository: vault, number: 9 })
  expect(await prompt(hidden.id, 'Use tabs.', 'reader')).toMatchObject({ status: 404 })
  expect(await prompt('r_0000000000', 'Use tabs.', 'reader')).toMatchObject({ status: 404 })
  expect(await said(id)).toEqual([])
})

test('what is no message is refused, and so is one for which nobody listens', async () => {
  const queued = await world.request({ number: 2 })
  for (const text of [undefined, '', 'x'.repeat(MESSAGE_CHARS_MAX + 1)]) {
    expect(await prompt(queued.id, text, 'writer')).toMatchObject({ status: 422 })
  }
  expect(await prompt(queued.id, 'Use tabs.', 'writer')).toMatchObject({
    status: 409,
    json: {
      code: 'not_allowed_now',
      detail: `Run ${queued.id} is still queued, so there is nothing to say.`,
      runId: queued.id,
    },
  })
  await world.cancel(queued)
  expect(await prompt(queued.id, 'Use tabs.', 'writer')).toMatchObject({
    status: 409,
    json: {
      code: 'run_ended',
      detail: `Run ${queued.id} was cancelled already, so there is nothing to say.`,
    },
  })
})
