/** E2B's REST API for sandboxes, as far as the SDK's calls that this product makes. Typed by the SDK's own schema. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { components } from 'e2b'

import type { FaultOp, LiveSandbox, StandInState } from './state.ts'
import { readBody, sendError, sendJson } from './wire.ts'

type Schemas = components['schemas']

const ENVD_VERSION = '0.6.2'
const PAGE_SIZE_DEFAULT = 100

export interface ApiContext {
  state: StandInState
  /** Resolves once the create may go on; null when it is never answered. */
  hang(): { appearAfterMs: number | null } | null
  later(ms: number, act: () => void): void
}

/** The lifetime of one that is resumed without a word about it. */
const RESUMED_SECONDS = 300

type Handler = (context: ApiContext, call: Call) => Promise<void> | void
interface Call {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  id: string
}

const routes: { method: string; path: RegExp; op: FaultOp; handle: Handler }[] = [
  { method: 'POST', path: /^\/v2\/sandboxes$/, op: 'create', handle: create },
  { method: 'GET', path: /^\/v2\/sandboxes$/, op: 'list', handle: list },
  { method: 'GET', path: /^\/sandboxes\/([^/]+)$/, op: 'get', handle: withSandbox(get) },
  { method: 'DELETE', path: /^\/sandboxes\/([^/]+)$/, op: 'kill', handle: withSandbox(kill) },
  { method: 'POST', path: /^\/sandboxes\/([^/]+)\/timeout$/, op: 'timeout', handle: withSandbox(timeout) },
  { method: 'POST', path: /^\/sandboxes\/([^/]+)\/pause$/, op: 'pause', handle: withSandbox(pause) },
  { method: 'POST', path: /^\/v2\/sandboxes\/([^/]+)\/connect$/, op: 'connect', handle: withSandbox(connect) },
]

/** Answers a call to the REST API; false when the path is not one of its. */
export async function serveApi(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  key: string,
) {
  const route = routes.find((each) => each.method === request.method && each.path.test(url.pathname))
  if (route === undefined) return false
  if (request.headers['x-api-key'] !== key) {
    sendError(response, 401, 'Invalid API key')
    return true
  }
  const id = route.path.exec(url.pathname)?.[1] ?? ''
  const fault = context.state.meet(route.op)
  if (fault === null) {
    await route.handle(context, { request, response, url, id })
    return true
  }
  const headers: Record<string, string> =
    fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
  if (fault.applied) {
    const lost = { ...lostResponse }
    await route.handle(context, { request, response: lost as unknown as ServerResponse, url, id })
  } else {
    await readBody(request)
  }
  if (fault.status !== null) sendError(response, fault.status, 'ordered by the test', headers)
  return true
}

/** Takes an answer and loses it. */
const lostResponse = {
  writeHead() {
    return this
  },
  end() {
    return this
  },
}

async function create(context: ApiContext, { request, response }: Call) {
  // Taken before anything is awaited: the client may be gone by then, and the order would meet the next call.
  const hanging = context.hang()
  const body = JSON.parse((await readBody(request)).toString('utf8')) as Schemas['NewSandboxV2']
  if (typeof body.templateID !== 'string' || body.templateID === '')
    return sendError(response, 400, 'templateID is missing')
  if (body.timeout !== undefined && !(Number.isInteger(body.timeout) && body.timeout >= 0)) {
    return sendError(response, 400, 'timeout must be a whole number of seconds')
  }
  const { state } = context
  if (hanging !== null) {
    if (hanging.appearAfterMs === 0) state.create(body)
    else if (hanging.appearAfterMs !== null) context.later(hanging.appearAfterMs, () => void state.create(body))
    return
  }
  sendJson(response, 201, made(state.create(body)))
}

function list({ state }: ApiContext, { response, url }: Call) {
  const wanted = [...new URLSearchParams(url.searchParams.get('metadata') ?? '')].map(
    ([name, value]) => [decodeURIComponent(name), decodeURIComponent(value)] as const,
  )
  const limit = Number(url.searchParams.get('limit') ?? PAGE_SIZE_DEFAULT)
  const start = Number(url.searchParams.get('nextToken') ?? 0)
  const found = [...state.sandboxes.values()].filter(
    (sandbox) => sandbox.state !== 'gone' && wanted.every(([name, value]) => sandbox.metadata[name] === value),
  )
  const page = found.slice(start, start + limit).map(listed)
  const next: Record<string, string> = start + limit < found.length ? { 'x-next-token': String(start + limit) } : {}
  sendJson(response, 200, page, next)
}

function withSandbox(handle: (context: ApiContext, call: Call, sandbox: LiveSandbox) => Promise<void> | void): Handler {
  return (context, call) => {
    const sandbox = context.state.live(call.id)
    if (sandbox === null) return sendError(call.response, 404, `Sandbox ${call.id} not found`)
    return handle(context, call, sandbox)
  }
}

function get(_: ApiContext, { response }: Call, sandbox: LiveSandbox) {
  sendJson(response, 200, { ...listed(sandbox), envdAccessToken: sandbox.token } satisfies Schemas['SandboxDetail'])
}

function kill({ state }: ApiContext, { response }: Call, sandbox: LiveSandbox) {
  state.end(sandbox, 'kill')
  sendJson(response, 204)
}

async function timeout({ state }: ApiContext, { request, response }: Call, sandbox: LiveSandbox) {
  const { timeout: seconds } = JSON.parse((await readBody(request)).toString('utf8')) as { timeout: number }
  state.setTtl(sandbox, seconds)
  sendJson(response, 204)
}

function pause({ state }: ApiContext, { response }: Call, sandbox: LiveSandbox) {
  if (sandbox.state === 'paused') return sendError(response, 409, 'The sandbox is paused already')
  state.pause(sandbox)
  sendJson(response, 204)
}

/** Resumes a paused sandbox, whose lifetime begins anew; that of another one only moves to a later end, as E2B does. */
async function connect({ state }: ApiContext, { request, response }: Call, sandbox: LiveSandbox) {
  const { timeout: seconds } = JSON.parse((await readBody(request)).toString('utf8')) as { timeout?: number }
  const wasPaused = sandbox.state === 'paused'
  state.resume(sandbox)
  const leftMs = sandbox.endsAt.getTime() - state.now()
  if (wasPaused) state.setTtl(sandbox, seconds ?? RESUMED_SECONDS)
  else if (seconds !== undefined && seconds * 1_000 > leftMs) state.setTtl(sandbox, seconds)
  sendJson(response, 200, made(sandbox))
}

function made(sandbox: LiveSandbox): Schemas['Sandbox'] {
  const { id, templateId, token } = sandbox
  return {
    sandboxID: id,
    templateID: templateId,
    clientID: 'stand-in',
    envdVersion: ENVD_VERSION,
    envdAccessToken: token,
  }
}

function listed(sandbox: LiveSandbox): Schemas['ListedSandbox'] {
  return {
    sandboxID: sandbox.id,
    templateID: sandbox.templateId,
    clientID: 'stand-in',
    cpuCount: 2,
    memoryMB: 512,
    diskSizeMB: 1_024,
    envdVersion: ENVD_VERSION,
    metadata: sandbox.metadata,
    startedAt: sandbox.startedAt.toISOString(),
    endAt: sandbox.endsAt.toISOString(),
    state: sandbox.state === 'paused' ? 'paused' : 'running',
  }
}
