/** One route as one operation of the API description: what it takes, and every answer that it may give. */
import type { z } from 'zod'

import { problems } from '../contracts/problems.ts'
import type { ProblemCode } from '../contracts/problems.ts'
import { problemsOf } from './possible-problems.ts'
import { PROBLEM_TYPE } from './problem.ts'
import type { Access, Route } from './route.ts'
import type { Json, Schemas } from './schemas.ts'

export const tags = {
  runs: 'Runs: one request to have an agent do one issue',
  repositories: 'Repositories, their issues and badges',
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
  if (/^\/(api\/)?(runs|stream|agents?|documents)/.test(path)) return 'runs'
  return /^\/(api\/repos|api\/issues|repos|issues|badge|github)/.test(path) ? 'repositories' : 'operations'
}

const people: Json[] = [{ token: [] }, { session: [] }]
const securityOf: Record<Access, Json[]> = {
  public: [],
  probe: [],
  signed_in: people,
  read: people,
  write: people,
  admin: people,
  executor: [{ executor: [] }],
  github: [{ github: [] }],
}

/** `/api/runs/:id` → `/api/runs/{id}` */
export const pathOf = ({ path }: Pick<Route, 'path'>): string => path.replaceAll(/:(\w+)/g, '{$1}')

export function operationOf(route: Route, schemas: Schemas): Json {
  const path = pathOf(route)
  const words = path.split('/').flatMap((part) => part.match(/\w+/g) ?? [])
  const description = [route.description, route.aliasOf && `Another name of \`${route.aliasOf}\`.`]
    .filter(Boolean)
    .join('\n\n')
  return {
    operationId: [route.method.toLowerCase(), ...words].join('_'),
    summary: route.summary,
    ...(description ? { description } : {}),
    ...(route.aliasOf ? { deprecated: true } : {}),
    tags: [tagOf(route)],
    security: securityOf[route.access],
    parameters: [
      ...parametersOf(route.params, 'path', schemas),
      ...parametersOf(route.query, 'query', schemas),
      ...headersOf(route),
    ],
    ...requestOf(route, schemas),
    responses: { ...successesOf(route, schemas), ...refusalsOf(route) },
  }
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query', schemas: Schemas): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemas.inline(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description = parameterWords[name], ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    description,
    ...(where === 'path' && name in examples ? { example: examples[name] } : {}),
    schema: rest,
  }))
}

/** The same word means the same everywhere; a schema's own description wins. */
const parameterWords: Record<string, string> = {
  id: 'Id of the Run',
  owner: 'Account that owns the repository',
  repo: 'Name of the repository',
  number: 'Number of the issue',
  name: 'Name of the agent',
  repository: 'Only this repository, as owner/name',
  run: 'Only issues whose newest Run is like this',
  q: 'Only what has this text in its title, or this number',
  digest: 'SHA-256 of the body, in lower-case hex',
  after: 'Only what comes after this place, as an earlier answer told it',
  limit: 'How many at most',
}

const examples: Record<string, string> = {
  id: 'r_8k2f0q7w3z',
  owner: 'acme',
  repo: 'shop',
  number: '101',
}

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

function headersOf(route: Route): Json[] {
  const { idempotent, stream } = route
  return [
    ...(hasEtag(route) ? [header('If-None-Match', 'ETag of an earlier answer; 304 when nothing has changed')] : []),
    ...(idempotent
      ? [header('Idempotency-Key', 'A new UUID for each request that you mean; send it again to repeat')]
      : []),
    ...(stream ? [header('Last-Event-ID', 'Id of the last event that was seen')] : []),
  ]
}

/** Every JSON that is read has one. */
const hasEtag = ({ method, access, answer, stream }: Route): boolean =>
  method === 'GET' && answer !== undefined && access !== 'probe' && !stream

function requestOf({ body, raw, sends, example }: Route, schemas: Schemas): Json {
  const content = (type: string, schema: Json): Json => ({
    requestBody: {
      ...(sends?.description ? { description: sends.description } : {}),
      required: true,
      content: { [type]: { schema, ...(example === undefined ? {} : { example }) } },
    },
  })
  if (body) return content('application/json', schemas.of(body, 'input'))
  if (sends) return content(sends.type, sends.schema ? schemas.of(sends.schema, 'input') : { type: 'string' })
  if (raw) return content(raw === '*' ? 'application/octet-stream' : raw, { type: 'string' })
  return {}
}

function successesOf(route: Route, schemas: Schemas): Json {
  const main = {
    description: route.summary,
    ...headersIn(route),
    ...contentOf(route, schemas),
  }
  const others = (route.others ?? []).map(({ status, description, answer }) => [
    status,
    { description, ...(answer ? { content: { 'application/json': { schema: schemas.of(answer, 'output') } } } : {}) },
  ])
  const unchanged = hasEtag(route) ? { 304: { description: 'You have it already', ...etagHeader } } : {}
  return { [route.status ?? 200]: main, ...Object.fromEntries(others), ...unchanged }
}

const told = (description: string): Json => ({ description, schema: { type: 'string' } })
const etagHeader = { headers: { ETag: told('Names this content') } }

function headersIn(route: Route): Json {
  const headers = {
    ...(hasEtag(route) ? etagHeader.headers : {}),
    ...(route.status === 201 ? { Location: told('Where the new thing is') } : {}),
    ...(route.idempotent ? { 'Idempotency-Replayed': told('`true` when an earlier answer is given again') } : {}),
    ...(route.aliasOf
      ? { Deprecation: told('Since when the other name is to be preferred'), Link: told('The other name') }
      : {}),
  }
  return Object.keys(headers).length > 0 ? { headers } : {}
}

function contentOf({ answer, stream, produces = [] }: Route, schemas: Schemas): Json {
  const types: [string, Json][] = [
    ...(stream ? [['text/event-stream', { schema: { type: 'string' } }] as [string, Json]] : []),
    ...(answer ? [['application/json', { schema: schemas.of(answer, 'output') }] as [string, Json]] : []),
    ...produces.map((type): [string, Json] => [
      type,
      { schema: type === 'application/json' ? {} : { type: 'string' } },
    ]),
  ]
  return types.length > 0 ? { content: Object.fromEntries(types) } : {}
}

/** One response for each status, which names the codes that it can stand for. */
function refusalsOf(route: Route): Json {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of problemsOf(route)) {
    const { status } = problems[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, refusal(status, codes)]))
}

const limitHeaders = (status: number): Json =>
  status === 429 ? { 'RateLimit-Policy': told('The limit'), RateLimit: told('What is left of it') } : {}

function refusal(status: number, codes: ProblemCode[]): Json {
  const retry = status === 429 || status === 503
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
    ...(retry
      ? { headers: { 'Retry-After': told('Seconds to wait before the next try'), ...limitHeaders(status) } }
      : {}),
    content: {
      [PROBLEM_TYPE]: {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }],
          properties: { status: { const: status }, code: { enum: codes } },
        },
      },
    },
  }
}
