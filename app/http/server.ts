/**
 * The HTTP server: one route table on express, with its lenient defaults replaced. Bodies and queries are read by our
 * own strict readers, errors become problem bodies, and a slow or broken request ends without touching the others.
 */
import { createServer as createNodeServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'

import express from 'express'
import type { Express, NextFunction, Request, Response } from 'express'

import { answerBrokenRequests, hasNoKnownEnd } from './broken-requests.ts'
import { dispatch, newReference, sendProblem } from './dispatch.ts'
import type { DispatchDeps, Handled } from './dispatch.ts'
import { securityHeaders } from './headers.ts'
import { healthRoutes } from './health.ts'
import { openApiRoute } from './openapi.ts'
import { pageOrNotFound, staticFiles } from './pages.ts'
import type { PageHandler } from './pages.ts'
import { ProblemError } from './problem.ts'
import type { Route } from './route.ts'
import { StreamRegister } from './sse.ts'

/** GitHub gives up after 10 s, so nobody's request needs longer to arrive (trust.md row 7). */
const REQUEST_TIMEOUT_MS = 10_000
/** How often node looks for requests that are too slow. */
const TIMEOUT_CHECK_MS = 1_000
/** How long requests in flight may take after the server stopped accepting. */
const CLOSE_TIMEOUT_MS = 8_000
const HEADER_BYTES_MAX = 16 * 1024

export interface ServerDeps extends Omit<DispatchDeps, 'streams'> {
  routes: readonly Route[]
  /** Shown in the API description, which is served where this is given. */
  version?: string
  /** The folder of the built dashboard, `web/dist`. */
  webRoot: string
  /** Where forms may lead besides here; default https://github.com. */
  githubUrl?: string
  /** Answers what no route and no file does; default the dashboard's page, or `not_found`. */
  otherwise?: PageHandler
  pingStore: () => Promise<void>
  requestTimeoutMs?: number
}

export interface HttpServer {
  /** Resolves with the address that it listens on; port 0 takes a free one. */
  listen(port: number, host?: string): Promise<string>
  /** From now on `/readyz` says no, so that no new requests are sent here. */
  drain(): void
  /** Stops accepting, ends every stream with `retry:`, waits for requests in flight (at most 8 s). */
  close(): Promise<void>
  readonly streams: StreamRegister
}

export function createServer(deps: ServerDeps): HttpServer {
  const streams = new StreamRegister()
  let draining = false
  const health = healthRoutes({ pingStore: deps.pingStore, isDraining: () => draining, now: deps.now })
  const dispatchDeps: DispatchDeps = { ...deps, streams }
  const routes = described([...health, ...deps.routes], deps)
  const app = application(routes, deps, dispatchDeps)
  const timeoutMs = deps.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  const server = createNodeServer(
    {
      requestTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, timeoutMs),
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    (req: IncomingMessage, res: ServerResponse) => {
      // Node tells of it as an error right after this; no handler may have acted by then.
      if (hasNoKnownEnd(req)) return
      if (draining) res.setHeader('connection', 'close')
      app(req as Request, res as Response)
    },
  )
  answerBrokenRequests(server, deps)
  return {
    streams,
    listen: (port, host = '127.0.0.1') => listening(server, port, host),
    drain: () => {
      draining = true
    },
    close: () => {
      draining = true
      return closed(server, streams)
    },
  }
}

/** The routes, and the one that describes them all. */
function described(routes: readonly Route[], { version, publicUrl }: ServerDeps): readonly Route[] {
  return version === undefined ? routes : [...routes, openApiRoute(routes, { version, publicUrl })]
}

function application(routes: readonly Route[], deps: ServerDeps, dispatchDeps: DispatchDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  // Nobody reads express' idea of a query: see checked.ts.
  app.set('query parser', false)
  // Headers that a proxy adds are believed from nobody (trust.md row 41).
  app.set('trust proxy', false)
  const always = securityHeaders(deps.publicUrl)
  app.use((_req, res, next) => {
    for (const [name, value] of Object.entries(always)) res.setHeader(name, value)
    next()
  })
  for (const route of routes) {
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'
    app[method](route.path, (req, res) => dispatch(route, handled(req, res), dispatchDeps))
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all(path, () => {
      throw new ProblemError('method_not_allowed', { headers: { allow: methods.join(', ') } })
    })
  }
  const webRoot = resolve(deps.webRoot)
  app.use(staticFiles(webRoot, deps.githubUrl))
  app.use(deps.otherwise ?? pageOrNotFound(webRoot, deps.githubUrl))
  // Four parameters make it express' error handler; its own one answers with a page and prints stacks.
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    sendProblem(error, handled(req, res), deps)
  })
  return app
}

function handled(req: Request, res: Response): Handled {
  return { req, res, params: req.params, reference: newReference() }
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of routes) {
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])])
  }
  return methods
}

function listening(server: Server, port: number, host: string): Promise<string> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      done(`http://${host}:${(server.address() as AddressInfo).port}`)
    })
  })
}

function closed(server: Server, streams: StreamRegister): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
    server.close(() => {
      clearTimeout(timer)
      done()
    })
    streams.drain()
    server.closeIdleConnections()
  })
}
