/** Carries one request through one route: who asks, what comes in, the handler, the answer. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { BODY_BYTES_DEFAULT_MAX, hasBody, mediaType, readChunks, requireIdentityEncoding, respond } from './body.ts'
import { check, checkQuery, parseTexts } from './checked.ts'
import { refuseCrossSite } from './cross-site.ts'
import { etagOf, hasAlready, revalidated } from './etag.ts'
import { idempotencyKeyOf, once } from './idempotency.ts'
import type { KeyStore } from './idempotency.ts'
import { asProblem, PROBLEM_TYPE, ProblemError, problemBody } from './problem.ts'
import type { Access, Answer, Identify, Identity, Log, Outgoing, Route, RouteContext } from './route.ts'
import type { StreamRegister } from './sse.ts'

/** Counts refusals under words of low cardinality. */
interface Rejections {
  reject(surface: 'webhook' | 'callback' | 'api', reason: string): void
}

export interface DispatchDeps {
  publicUrl: string
  identify: Identify
  log: Log
  streams: StreamRegister
  rejections: Rejections
  /** Where answers under an Idempotency-Key are kept. */
  keys?: KeyStore
  now: () => number
  /** Throws where a route answers with what its description does not tell; for tests, where a drift is to fail. */
  checkAnswer?: CheckAnswer
}

export type CheckAnswer = (route: Route, answer: Outgoing) => void

type OpenStreamOf = RouteContext['openStream']

const anonymous: Identity = { kind: 'anonymous' }
const unidentified: ReadonlySet<Access> = new Set(['executor', 'github', 'probe'])

export interface Handled {
  req: IncomingMessage
  res: ServerResponse
  params: Record<string, unknown>
  reference: string
}

/** The reference of a request; stands in its log lines and in its problem body. */
export const newReference = (): string => randomUUID()

export async function dispatch(route: Route, handled: Handled, deps: DispatchDeps): Promise<void> {
  const { req, res } = handled
  // Where the other end went away there is nobody to tell.
  res.on('error', () => {})
  const surface = surfaceOf(route.access)
  try {
    const answer = await answerTo(route, handled, deps)
    if (answer) send(route, answer, handled, deps)
  } catch (error) {
    const refused = refusal(error, handled, deps, surface)
    if (!refused) return
    deps.checkAnswer?.(route, refused)
    respond(req, res, refused.status, refused.headers, refused.data)
  }
}

async function answerTo(route: Route, handled: Handled, deps: DispatchDeps): Promise<Outgoing | null> {
  const { req, res, reference } = handled
  const who = await identified(route, req, deps)
  const params = route.params ? checkParams(route, handled.params) : {}
  const query = checkQuery(req.url ?? '', route.query)
  const { body, bytes } = await bodyOf(route, req)
  const openStream: OpenStreamOf = (options) => {
    const stream = deps.streams.open(res, options)
    deps.checkAnswer?.(route, { status: 200, headers: { 'content-type': 'text/event-stream' }, data: '' })
    return stream
  }
  const context = { params, query, body, bytes, who, req, res, log: deps.log, reference, openStream }
  const work = async (): Promise<Outgoing | null> => {
    const answer = await route.handle(context)
    return answer ? outgoing(route, answer, req) : null
  }
  const key = route.idempotent ? idempotencyKeyOf(req) : null
  if (key === null || who.kind === 'anonymous') return work()
  const request = [route.method, req.url ?? '', JSON.stringify(body ?? null)]
  const { keys, now } = deps
  if (!keys) throw new Error('There is no store for what comes with an Idempotency-Key')
  return once({ who, key, request }, { keys, now }, work)
}

async function identified(route: Route, req: IncomingMessage, deps: DispatchDeps): Promise<Identity> {
  if (unidentified.has(route.access)) return anonymous
  refuseCrossSite(req, deps.publicUrl)
  const who = await deps.identify(req)
  if (route.access === 'public') return who
  if (who.kind === 'anonymous' && !route.stream) throw new ProblemError('unauthenticated')
  if (route.access === 'admin' && !isAdmin(who)) throw new ProblemError('forbidden')
  return who
}

function isAdmin(who: Identity): boolean {
  return who.kind === 'person' ? who.admin : who.kind === 'token' && who.role === 'admin'
}

/** A path that cannot name anything is answered like one that names nothing. */
function checkParams(route: Route, params: Record<string, unknown>): unknown {
  const parsed = route.params!.safeParse({ ...params })
  if (parsed.success) return parsed.data
  if (route.access === 'executor') throw new ProblemError('callback_unauthenticated', { reason: 'unknown_run' })
  throw new ProblemError('not_found')
}

