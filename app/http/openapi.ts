/**
 * The API's description (OpenAPI 3.1), made from the route table and its zod schemas: what checks a request is what
 * describes it, so the two cannot drift apart.
 */
import { z } from 'zod'

import { Problem, problems } from '../contracts/problems.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { route } from './route.ts'
import type { Access, Route } from './route.ts'

const PATH = '/api/openapi.json'

interface DocumentFacts {
  version: string
  publicUrl: string
}

type Json = Record<string, unknown>

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
  const paths: Record<string, Json> = {}
  for (const each of routes) {
    const path = each.path.replaceAll(/:(\w+)/g, '{$1}')
    const item = (paths[path] ??= {})
    item[each.method.toLowerCase()] = operationOf(each, path)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Deckhand',
      version,
      summary: 'Gives an issue to a coding agent and brings back a pull request people can trust.',
      description: 'Every error is an RFC 9457 problem body whose `code` is stable.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { Problem: jsonSchema(Problem, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of the setting API_TOKENS.' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-deckhand', description: 'Signing in with GitHub.' },
        executor: { type: 'http', scheme: 'bearer', bearerFormat: 'JWS', description: "Signed by the job's own key." },
        github: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Hub-Signature-256',
          description: "GitHub's webhook signature.",
        },
      },
    },
  }
}

const tags = {
  runs: 'Runs: one request to have an agent do one issue',
  repositories: 'Repositories and their issues',
  executor: 'What the job in GitHub Actions calls',
  webhooks: 'What GitHub calls',
  admin: 'What administrators do',
  sign_in: 'Signing in with GitHub',
  operations: 'Health, metrics and this description',
} as const

function tagOf({ access, path }: Route): keyof typeof tags {
  if (access === 'executor') return 'executor'
  if (access === 'github') return 'webhooks'
  if (path.startsWith('/api/admin')) return 'admin'
  if (/^\/api\/(auth|session)/.test(path)) return 'sign_in'
  if (/^\/(api\/)?runs/.test(path)) return 'runs'
  return /^\/(api\/repos|issues|badge)/.test(path) ? 'repositories' : 'operations'
}

const securityOf: Record<Access, Json[]> = {
  public: [],
  probe: [],
  signed_in: [{ token: [] }, { session: [] }],
  read: [{ token: [] }, { session: [] }],
  write: [{ token: [] }, { session: [] }],
  admin: [{ token: [] }, { session: [] }],
  executor: [{ executor: [] }],
  github: [{ github: [] }],
}

function operationOf(each: Route, path: string): Json {
  const words = path.split('/').flatMap((part) => part.match(/\w+/g) ?? [])
  return {
    operationId: [each.method.toLowerCase(), ...words].join('_'),
    summary: each.summary,
    tags: [tagOf(each)],
    security: securityOf[each.access],
    parameters: [...parametersOf(path, each.params), ...queryOf(each.query)],
    ...(each.body || each.raw ? { requestBody: { required: true, content: contentOf(each) } } : {}),
    responses: {
      [each.status ?? 200]: success(each),
      '4XX': {
        description: refusalsOf(each.access),
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
      '5XX': {
        description: problems.internal.title,
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function success(each: Route): Json {
  if (each.stream)
    return { description: 'Server-sent events', content: { 'text/event-stream': { schema: { type: 'string' } } } }
  if (!each.answer) return { description: each.summary }
  return { description: each.summary, content: { 'application/json': { schema: jsonSchema(each.answer, 'output') } } }
}

const refusalsOf = (access: Access): string =>
  access === 'public' || access === 'probe'
    ? 'Not valid, or not there'
    : 'Not valid, not allowed, not there, or not possible now'

function contentOf({ body, raw }: Route): Json {
  if (body) return { 'application/json': { schema: jsonSchema(body, 'input') } }
  return { [raw === '*' ? 'application/octet-stream' : raw!]: { schema: { type: 'string' } } }
}

function parametersOf(path: string, params: z.ZodType | undefined): Json[] {
  const known = propertiesOf(params)
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: known.properties[name!] ?? { type: 'string' },
  }))
}

function queryOf(query: z.ZodType | undefined): Json[] {
  const { properties, required } = propertiesOf(query)
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function propertiesOf(schema: z.ZodType | undefined): { properties: Record<string, Json>; required: string[] } {
  if (!schema) return { properties: {}, required: [] }
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return { properties, required }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  }) as Json
  return rest
}
