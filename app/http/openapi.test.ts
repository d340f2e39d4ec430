import { expect, test } from 'vitest'
import { z } from 'zod'

import { openApiDocument } from './openapi.ts'
import { route } from './route.ts'

const routes = [
  route({
    method: 'POST',
    path: '/api/things/:id/start',
    access: 'write',
    summary: 'Starts a thing',
    params: z.strictObject({ id: z.string().max(5) }),
    query: z.strictObject({ dry: z.string().optional() }),
    body: z.strictObject({ reason: z.string() }),
    status: 202,
    problems: ['run_live'],
    answer: z.strictObject({ started: z.boolean() }),
    handle: () => {},
  }),
]
const document = openApiDocument(routes, { version: '1.2.3', publicUrl: 'https://agents.example.com' })

test('a route is described by what checks it', () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
  const operation = (document['paths'] as Record<string, Record<string, object>>)['/api/things/{id}/start']!['post']
  expect(operation).toMatchObject({
    operationId: 'post_api_things_id_start',
    security: [{ token: [] }, { session: [] }],
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 5 } },
      { name: 'dry', in: 'query', required: false },
    ],
    requestBody: {
      content: {
        'application/json': { schema: { type: 'object', required: ['reason'], additionalProperties: false } },
      },
    },
    responses: {
      202: { content: { 'application/json': { schema: { properties: { started: { type: 'boolean' } } } } } },
      404: { content: { 'application/problem+json': { schema: { properties: { code: { enum: ['not_found'] } } } } } },
      409: { description: '`run_live`: A Run is already working on this issue' },
      415: {},
    },
  })
})
