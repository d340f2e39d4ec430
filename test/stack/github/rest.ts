/** The way of a REST request: faults, who asks, limits, the description, permissions, the route, and the answer's form. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { demand, visible } from './access.ts'
import { authenticate, tokenKind } from './auth.ts'
import type { Principal } from './auth.ts'
import { ApiError, errorBody, notFound } from './errors.ts'
import type { FaultPlan } from './faults.ts'
import { newRequestId } from './ids.ts'
import { RateLimits } from './limits.ts'
import { openApi } from './openapi.ts'
import type { Match } from './openapi.ts'
import type { RequestLog } from './request-log.ts'
import type { Answer, Call, Route, Routes } from './route.ts'
import type { Json } from './views/common.ts'
import type { Webhooks } from './webhooks.ts'
import type { World } from './world.ts'

const REQUEST_BYTES_MAX = 50 * 1024 * 1024
export const API_PREFIX = '/api/v3'

export class Rest {
  private readonly limits: RateLimits
  private readonly world: World
  private readonly webhooks: Webhooks
  private readonly faults: FaultPlan
  private readonly log: RequestLog
  private readonly routes: Routes
  private readonly checkResponses: boolean

  constructor(parts: {
    world: World
    webhooks: Webhooks
    faults: FaultPlan
    log: RequestLog
    routes: Routes
    checkResponses: boolean
  }) {
    this.world = parts.world
    this.webhooks = parts.webhooks
    this.faults = parts.faults
    this.log = parts.log
    this.routes = parts.routes
    this.checkResponses = parts.checkResponses
    this.limits = new RateLimits(parts.world, parts.faults)
  }

  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const id = newRequestId()
    const method = request.method ?? 'GET'
    const path = url.pathname.slice(API_PREFIX.length) || '/'
    const raw = await readBody(request)
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const fault = this.faults.take(method, path)
    const match = openApi().match(method, path)
    if (fault?.kind === 'hang' && fault.apply !== 'after') await this.faults.wait(fault, gone.signal)
    const seen: { principal: Principal | null; headers: Record<string, string> } = { principal: null, headers: {} }
    const skipped = fault?.kind === 'fail' && fault.apply !== 'after'
    let answer: Answer = { status: 500 }
    if (!skipped) answer = await this.answer({ id, method, path, url, raw, match, request, seen })
    if (fault?.kind === 'hang' && fault.apply === 'after') await this.faults.wait(fault, gone.signal)
    if (fault?.kind === 'fail') answer = failure(fault.status, fault.body, fault.headers, match)
    const contentCreating = isContentCreating(method, match)
    const token = skipped ? this.kindOf(request) : tokenKind(seen.principal)
    const template = match?.template ?? null
    this.log.add({ id, method, path, template, status: answer.status, token, at: this.world.now(), contentCreating })
    if (answer.status === 0) response.destroy()
    else send(request, response, answer, { ...seen.headers, 'x-github-request-id': id })
  }

  private kindOf(request: IncomingMessage) {
    try {
      return tokenKind(authenticate(this.world, request.headers.authorization))
    } catch {
      return 'unknown'
    }
  }

  private async answer(ask: {
    id: string
    method: string
    path: string
    url: URL
    raw: Buffer
    match: Match | null
    request: IncomingMessage
    seen: { principal: Principal | null; headers: Record<string, string> }
  }): Promise<Answer> {
    const { match, method, path, request, seen } = ask
    const documentation = openApi().documentationUrl(match)
    try {
      const principal = authenticate(this.world, request.headers.authorization)
      seen.principal = principal
      seen.headers = this.limits.count(principal, path, ask.id)
      const seconds = this.faults.takeSecondary(isContentCreating(method, match))
      if (seconds !== null) throw secondary(seconds, ask.id)
      if (!match) {
        this.log.violation(`${method} ${path}: not in GitHub's description`)
        throw notFound()
      }
      const answer = await this.handle(match, principal, ask)
      if (this.checkResponses && !answer.raw) {
        for (const problem of openApi().checkResponse(match, answer.status, answer.body)) {
          this.log.responseViolation(`${method} ${match.template} ${answer.status}: ${problem}`)
        }
      }
      return answer
    } catch (error) {
      if (!(error instanceof ApiError)) {
        this.log.violation(
          `${method} ${path}: the local GitHub failed: ${error instanceof Error ? error.stack : String(error)}`,
        )
        return { status: 500, body: { message: 'Server Error', documentation_url: documentation, status: '500' } }
      }
      return { status: error.status, body: errorBody(error, documentation), headers: error.headers }
    }
  }

  private async handle(
    match: Match,
    principal: Principal,
    ask: { method: string; path: string; url: URL; raw: Buffer; request: IncomingMessage },
  ): Promise<Answer> {
    const body = parseJson(ask.raw)
    const checked = openApi().checkRequest(match, ask.url, body, ask.raw.length > 0)
    const name = `${match.method} ${match.template}`
    for (const problem of [...checked.problems, ...checked.oddities]) this.log.violation(`${name}: ${problem}`)
    const route = this.routes[name]
    if (!route) {
      this.log.violation(`${name}: the local GitHub does not serve this yet`)
      throw new ApiError(501, `The local GitHub does not serve ${name} yet.`)
    }
    const { accept, ...rest } = ask.request.headers
    const call: Call = {
      world: this.world,
      webhooks: this.webhooks,
      principal,
      params: match.params,
      query: checked.query,
      body: (typeof body === 'object' && body !== null ? body : {}) as Json,
      url: ask.url,
      accept: accept ?? '',
      headers: rest as Record<string, string>,
    }
    const invalid =
      checked.problems.length > 0 ? new ApiError(422, `Invalid request.\n\n${checked.problems.join('\n')}`) : null
    return this.dispatch(route, call, invalid)
  }

  /** Permissions come before validation: who may not see a thing learns nothing about it. */
  private async dispatch(route: Route, call: Call, invalid: ApiError | null): Promise<Answer> {
    if (route.kind === 'app' && call.principal.kind !== 'app') {
      throw new ApiError(401, 'A JSON web token could not be decoded')
    }
    if (route.kind === 'repository') {
      const repository = this.world.findRepository(`${call.params['owner']}/${call.params['repo']}`)
      if (call.principal.kind === 'app') throw new ApiError(403, 'Resource not accessible by integration')
      if (!repository || !visible(this.world, call.principal, repository)) throw notFound()
      demand(this.world, call.principal, repository, route.need)
      if (invalid) throw invalid
      return route.handler({ ...call, repository })
    }
    if (invalid) throw invalid
    return route.handler(call)
  }
}

