/**
 * Serves the built dashboard under the app's own CSP and answers its API from memory, so that a page can be brought into
 * any state at once, also into those that a healthy system rarely shows. The story against the real app is a scenario.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

import {
  AssignRequest,
  CancelRequest,
  KillRequest,
  PromptRequest,
  LedgerPage,
  LogCountBody,
  LogPage,
  RunActionsBody,
  RunBody,
  RunChoicesBody,
  RunCountsBody,
  RunList,
  type RunStreamData,
  SessionBody,
} from '#contracts/api.ts'
import { IssueActivityBody, IssueBody, RunIssuesBody } from '#contracts/issues.ts'
import { type ProblemCode, problems } from '#contracts/problems.ts'

import { themeOf } from '../../app/http/api/cookies.ts'
import { CONTENT_SECURITY_POLICY } from '../../app/http/headers.ts'
import { withTheme } from '../../app/http/pages.ts'
import { makeIssue, makeRun, runActions, session } from './fixtures.ts'

const BODY_BYTES_MAX = 64 * 1024
export const API = '/api'
const AVATAR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#8250df"/><circle cx="4" cy="3.2" r="1.6" fill="#fff"/><path d="M1 8a3 3 0 0 1 6 0z" fill="#fff"/></svg>'
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** What the server answers from; tests write to it. */
export interface World {
  session: SessionBody
  runs: RunBody[]
  next: string | null
  ledger: LedgerPage['events']
  log: LogPage['lines']
  issue: IssueBody
  /** What the reader may do with any Run. */
  actions: RunActionsBody
  /** Bodies of reads that have no field of their own, by path; of other requests by `POST /path`. */
  answers: Record<string, unknown>
  /** What orders (POST, PUT) do and answer where that changes the world, by path. */
  orders: Map<string, (body: unknown) => unknown>
  /** Paths that answer with a problem instead, as long as they stand here; `/api` stands for all of them. */
  failing: Map<string, ProblemCode>
  /** Every request to change something, as it came. */
  posts: Array<{ path: string; body: unknown; headers: IncomingMessage['headers'] }>
  /** Paths of the streams that were asked for, in order. */
  streamRequests: string[]
}

export interface FixtureServer extends AsyncDisposable {
  readonly url: string
  readonly world: World
  /** Makes the Run's newer state what the API answers, and tells all who listen to one of its topics. */
  push(type: string, run: RunBody): void
  /** Sends a named event without a Run: `ping`, `auth` or `reset`. */
  signal(name: 'ping' | 'auth' | 'reset'): void
  /** Cuts every open stream. */
  drop(): void
  openStreams(): number
}

/** A stream with the topics that it asked for. */
interface Listening {
  response: ServerResponse
  topics: readonly string[]
}

/** As it is before anything has happened. */
export function newWorld(): World {
  return {
    session,
    runs: [],
    next: null,
    ledger: [],
    log: [],
    issue: makeIssue(),
    actions: runActions(),
    answers: {},
    orders: new Map(),
    failing: new Map(),
    posts: [],
    streamRequests: [],
  }
}

