/**
 * The API's description (OpenAPI 3.1), made from the route table and its zod schemas: what checks a request is what
 * describes it, so the two cannot drift apart.
 */
import { z } from 'zod'

import { Problem } from '../contracts/problems.ts'
import { operationOf, pathOf, tags } from './operation.ts'
import { route } from './route.ts'
import type { Route } from './route.ts'
import { Schemas } from './schemas.ts'
import type { Json } from './schemas.ts'

const PATH = '/api/openapi.json'

interface DocumentFacts {
  version: string
  publicUrl: string
}

/** The route that serves the description of all the others, and of itself. */
export function openApiRoute(routes: readonly Route[], facts: DocumentFacts): Route {
  let document: Json | null = null
  const self: Route = route({
    method: 'GET',
    path: PATH,
    access: 'public',
    summary: 'This description',
    answer: z.looseObject({ openapi: z.string() }),
    handle: () => ({ json: (document ??= openApiDocument([...routes, self], facts)) }),
  })
  return self
}

/** Pure: the same routes give the same document. */
export function openApiDocument(routes: readonly Route[], { version, publicUrl }: DocumentFacts): Json {
  const schemas = new Schemas()
  const paths: Record<string, Json> = {}
  for (const each of routes) (paths[pathOf(each)] ??= {})[each.method.toLowerCase()] = operationOf(each, schemas)
  schemas.of(Problem, 'output')
  return {
    openapi: '3.1.0',
    info: {
      title: 'Deckhand',
      version,
      summary: 'Gives an issue to a coding agent and brings back a pull request people can trust.',
      description: GENERAL,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: inOrder(paths),
    components: { schemas: inOrder(schemas.named), securitySchemes },
  }
}

const GENERAL = [
  'Programs send `Authorization: Bearer <token>` with a token of the setting `API_TOKENS`; browsers their session.',
  'Every error is an RFC 9457 problem body whose `code` is stable; `detail` says what to do, `reference` names the request in the log.',
  'What starts or stops something takes an `Idempotency-Key`: the same key with the same request gets the first answer again for 24 hours, with another request 422, and 409 while the first is still running. A refusal is not kept: the same key may be sent again.',
  'JSON that is read has an `ETag`; send it back in `If-None-Match` and get 304 while nothing has changed.',
].join('\n\n')

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: 'A token of the setting API_TOKENS.' },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-deckhand', description: 'Signing in with GitHub.' },
  executor: { type: 'http', scheme: 'bearer', bearerFormat: 'JWS', description: "Signed by the job's own key." },
  github: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Hub-Signature-256',
    description: "GitHub's webhook signature.",
  },
} as const

function inOrder<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