function isContentCreating(method: string, match: Match | null): boolean {
  if (method === 'GET' || method === 'HEAD' || !match?.template.startsWith('/repos/')) return false
  return !match.template.includes('/actions/')
}

function secondary(seconds: number, id: string): ApiError {
  const help = `If you reach out to GitHub Support for help, please include the request ID ${id}.`
  const message = `You have exceeded a secondary rate limit. Please wait a few minutes before you try again. ${help}`
  return new ApiError(403, message, undefined, { 'retry-after': String(seconds) })
}

function failure(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  match: Match | null = null,
): Answer {
  const message = status >= 500 ? 'Server Error' : 'Ordered failure'
  const standard = { message, documentation_url: openApi().documentationUrl(match), status: String(status) }
  return { status, body: body === undefined ? standard : body, headers }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > REQUEST_BYTES_MAX) throw new Error('A request to the local GitHub is larger than 50 MiB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(raw: Buffer): unknown {
  if (raw.length === 0) return undefined
  try {
    return JSON.parse(raw.toString('utf8')) as unknown
  } catch {
    throw new ApiError(400, 'Problems parsing JSON')
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  headers: Record<string, string>,
): void {
  const bytes = answer.raw?.bytes ?? (answer.body === undefined ? '' : JSON.stringify(answer.body))
  const all: Record<string, string> = {
    server: 'github.com',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'cache-control': 'private, max-age=60, s-maxage=60',
    ...headers,
    ...answer.headers,
  }
  if (answer.status !== 204 && answer.status !== 302)
    all['content-type'] = answer.raw?.type ?? 'application/json; charset=utf-8'
  if (request.method === 'GET' && answer.status === 200) {
    const etag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`
    all['etag'] = etag
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, all).end()
      return
    }
  }
  response.writeHead(answer.status, all).end(bytes)
}