/** Starts on a free port. `dist` is the folder of the built dashboard. */
export async function startFixtureServer(dist: string): Promise<FixtureServer> {
  const world = newWorld()
  const streams: Streams = { open: new Set(), told: [] }
  const server = createServer((request, response) => {
    serve(request, response, { dist, world, streams }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    push: (type, run) => {
      RunBody.parse(run)
      world.runs = [run, ...world.runs.filter((other) => other.id !== run.id)]
      const told = { type, run }
      streams.told.push(told)
      for (const stream of streams.open) tell(stream, told, streams.told.length)
    },
    signal: (name) => streams.open.forEach(({ response }) => response.write(`event: ${name}\ndata: {}\n\n`)),
    drop: () => streams.open.forEach(({ response }) => response.destroy()),
    openStreams: () => streams.open.size,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What was pushed stays known, so that a stream can go on from its place: the number of what it has heard. */
interface Streams {
  open: Set<Listening>
  told: Told[]
}
interface Told {
  type: string
  run: RunBody
}

interface Parts {
  dist: string
  world: World
  streams: Streams
}

async function serve(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/avatar.svg') return void response.setHeader('Content-Type', 'image/svg+xml').end(AVATAR)
  if (!pathname.startsWith('/api/')) return serveFile(pathname, request, response, parts.dist)
  const ordering = request.method === 'POST' || request.method === 'PUT'
  const body = ordering ? await readJson(request) : null
  if (ordering) parts.world.posts.push({ path: pathname, body, headers: request.headers })
  const failing = parts.world.failing.get(pathname) ?? parts.world.failing.get(API)
  if (failing) return problem(response, failing)
  const key = request.method === 'GET' ? pathname : `${request.method} ${pathname}`
  if (key in parts.world.answers) return json(response, 200, parts.world.answers[key])
  const order = ordering ? parts.world.orders.get(pathname) : undefined
  if (order) return json(response, 202, order(body))
  if (pathname === '/api/stream') return openStream(request, response, parts)
  if (pathname.endsWith('/verify') && pathname in parts.world.answers)
    return json(response, 200, parts.world.answers[pathname])
  if (request.method === 'POST') return post(pathname, body, response, parts.world)
  if (pathname.endsWith('/logs/count'))
    return json(response, 200, LogCountBody.parse({ lines: parts.world.log.length }))
  if (pathname.endsWith('/logs')) return log(searchParams, response, parts.world)
  return get(pathname, response, parts.world)
}

async function serveFile(
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
  dist: string,
): Promise<void> {
  const asset = pathname.startsWith('/assets/') || pathname === '/favicon.svg'
  const file = asset ? pathname : '/index.html'
  const bytes = await readFile(join(dist, file)).catch(() => null)
  if (!bytes) return void response.writeHead(404).end()
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(asset ? bytes : withTheme(bytes.toString(), themeOf(request)))
}

function openStream(request: IncomingMessage, response: ServerResponse, { world, streams }: Parts): void {
  world.streamRequests.push(request.url ?? '')
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const after = Number(request.headers['last-event-id'] ?? searchParams.get('after') ?? streams.told.length)
  const stream = { response, topics: (searchParams.get('topics') ?? '').split(',') }
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store, no-transform' })
  if (world.session.user === null) return void response.end('event: auth\ndata: {}\n\n')
  response.write(`retry: 2000\n\nid: ${after}\nevent: ping\ndata: {}\n\n`)
  for (const [index, told] of streams.told.entries()) if (index >= after) tell(stream, told, index + 1)
  streams.open.add(stream)
  response.once('close', () => streams.open.delete(stream))
}

function tell({ response, topics }: Listening, { type, run }: Told, place: number): void {
  const { owner, name } = run.repository
  for (const topic of [`run:${run.id}`, 'runs', `issues:${owner}/${name}`]) {
    if (!topics.includes(topic)) continue
    const data: RunStreamData = { v: 1, topic, type, seq: run.seq, at: run.updatedAt, data: {}, run }
    response.write(`id: ${place}\nevent: change\ndata: ${JSON.stringify(data)}\n\n`)
  }
}

function log(query: URLSearchParams, response: ServerResponse, world: World): void {
  const limit = Number(query.get('limit') ?? 500)
  const from = query.has('after') ? Number(query.get('after')) + 1 : 0
  const lines = world.log.slice(from, from + limit)
  const next = lines.length === limit ? (lines.at(-1)?.line ?? null) : null
  json(response, 200, LogPage.parse({ lines, next }))
}

function get(pathname: string, response: ServerResponse, world: World): void {
  if (pathname === '/api/admin')
    return json(response, 200, { everything: world.session.user?.admin ?? false, repositories: [] })
  if (pathname === '/api/session') return json(response, 200, SessionBody.parse(world.session))
  if (pathname === '/api/runs') return json(response, 200, RunList.parse({ runs: world.runs, next: world.next }))
  if (pathname === '/api/runs/counts') return json(response, 200, RunCountsBody.parse(countsOf(world.runs)))
  if (pathname === '/api/runs/choices') return json(response, 200, RunChoicesBody.parse(choicesOf(world.runs)))
  if (/^\/api\/runs\/[^/]+\/actions$/.test(pathname)) return json(response, 200, RunActionsBody.parse(world.actions))
  if (/^\/api\/runs\/[^/]+\/issues$/.test(pathname))
    return json(response, 200, RunIssuesBody.parse({ issues: [], parent: null, truncated: false }))
  if (pathname.endsWith('/activity'))
    return json(response, 200, IssueActivityBody.parse({ comments: [], more: false, pullRequest: null }))
  const [, id, events] = /^\/api\/runs\/([^/]+)(\/events)?$/.exec(pathname) ?? []
  const run = world.runs.find((other) => other.id === id)
  if (id !== undefined && !run) return problem(response, 'not_found')
  if (run && events) return json(response, 200, LedgerPage.parse({ events: world.ledger, next: null }))
  if (run) return json(response, 200, RunBody.parse(run))
  if (pathname === `/api/repos/acme/shop/issues/${world.issue.number}`)
    return json(response, 200, IssueBody.parse(world.issue))
  problem(response, 'not_found')
}

function countsOf(runs: readonly RunBody[]): RunCountsBody {
  const of = (status: RunBody['status']) => runs.filter((run) => run.status === status).length
  const counts = {
    queued: of('queued'),
    running: of('running'),
    paused: of('paused'),
    succeeded: of('succeeded'),
    failed: of('failed'),
    cancelled: of('cancelled'),
  }
  return { counts, max: 1_000 }
}

function choicesOf(runs: readonly RunBody[]): RunChoicesBody {
  const names = (of: (run: RunBody) => string) => [...new Set(runs.map(of))].toSorted()
  return {
    repositories: names(({ repository }) => `${repository.owner}/${repository.name}`),
    agents: names(({ agent }) => agent),
    people: names(({ requestedBy }) => requestedBy.login),
  }
}

function post(pathname: string, body: unknown, response: ServerResponse, world: World): void {
  if (pathname.endsWith('/assign-agent')) {
    const { agent = 'stub' } = AssignRequest.parse(body)
    const run = makeRun({ agent, via: 'api', createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() })
    world.runs = [run, ...world.runs]
    world.issue = {
      ...world.issue,
      runs: [run, ...world.issue.runs],
      assign: { allowed: false, why: 'A run is already working on this issue.' },
    }
    return json(response, 201, run)
  }
  if (pathname === '/api/auth/logout') return void response.writeHead(204).end()
  const steered = world.runs.find(({ id }) => [`/api/runs/${id}/pause`, `/api/runs/${id}/resume`].includes(pathname))
  if (steered) {
    const pause = pathname.endsWith('/pause') ? { by: 'octocat', at: new Date().toISOString() } : null
    const changed = makeRun({ ...steered, status: 'running', reason: null, pause, seq: steered.seq + 1 })
    world.runs = world.runs.map((other) => (other.id === changed.id ? changed : other))
    return json(response, 202, changed)
  }
  const told = world.runs.find(({ id }) => pathname === `/api/runs/${id}/prompt`)
  if (told) {
    PromptRequest.parse(body)
    const changed = makeRun({ ...told, seq: told.seq + 1 })
    world.runs = world.runs.map((other) => (other.id === changed.id ? changed : other))
    return json(response, 202, changed)
  }
  const again = world.runs.find(({ id }) => pathname === `/api/runs/${id}/retry`)
  if (again) {
    const next = makeRun({
      id: again.id,
      attempt: again.attempt + 1,
      seq: again.seq + 1,
      updatedAt: new Date().toISOString(),
    })
    world.runs = world.runs.map((other) => (other.id === next.id ? next : other))
    return json(response, 202, next)
  }
  const run = world.runs.find(({ id }) => [`/api/runs/${id}/cancel`, `/api/runs/${id}/kill`].includes(pathname))
  if (!run) return problem(response, 'not_found')
  if (pathname.endsWith('/kill')) KillRequest.parse(body)
  else CancelRequest.parse(body)
  const asked = { ...run, cancelRequested: true, phase: 'cancelling' as const, seq: run.seq + 1 }
  world.runs = world.runs.map((other) => (other.id === run.id ? asked : other))
  return json(response, 202, asked)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > BODY_BYTES_MAX) throw new Error('The body is too large')
  }
  return JSON.parse(text)
}

function problem(response: ServerResponse, code: ProblemCode): void {
  const { status, title } = problems[code]
  json(
    response,
    status,
    { type: `/problems/${code}`, code, status, title, reference: '7f3a91c2' },
    'application/problem+json',
  )
}

function json(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(JSON.stringify(body))
}
