/**
 * GitHub's own OpenAPI description: which paths exist, what they accept and what they answer. The simulator is held to
 * it on both sides, so that neither the product nor the simulator can drift from the real API unnoticed.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import * as formats from 'ajv-formats'

type Json = Record<string, unknown>
type Schema = Json

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Schema
}
interface Body {
  required?: boolean
  content?: Record<string, { schema?: Schema }>
}
interface Operation {
  operationId: string
  parameters?: (Parameter | { $ref: string })[]
  requestBody?: Body | { $ref: string }
  responses: Record<string, Body | { $ref: string }>
  externalDocs?: { url?: string }
  'x-github': { enabledForGitHubApps?: boolean }
}
interface Description {
  paths: Record<string, Record<string, Operation>>
  'x-webhooks': Record<string, { post: Operation }>
  components: Record<string, Record<string, unknown>>
}

export interface Match {
  template: string
  method: string
  operation: Operation
  params: Record<string, string>
}
export interface Checked {
  query: Json
  /** Problems that GitHub answers 422 to. */
  problems: string[]
  /** What GitHub ignores silently but a careful client would not send. */
  oddities: string[]
}

const DOCS = 'https://docs.github.com/rest'
const ERRORS_SHOWN_MAX = 5
/** These parameters may span several path segments, raw or encoded. */
const spanning = new Set(['path', 'ref', 'branch', 'basehead'])

let loaded: OpenApi | undefined

/** The description, read once a process at the first need (about 150 ms). */
export function openApi(): OpenApi {
  loaded ??= new OpenApi()
  return loaded
}

export class OpenApi {
  private readonly description: Description
  private readonly ajv: Ajv
  private readonly coercing: Ajv
  private readonly patterns: { template: string; expression: RegExp; names: string[]; literals: number; head: string }[]
  private readonly validators = new Map<string, ValidateFunction | null>()

  constructor() {
    const path = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json')
    this.description = JSON.parse(readFileSync(path, 'utf8')) as Description
    // Compiled once or twice a process, so compiling has to be quick. The description itself is taken as it is.
    const quick = { code: { optimize: false }, inlineRefs: false, validateSchema: false } as const
    const settings = { ...quick, strict: false, allErrors: false, logger: false as const, validateFormats: true }
    this.ajv = new Ajv(settings)
    this.coercing = new Ajv({ ...settings, coerceTypes: 'array' })
    const components = { $id: 'gh', components: { schemas: adapt(this.description.components['schemas']) as Schema } }
    for (const ajv of [this.ajv, this.coercing]) {
      formats.default.default(ajv)
      // A bot's address has brackets (`1+x[bot]@…`), which ajv's idea of an address has not.
      for (const name of ['timestamp', 'repo.nwo', 'uri-template', 'email']) ajv.addFormat(name, true)
      ajv.addSchema(components)
    }
    // The query's `created` is a range (`>=2024-01-01`), though the description calls it a date-time.
    this.coercing.addFormat('date-time', true)
    // `/compare/{base}...{head}` is the old form of `/compare/{basehead}`.
    this.patterns = Object.keys(this.description.paths)
      .filter((template) => !template.includes('...'))
      .map(pattern)
      .sort((a, b) => b.literals - a.literals)
  }

  match(method: string, path: string): Match | null {
    for (const { template, expression, names, head } of this.patterns) {
      if (!path.startsWith(head)) continue
      const operation = this.description.paths[template]?.[method.toLowerCase()]
      const found = operation && expression.exec(path)
      if (!found) continue
      const params: Record<string, string> = {}
      for (const [index, name] of names.entries()) params[name] = decode(found[index + 1] ?? '')
      return { template, method, operation, params }
    }
    return null
  }

  documentationUrl(match: Match | null): string {
    return match?.operation.externalDocs?.url ?? DOCS
  }

  /** Query (coerced to the declared types) and body against the description. */
  checkRequest(match: Match, url: URL, body: unknown, hasBody: boolean): Checked {
    const problems: string[] = []
    const oddities: string[] = []
    const declared = (match.operation.parameters ?? []).map((p) => this.deref(p))
    const query: Json = {}
    for (const name of new Set(url.searchParams.keys())) {
      const values = url.searchParams.getAll(name)
      query[name] = values.length > 1 ? values : values[0]
      if (!declared.some((p) => p.in === 'query' && p.name === name)) oddities.push(`unknown query parameter "${name}"`)
    }
    problems.push(
      ...this.check(`${match.method} ${match.template} query`, query, () => inObject(declared, 'query'), true),
    )
    problems.push(
      ...this.check(
        `${match.method} ${match.template} path`,
        { ...match.params },
        () => inObject(declared, 'path'),
        true,
      ),
    )
    const wanted = match.operation.requestBody && this.deref<Body>(match.operation.requestBody)
    const schema = wanted?.content?.['application/json']?.schema
    if (schema && (hasBody || wanted.required)) {
      const value = hasBody ? body : {}
      problems.push(...this.check(`${match.method} ${match.template} body`, value, () => schema))
      oddities.push(...this.unknownProperties(schema, value))
    } else if (hasBody && !wanted && isObject(body) && Object.keys(body).length > 0) {
      oddities.push('a body where none is described')
    }
    return { query, problems, oddities }
  }

  checkResponse(match: Match, status: number, body: unknown): string[] {
    const key = match.operation.responses[String(status)]
    if (!key) {
      const general = [304, 401, 403, 404, 422, 429].includes(status)
      return general ? [] : [`status ${status} is not described`]
    }
    const schema = this.deref<Body>(key).content?.['application/json']?.schema
    if (!schema) return body === undefined ? [] : [`status ${status} has no body in the description`]
    if (status >= 400) return []
    return this.check(`${match.method} ${match.template} ${status}`, body, () => schema)
  }

