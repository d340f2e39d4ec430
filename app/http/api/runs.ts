/** Reading one Run, its ledger and its log; and asking for it to be cancelled. */
import type { IncomingMessage } from 'node:http'

import { z } from 'zod'

import { CancelRequest, EVENTS_PAGE_MAX, LedgerPage, LogCountBody, LogPage, RunBody } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import { toLedgerBody } from '../../domain/stream-events.ts'
import { toRunBody } from '../../domain/view.ts'
import { commandOf } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { personOf } from './access.ts'
import { requireWriter } from './admins.ts'
import { doings, limitOf, readableRun } from './answers.ts'
import type { ApiPorts } from './ports.ts'
import { isRequester } from './run-actions.ts'

const LOG_PAGE_DEFAULT = 500
const LOG_PAGE_MAX = 1_000

const RunParams = z.strictObject({ id: RunId })
const digits = z
  .string()
  .regex(/^\d{1,7}$/)
  .optional()
const PageQuery = z.strictObject({ after: digits, limit: digits })

export function runRoutes(ports: ApiPorts): Route[] {
  return [one(ports), alias(ports), events(ports), logs(ports), logCount(ports), cancel(ports)]
}

function one(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id',
    access: 'read',
    summary: 'One Run',
    description: 'Its timeline stands at `/api/runs/{id}/events`; `links.events` is the whole address.',
    params: RunParams,
    answer: RunBody,
    handle: async ({ who, params }) => ({ json: toRunBody(await readableRun(ports, who, params.id), ports.urls) }),
  })
}

/** The address of a Run's page answers with JSON, unless a browser asks (surfaces.md 4.4). */
function alias(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/runs/:id',
    access: 'public',
    summary: "One Run, or its page where the reader's browser prefers HTML",
    answer: RunBody,
    produces: ['text/html'],
    // Any text, because a page says of a wrong id that there is no such Run.
    params: z.strictObject({ id: z.string() }),
    query: z.record(z.string(), z.string()),
    async handle({ who, req, res, params }) {
      if (prefersHtml(req)) return ports.page(req, res)
      if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
      const id = RunId.safeParse(params.id)
      if (!id.success) throw new ProblemError('not_found')
      return { json: toRunBody(await readableRun(ports, who, id.data), ports.urls) }
    },
  })
}

function events(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/events',
    access: 'read',
    summary: "The Run's ledger after a sequence number, oldest first",
    params: RunParams,
    query: PageQuery,
    answer: LedgerPage,
    async handle({ who, params, query }) {
      const run = await readableRun(ports, who, params.id)
      const limit = limitOf(query.limit, EVENTS_PAGE_MAX, EVENTS_PAGE_MAX)
      const found = await ports.runs.ledger(run.id, Number(query.after ?? 0), limit)
      const last = found.at(-1)?.seq ?? null
      const next = last !== null && last < run.seq ? last : null
      return { json: { events: found.map(toLedgerBody), next } satisfies LedgerPage }
    },
  })
}

function logs(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/logs',
    access: 'read',
    summary: "Lines of the Run's log after a line number",
    params: RunParams,
    query: PageQuery,
    answer: LogPage,
    async handle({ who, params, query }) {
      const run = await readableRun(ports, who, params.id)
      const limit = limitOf(query.limit, LOG_PAGE_DEFAULT, LOG_PAGE_MAX)
      const from = query.after === undefined ? 0 : Number(query.after) + 1
      const found = await ports.logs.readLogs(run.id, from, limit)
      const lines = found.map(({ line, at, source, level, text }) => ({ line, at, source, level, text }))
      const next = lines.length === limit ? lines.at(-1)!.line : null
      return { json: { lines, next } satisfies LogPage }
    },
  })
}

/** Asked apart, so that neither the Run nor a page of its log costs one more query. */
function logCount(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/:id/logs/count',
    access: 'read',
    summary: "How many lines the Run's log has",
    params: RunParams,
    answer: LogCountBody,
    async handle({ who, params }) {
      const run = await readableRun(ports, who, params.id)
      return { json: { lines: await ports.logs.countLogs(run.id) } satisfies LogCountBody }
    },
  })
}

function cancel(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/cancel',
    access: 'write',
    summary: 'Asks the Run to stop at its next checkpoint',
    example: { reason: 'The issue was answered by hand' },
    idempotent: true,
    problems: ['run_ended', 'not_allowed_now'],
    params: RunParams,
    body: CancelRequest,
    status: 202,
    answer: RunBody,
    async handle({ who, req, log, params, body }) {
      if (who.kind === 'anonymous') throw new ProblemError('unauthenticated')
      const run = await readableRun(ports, who, params.id)
      const by = personOf(who)
      const act = { action: 'run.cancel', target: `run:${run.id}`, issue: run.issue.number } as const
      if (!isRequester(who, run)) await requireWriter(ports, { who, req, log }, run.repository, act, doings.cancel)
      const asked = { by: by.login, reason: body.reason ?? null, via: 'api', command: commandOf(who, req) } as const
      const wanted = { type: 'cancel', ...asked, at: ports.now() } as const
      const answer = await ports.submit(run.id, wanted, req.socket.remoteAddress)
      if (!('refused' in answer)) return { status: 202, json: toRunBody(answer, ports.urls) }
      const code = answer.refused === 'ended' ? 'run_ended' : 'not_allowed_now'
      throw new ProblemError(code, { detail: answer.message, runId: run.id })
    },
  })
}

/** True when HTML stands before JSON among what the reader takes; `*` alone, as programs send it, is JSON. */
function prefersHtml(req: IncomingMessage): boolean {
  const weights = { html: 0, json: 0 }
  for (const range of (req.headers.accept ?? '').slice(0, 1_000).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const q = parameters.find((p) => p.startsWith('q='))
    const weight = q === undefined ? 1 : Number(q.slice(2)) || 0
    if (type === 'text/html' || type === 'application/xhtml+xml') weights.html = Math.max(weights.html, weight)
    if (type === 'application/json') weights.json = Math.max(weights.json, weight)
  }
  return weights.html > 0 && weights.html >= weights.json
}
