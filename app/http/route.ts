/**
 * The type of one line of the route table: method, path, who may, what goes in, what comes out, and the handler. The
 * same schemas check requests today and describe the API to other programs, so that the two cannot drift apart.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'

import type { ProblemCode } from '../contracts/problems.ts'
import type { OpenStream, StreamOptions } from './sse.ts'

/**
 * Who may call a route. The server itself refuses anonymous callers (401) on `signed_in`, `read`, `write` and `admin`,
 * and everyone but admins (403) on `admin`. Which repository `read` and `write` speak of is known to the handler only,
 * so the handler checks it. `executor` and `github` carry a proof of their own, and `probe` must answer without the
 * database: nobody is identified for these three.
 */
export type Access = 'public' | 'signed_in' | 'read' | 'write' | 'admin' | 'executor' | 'github' | 'probe'

export type TokenRole = 'read' | 'write' | 'admin'

/** Who sent a request, as found by the `identify` function that the server is given. */
export type Identity =
  | { kind: 'anonymous' }
  | { kind: 'token'; name: string; role: TokenRole; repositoryGlob: string }
  | { kind: 'person'; id: number; login: string; admin: boolean }

/** Finds out who sent a request. May throw a `ProblemError`; never answers itself. */
export type Identify = (req: IncomingMessage) => Promise<Identity>

/** One JSON line per event; a pino logger fits. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What a handler is given. Everything in it was checked against the route's schemas. */
export interface RouteContext<Params = unknown, Query = unknown, Body = unknown> {
  params: Params
  query: Query
  /** The parsed JSON body where the route has a `body` schema. */
  body: Body
  /** The body's bytes where the route is `raw`, else empty. */
  bytes: Buffer
  who: Identity
  req: IncomingMessage
  res: ServerResponse
  log: Log
  /** Stands in the log and in every problem body, so that a person can name this very request. */
  reference: string
  /** Turns the answer into server-sent events; the handler then returns nothing. */
  openStream: (options?: StreamOptions) => OpenStream
}

/** What a handler returns: at most one of `json` and `content`; neither is an empty body. */
export interface Answer {
  /** Default 200. */
  status?: number
  headers?: Record<string, string>
  json?: unknown
  /** Anything that is not JSON, with its content type. */
  content?: { type: string; data: string | Uint8Array }
}

/** An answer as it goes out. */
export interface Outgoing {
  status: number
  headers: Record<string, string>
  data: string | Uint8Array
}

interface OtherAnswer {
  status: number
  description: string
  answer?: z.ZodType
}

interface RouteBase {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Express 5 syntax: `/api/runs/:id`. */
  path: string
  access: Access
  /** One sentence for the API description. */
  summary: string
  /** What one sentence cannot say. */
  description?: string
  /** What the route answers when all goes well; default 200. */
  status?: number
  /** The JSON body of that answer; without it and `produces` there is none. */
  answer?: z.ZodType
  /** Media types of that answer besides JSON. */
  produces?: readonly string[]
  /** Answers that are no refusal besides that one: a redirect, a second kind of success. */
  others?: readonly OtherAnswer[]
  /** Refusals beyond those that every route of its kind has; see `problemsOf`. Any other one fails the tests. */
  problems?: readonly ProblemCode[]
  /** The body as the API description tells it, where it is `raw` or the handler reads it itself. */
  sends?: { type: string; schema?: z.ZodType; description?: string }
  /** A body that works, for the pages of the API description. */
  example?: unknown
  /** Starts or stops something: the header Idempotency-Key makes a repeated request get the first answer again. */
  idempotent?: true
  /** The route that this one is a second name of, as the description writes it: `POST /api/runs/{id}/kill`. */
  aliasOf?: string
  /** Answers with server-sent events. Then the handler tells anonymous readers so itself (surfaces.md 2.6). */
  stream?: true
  /** The content type of a body that is handed on as bytes; `*` takes any. */
  raw?: string
  /** Default 64 KiB; more is answered with 413 and a closed connection. */
  bodyBytesMax?: number
}

export interface Route extends RouteBase {
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  handle(ctx: RouteContext): Promise<Answer | void> | Answer | void
}

interface TypedRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> extends RouteBase {
  params?: P
  /** A strictObject of strings. A parameter that it does not name, or one given twice, is refused with 400. */
  query?: Q
  /** JSON, `application/json` only; what does not fit is refused with 422. */
  body?: B
  handle(ctx: RouteContext<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer | void> | Answer | void
}

/** Names a route so that its handler sees the types of its own schemas. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(r: TypedRoute<P, Q, B>): Route {
  return r
}
