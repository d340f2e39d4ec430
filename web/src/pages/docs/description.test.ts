import { expect, test } from 'vitest'

import { accessOf, curlOf, sectionsOf } from './description.ts'
import type { ApiDescription, Placed } from './description.ts'

const kill: Placed = {
  operationId: 'post_api_runs_id_kill',
  method: 'POST',
  path: '/api/runs/{id}/kill',
  summary: 'Ends the Run',
  tags: ['runs'],
  security: [{ token: [] }, { session: [] }],
  parameters: [
    { name: 'id', in: 'path', required: true, example: 'r_8k2f0q7w3z', schema: { type: 'string' } },
    { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } },
  ],
  requestBody: { content: { 'application/json': { schema: {}, example: { reason: 'It writes nonsense' } } } },
  responses: {},
}

test('a command line asks as the operation wants to be asked', () => {
  expect(curlOf(kill, 'https://agents.example.com')).toBe(
    [
      `curl -X POST 'https://agents.example.com/api/runs/r_8k2f0q7w3z/kill'`,
      `-H "Authorization: Bearer $DECKHAND_TOKEN"`,
      `-H "Idempotency-Key: $(uuidgen)"`,
      `-H 'Content-Type: application/json'`,
      `-d '{"reason":"It writes nonsense"}'`,
    ].join(' \\\n  '),
  )
  const open = { ...kill, method: 'GET', path: '/health', security: [], parameters: [] }
  const { requestBody: _, ...get } = open
  expect(curlOf(get, 'https://agents.example.com')).toBe(`curl 'https://agents.example.com/health'`)
})

test('nobody is told to call by hand what only a key of a job can sign', () => {
  const bind = { ...kill, security: [{ executor: [] }] }
  expect(accessOf(bind)).toBe('executor')
  expect(curlOf(bind, 'https://agents.example.com')).toBeNull()
})

test('operations stand under their tag, and a tag without any is left out', () => {
  const { method: _method, path: _path, ...operation } = kill
  const description: ApiDescription = {
    info: { version: '1', description: '' },
    servers: [],
    tags: [
      { name: 'runs', description: 'Runs' },
      { name: 'admin', description: 'Admin' },
    ],
    paths: { '/api/runs/{id}/kill': { post: operation } },
    components: { schemas: {} },
  }
  expect(sectionsOf(description)).toEqual([{ name: 'runs', description: 'Runs', operations: [kill] }])
})