async function bodyOf(route: Route, req: IncomingMessage): Promise<{ body: unknown; bytes: Buffer }> {
  const none = { body: undefined, bytes: Buffer.alloc(0) }
  const wanted = route.raw ?? (route.body ? 'application/json' : null)
  if (wanted === null) return none
  requireIdentityEncoding(req)
  if (wanted !== '*' && mediaType(req) !== wanted) {
    throw new ProblemError('unsupported_media_type', { detail: `Send ${wanted}.` })
  }
  if (!hasBody(req) && !route.raw) throw new ProblemError('bad_request', { detail: 'A JSON body is missing.' })
  const chunks = await readChunks(req, { bytesMax: route.bodyBytesMax ?? BODY_BYTES_DEFAULT_MAX })
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  if (!route.body) return { body: undefined, bytes }
  return { body: check(route.body, parseTexts(bytes), 'unprocessable'), bytes: none.bytes }
}

/** RFC 9745: second names work on, but new programs had better use the first ones. */
const deprecated = { deprecation: '@1793491200', link: '</docs/api>; rel="deprecation"; type="text/html"' }

/** JSON that is read can be asked for again at the price of a few bytes. */
function outgoing(route: Route, answer: Answer, req: IncomingMessage): Outgoing {
  const { status = route.status ?? 200, json, content } = answer
  const data = content?.data ?? (json === undefined ? '' : JSON.stringify(json))
  const type = content?.type ?? (json === undefined ? null : 'application/json; charset=utf-8')
  const own = { ...answer.headers, ...(route.aliasOf ? deprecated : {}) }
  const headers = { 'cache-control': 'no-store', ...(type ? { 'content-type': type } : {}), ...own }
  if (route.method !== 'GET' || route.access === 'probe' || status !== 200 || json === undefined) {
    return { status, headers, data }
  }
  const etag = etagOf(data as string)
  const known = { ...revalidated, etag, ...own }
  return hasAlready(req, etag)
    ? { status: 304, headers: known, data: '' }
    : { status, headers: { ...headers, ...known }, data }
}

function send(route: Route, answer: Outgoing, { req, res }: Handled, deps: DispatchDeps): void {
  deps.checkAnswer?.(route, answer)
  respond(req, res, answer.status, answer.headers, answer.data)
}

const surfaceOf = (access: Access) =>
  access === 'github' ? 'webhook' : access === 'executor' ? 'callback' : ('api' as const)

type Asked = Pick<Handled, 'req' | 'res' | 'reference'>
type Told = Pick<DispatchDeps, 'publicUrl' | 'log' | 'rejections'>
type Surface = 'webhook' | 'callback' | 'api'

/** Answers with a problem body where no route is at hand. */
export function sendProblem(error: unknown, asked: Asked, deps: Told): void {
  const refused = refusal(error, asked, deps, 'api')
  if (refused) respond(asked.req, asked.res, refused.status, refused.headers, refused.data)
}

/** A problem body; what broke is told to the log alone, under the reference that the body names. */
function refusal(error: unknown, { req, res, reference }: Asked, deps: Told, surface: Surface): Outgoing | null {
  // The sender went away, or was cut off by the server's clock and has been told.
  if (res.destroyed || !req.socket.writable) return null
  const problem = asProblem(error)
  const path = (req.url ?? '').split('?', 1)[0]!.slice(0, 200)
  const facts = { reference, method: req.method, path, status: problem.status, reason: problem.reason }
  if (problem.status >= 500) deps.log.error({ ...facts, ...described(problem.cause ?? problem) }, 'request failed')
  else deps.log.info(facts, 'request refused')
  deps.rejections.reject(surface, problem.reason)
  const data = JSON.stringify(problemBody(problem, deps.publicUrl, reference))
  const headers = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...problem.headers }
  return { status: problem.status, headers, data }
}

const FRAMES_MAX = 12
const MESSAGE_CHARS_MAX = 300
/** What a credential looks like: GitHub's, E2B's, a JWT, a header, a connection string's password. */
const CREDENTIAL =
  /gh[a-z]_\w+|github_pat_\w+|e2b_\w+|eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|(?:bearer|basic|token)\s+\S+|\/\/[^\s/@]+@/gi

/** An error for the log: one that carries a token in its message must not leave it there (trust.md row 45). */
function described(error: unknown): { error: string; frames: string[] } {
  if (!(error instanceof Error)) return { error: typeof error, frames: [] }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const message = error.message.slice(0, MESSAGE_CHARS_MAX).replace(CREDENTIAL, '[redacted]')
  return { error: `${error.name}: ${message}`, frames: frames.slice(0, FRAMES_MAX).map((line) => line.trim()) }
}
