/** Carries one request through one route: who asks, what comes in, the handler, the answer. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { BODY_BYTES_DEFAULT_MAX, hasBody, mediaType, readChunks, requireIdentityEncoding, respond } from './body.ts'
import { check, checkQuery, parseJson } from './checked.ts'
import { refuseCrossSite } from './cross-site.ts'
import { asProblem, PROBLEM_TYPE, ProblemError, problemBody } from './problem.ts'
import type { Access, Answer, Identify, Identity, Log, Route } from './route.ts'
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
  /** Holds handlers to their `answer` schema; for tests, where a drift is to fail. */
  checkAnswers?: boolean
}

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
  const { req, res, reference } = handled
  // Where the other end went away there is nobody to tell.
  res.on('error', () => {})
  try {
    const who = await identified(route, req, deps)
    const params = route.params ? checkParams(route, handled.params) : {}
    const query = checkQuery(req.url ?? '', route.query)
    const { body, bytes } = await bodyOf(route, req)
    const openStream = deps.streams.open.bind(deps.streams, res)
    const context = { params, query, body, bytes, who, req, res, log: deps.log, reference, openStream }
    const answer = await route.handle(context)
    if (answer) sendAnswer(route, answer, handled, deps)
  } catch (error) {
    sendProblem(error, handled, deps, surfaceOf(route.access))
  }
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
  return { body: check(route.body, parseJson(bytes), 'unprocessable'), bytes: none.bytes }
}

function sendAnswer(route: Route, answer: Answer, { req, res }: Handled, deps: DispatchDeps): void {
  const { status = route.status ?? 200, json, content } = answer
  if (deps.checkAnswers && status === (route.status ?? 200) && route.answer) route.answer.parse(json)
  const type = content?.type ?? (json === undefined ? null : 'application/json; charset=utf-8')
  const data = content?.data ?? (json === undefined ? '' : JSON.stringify(json))
  const headers = { 'cache-control': 'no-store', ...(type ? { 'content-type': type } : {}), ...answer.headers }
  respond(req, res, status, headers, data)
}

const surfaceOf = (access: Access) =>
  access === 'github' ? 'webhook' : access === 'executor' ? 'callback' : ('api' as const)

/** Answers with a problem body; what broke is told to the log alone, under the reference that the body names. */
export function sendProblem(
  error: unknown,
  { req, res, reference }: Pick<Handled, 'req' | 'res' | 'reference'>,
  deps: Pick<DispatchDeps, 'publicUrl' | 'log' | 'rejections'>,
  surface: 'webhook' | 'callback' | 'api' = 'api',
): void {
  // The sender went away, or was cut off by the server's clock and has been told.
  if (res.destroyed || !req.socket.writable) return
  const problem = asProblem(error)
  const path = (req.url ?? '').split('?', 1)[0]!.slice(0, 200)
  const facts = { reference, method: req.method, path, status: problem.status, reason: problem.reason }
  if (problem.status >= 500) deps.log.error({ ...facts, ...described(problem.cause ?? problem) }, 'request failed')
  else deps.log.info(facts, 'request refused')
  deps.rejections.reject(surface, problem.reason)
  const body = JSON.stringify(problemBody(problem, deps.publicUrl, reference))
  const headers = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...problem.headers }
  respond(req, res, problem.status, headers, body)
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