  /** A webhook's payload; names of the description are like `issue-comment-created` and `push`. */
  checkWebhook(event: string, action: string | null, payload: unknown): string[] {
    const name = [event, action]
      .filter((part) => part !== null)
      .join('-')
      .replaceAll('_', '-')
    const hook = this.description['x-webhooks'][name] ?? this.description['x-webhooks'][event.replaceAll('_', '-')]
    // Free-form actions (`repository_dispatch`) are described under a sample name.
    const found =
      hook ??
      Object.entries(this.description['x-webhooks']).find(([k]) => k.startsWith(event.replaceAll('_', '-')))?.[1]
    if (!found) return [`no webhook ${name} is described`]
    const body = found.post.requestBody && this.deref<Body>(found.post.requestBody)
    const schema = body?.content?.['application/json']?.schema
    return schema ? this.check(`webhook ${name}`, payload, () => schema) : []
  }

  private check(key: string, value: unknown, schema: () => Schema | null, coerce = false): string[] {
    let validate = this.validators.get(key)
    if (validate === undefined) {
      const wanted = schema()
      validate = wanted && (coerce ? this.coercing : this.ajv).compile(absolute(adapt(wanted)) as Schema)
      this.validators.set(key, validate)
    }
    if (!validate || validate(value)) return []
    return (validate.errors ?? []).slice(0, ERRORS_SHOWN_MAX).map((error) => {
      if (error.keyword === 'required')
        return `"${String(error.params['missingProperty'])}" wasn't supplied${within(error.instancePath)}.`
      const limit =
        error.keyword === 'maxProperties' && `No more than ${String(error.params['limit'])} properties are allowed; `
      if (limit) return `${limit}${Object.keys(at(value, error.instancePath) as Json).length} were supplied.`
      const shown = JSON.stringify(at(value, error.instancePath))?.slice(0, 120)
      return `For 'properties${error.instancePath}', ${shown} ${wording(error.message)}.`
    })
  }

  private unknownProperties(schema: Schema, value: unknown): string[] {
    const properties = schema['properties']
    const open = schema['additionalProperties'] || schema['oneOf'] || schema['anyOf'] || schema['allOf']
    if (!isObject(properties) || !isObject(value) || open) return []
    return Object.keys(value)
      .filter((k) => !(k in properties))
      .map((k) => `unknown property "${k}" in the body`)
  }

  private deref<T>(value: T | { $ref: string }): T {
    if (!isObject(value) || typeof value['$ref'] !== 'string') return value as T
    const [, , kind = '', name = ''] = value['$ref'].split('/')
    return this.description.components[kind]?.[name] as T
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
/** GitHub says "is not an object" where ajv says "must be object". */
const wording = (message = 'is invalid') =>
  message
    .replace(/^must be (object|array|integer)$/, 'is not an $1')
    .replace(/^must be (string|number|boolean)$/, 'is not a $1')
const within = (path: string) => (path ? ` in '${path.slice(1)}'` : '')
const at = (value: unknown, path: string) =>
  path
    .split('/')
    .slice(1)
    .reduce<unknown>((v, key) => (v as Json | undefined)?.[key.replaceAll('~1', '/')], value)

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function pattern(template: string) {
  const names: string[] = []
  const source = template
    .split('/')
    .map((part) =>
      part.replaceAll(/[.+]/g, String.raw`\$&`).replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
        names.push(name)
        return spanning.has(name) ? '(.+)' : '([^/]+)'
      }),
    )
    .join('/')
  // Literal segments win over parameters, and one segment over many: `/git/refs/{ref}` never shadows a longer path.
  const literals = template
    .split('/')
    .reduce((sum, part) => sum + (part.startsWith('{') ? (spanning.has(part.slice(1, -1)) ? 0 : 1) : 10), 0)
  return { template, expression: new RegExp(`^${source}/?$`), names, literals, head: template.split('{')[0] ?? '' }
}

function inObject(parameters: readonly Parameter[], place: 'path' | 'query'): Schema {
  const chosen = parameters.filter((p) => p.in === place)
  return {
    type: 'object',
    properties: Object.fromEntries(chosen.map((p) => [p.name, p.schema])),
    required: chosen.filter((p) => p.required).map((p) => p.name),
  }
}

const isUserOrEnterprise = (schemas: unknown): boolean =>
  /simple-user.*enterprise|Simple User.*"Enterprise"/.test(JSON.stringify(schemas))

/** OpenAPI 3.0 to JSON Schema: `nullable` without a `type` and with an `enum` needs words that ajv understands. */
function adapt(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(adapt)
  if (!isObject(schema)) return schema
  const out: Json = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'example' || key === 'examples' || key === 'description' || key === 'externalDocs') {
      // A property may be called so; then its value is a schema.
      if (!isObject(value) || !('type' in value || '$ref' in value || 'oneOf' in value || 'anyOf' in value)) continue
    }
    if (key === 'discriminator') continue
    // The list of installations says so of their accounts, which no account can be; elsewhere it is one of the two.
    if (key === 'allOf' && isUserOrEnterprise(value)) {
      out['anyOf'] = adapt(value)
      continue
    }
    out[key] = key === 'enum' || key === 'default' || key === 'required' ? value : adapt(value)
  }
  if (out['nullable'] !== true) return out
  if (Array.isArray(out['enum']) && !out['enum'].includes(null)) out['enum'] = [...out['enum'], null]
  if (typeof out['type'] === 'string') return out
  const { nullable: _, ...rest } = out
  return { anyOf: [{ type: 'null' }, rest] }
}

function absolute(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(absolute)
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([k, v]) => [
      k,
      k === '$ref' && typeof v === 'string' ? v.replace(/^#/, 'gh#') : absolute(v),
    ]),
  )
}
