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
  IssueBody,
  KillRequest,
  LedgerPage,
  LogPage,
  RunBody,
  RunList,
  type RunStreamEvent,
  SessionBody,
} from '#contracts/api.ts'
import { type ProblemCode, problems } from '#contracts/problems.ts'

import { CONTENT_SECURITY_POLICY } from '../../app/http/headers.ts'
import { makeIssue, makeRun, session } from './fixtures.ts'

const BODY_BYTES_MAX = 64 * 1024
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
  /** Paths that answer with a problem instead, as long as they stand here. */
  failing: Map<string, ProblemCode>
  /** Every request to change something, as it came. */
  posts: Array<{ path: string; body: unknown; headers: IncomingMessage['headers'] }>
  /** Paths of the streams that were asked for, in order. */
  streamRequests: string[]
}

export interface FixtureServer extends AsyncDisposable {
  readonly url: string
  readonly world: World
  /** Sends an event over every open stream and makes the Run's newer state what the API answers. */
  push(name: RunStreamEvent, run: RunBody): void
  /** Sends a named event without a Run: `ping`, `auth` or `reset`. */
  signal(name: 'ping' | 'auth' | 'reset'): void
  /** Cuts every open stream. */
  drop(): void
  openStreams(): number
}

/** Starts on a free port. `dist` is the folder of the built dashboard. */
export async function startFixtureServer(dist: string): Promise<FixtureServer> {
  const world: World = {
    session,
    runs: [],
    next: null,
    ledger: [],
    log: [],
    issue: makeIssue(),
    failing: new Map(),
    posts: [],
    streamRequests: [],
  }
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    serve(request, response, { dist, world, streams }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const write = (text: string) => streams.forEach((stream) => stream.write(text))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    push: (name, run) => {
      RunBody.parse(run)
      world.runs = [run, ...world.runs.filter((other) => other.id !== run.id)]
      const data = { v: 1, topic: `run:${run.id}`, type: name, seq: run.seq, at: run.updatedAt, data: {}, run }
      write(`id: ${run.id}/${run.seq}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    signal: (name) => write(`event: ${name}\ndata: {}\n\n`),
    drop: () => streams.forEach((stream) => stream.destroy()),
    openStreams: () => streams.size,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Parts {
  dist: string
  world: World
  streams: Set<ServerResponse>
}

async function serve(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/avatar.svg') return void response.setHeader('Content-Type', 'image/svg+xml').end(AVATAR)
  if (!pathname.startsWith('/api/')) return serveFile(pathname, response, parts.dist)
  const body = request.method === 'POST' ? await readJson(request) : null
  if (request.method === 'POST') parts.world.posts.push({ path: pathname, body, headers: request.headers })
  const failing = parts.world.failing.get(pathname)
  if (failing) return problem(response, failing)
  if (pathname.endsWith('/stream')) return openStream(request, response, parts)
  if (request.method === 'POST') return post(pathname, body, response, parts.world)
  if (pathname.endsWith('/logs')) return log(searchParams, response, parts.world)
  return get(pathname, response, parts.world)
}

async function serveFile(pathname: string, response: ServerResponse, dist: string): Promise<void> {
  const asset = pathname.startsWith('/assets/') || pathname === '/favicon.svg'
  const file = asset ? pathname : '/index.html'
  const bytes = await readFile(join(dist, file)).catch(() => null)
  if (!bytes) return void response.writeHead(404).end()
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(bytes)
}

function openStream(request: IncomingMessage, response: ServerResponse, { world, streams }: Parts): void {
  world.streamRequests.push(request.url ?? '')
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store, no-transform' })
  response.write('retry: 2000\n\nevent: ping\ndata: {}\n\n')
  streams.add(response)
  response.once('close', () => streams.delete(response))
}

function log(query: URLSearchParams, response: ServerResponse, world: World): void {
  const limit = Number(query.get('limit') ?? 500)
  const from = query.has('after') ? Number(query.get('after')) + 1 : 0
  const lines = world.log.slice(from, from + limit)
  const next = lines.length === limit ? (lines.at(-1)?.line ?? null) : null
  json(response, 200, LogPage.parse({ lines, next }))
}

function get(pathname: string, response: ServerResponse, world: World): void {
  if (pathname === '/api/session') return json(response, 200, SessionBody.parse(world.session))
  if (pathname === '/api/runs') return json(response, 200, RunList.parse({ runs: world.runs, next: world.next }))
  const [, id, events] = /^\/api\/runs\/([^/]+)(\/events)?$/.exec(pathname) ?? []
  const run = world.runs.find((other) => other.id === id)
  if (id !== undefined && !run) return problem(response, 'not_found')
  if (run && events) return json(response, 200, LedgerPage.parse({ events: world.ledger, next: null }))
  if (run) return json(response, 200, RunBody.parse(run))
  if (pathname === `/api/repos/acme/shop/issues/${world.issue.number}`)
    return json(response, 200, IssueBody.parse(world.issue))
  problem(response, 'not_found')
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
