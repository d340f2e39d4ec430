/**
 * Paths by which other tools know the same deeds: each calls the route that it is a second name of, so that there is one
 * place where somebody's right and the state of a Run are looked at.
 */
import { z } from 'zod'

import { RunBody } from '../../contracts/api.ts'
import type { LogPage, RunList } from '../../contracts/api.ts'
import { RunId } from '../../contracts/ids.ts'
import {
  GitProgress,
  SpawnBody,
  SpawnRequest,
  VerifyRepositoryBody,
  VerifyRepositoryRequest,
  WorkOrder,
  WorkOrderLog,
  WorkOrderLogQuery,
  WorkOrderPromptRequest,
  WorkOrderQuery,
  WorkOrderRequest,
  WorkOrders,
} from '../../contracts/work-orders.ts'
import { runStatusesOf, toGitProgress, toWorkOrder } from '../../domain/work-order.ts'
import { check } from '../checked.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Answer, Route, RouteContext } from '../route.ts'
import { AssignParams } from './assign.ts'
import type { ApiPorts } from './ports.ts'
import { readableRepository } from './repository.ts'

const LOG_ENTRIES_DEFAULT = 100
const RunParams = z.strictObject({ id: RunId })

/** `routes` are those that have the first names. */
export function aliasRoutes(ports: ApiPorts, routes: readonly Route[]): Route[] {
  const canonical = (method: Route['method'], path: string): Route => {
    const found = routes.find((each) => each.method === method && each.path === path)
    if (!found) throw new Error(`There is no route ${method} ${path} to give another name`)
    return found
  }
  return [
    interrupt(canonical),
    second('/agents/:id/kill', canonical('POST', '/api/runs/:id/kill')),
    second('/agents/kill-all', canonical('POST', '/api/runs/kill-all')),
    spawn(canonical),
    ...workOrders(ports, canonical),
    promptWorkOrder(canonical),
    verifyRepository(ports),
    second('/repos', canonical('GET', '/api/repos')),
  ]
}

type Canonical = (method: Route['method'], path: string) => Route
const ASSIGN = '/api/repos/:owner/:repo/issues/:number/assign-agent'

const nameOf = ({ method, path }: Route): string => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`
const second = (path: string, first: Route): Route => ({ ...first, path, aliasOf: nameOf(first) })

/** What the first route answers, where it answers with JSON. */
async function answerOf(first: Route, context: RouteContext): Promise<Answer> {
  const answer = await first.handle(context)
  if (!answer) throw new Error(`${nameOf(first)} answered by itself`)
  return answer
}

/** S003-130: one address for three deeds. */
function interrupt(canonical: Canonical): Route {
  return route({
    method: 'POST',
    path: '/api/runs/:id/interrupt',
    access: 'write',
    summary: 'Pauses, resumes or cancels a Run',
    params: RunParams,
    body: z.strictObject({
      action: z.enum(['pause', 'resume', 'cancel']),
      reason: z.string().max(500).optional().describe('For a cancel'),
    }),
    example: { action: 'pause' },
    status: 202,
    answer: RunBody,
    idempotent: true,
    problems: ['run_ended', 'not_allowed_now'],
    handle: (context) => {
      const { action, reason } = context.body
      const body = action === 'cancel' && reason !== undefined ? { reason } : {}
      return answerOf(canonical('POST', `/api/runs/:id/${action}`), { ...context, body })
    },
  })
}

function spawn(canonical: Canonical): Route {
  const first = canonical('POST', ASSIGN)
  return route({
    method: 'POST',
    path: '/agents/spawn',
    access: 'write',
    summary: 'Assigns an agent to an issue',
    aliasOf: nameOf(first),
    body: SpawnRequest,
    example: { repository: 'acme/shop', issue: 101 },
    status: 201,
    answer: SpawnBody,
    idempotent: true,
    problems: ['run_live', 'not_allowed_now'],
    async handle(context) {
      const { repository, issue, ...body } = context.body
      const [owner, repo] = repository.split('/')
      const params = check(AssignParams, { owner, repo, number: String(issue) }, 'unprocessable')
      const answer = await answerOf(first, { ...context, params, body })
      const run = answer.json as RunBody
      return { ...answer, json: { agentId: run.id, run } satisfies SpawnBody }
    },
  })
}

function workOrders(ports: ApiPorts, canonical: Canonical): Route[] {
  const [assign, list, one] = [
    canonical('POST', ASSIGN),
    canonical('GET', '/api/runs'),
    canonical('GET', '/api/runs/:id'),
  ]
  const orderOf = (answer: Answer) => toWorkOrder(answer.json as RunBody, ports.urls.githubUrl)
  const base = { method: 'GET', access: 'read', aliasOf: nameOf(one), params: RunParams } as const
  return [
    route({
      method: 'POST',
      path: '/agent-work-orders',
      access: 'write',
      summary: 'Assigns an agent to an issue, as a work order',
      aliasOf: nameOf(assign),
      body: WorkOrderRequest,
      example: { repository_url: 'https://github.com/acme/shop', github_issue_number: '101' },
      status: 201,
      answer: WorkOrder,
      idempotent: true,
      problems: ['run_live', 'not_allowed_now'],
      async handle(context) {
        const { repository_url, github_issue_number: number, user_request } = context.body
        const params = check(AssignParams, { ...placeOf(ports, repository_url), number }, 'unprocessable')
        const body = user_request === undefined ? {} : { instructions: user_request }
        const answer = await answerOf(assign, { ...context, params, body })
        return { ...answer, json: orderOf(answer) }
      },
    }),
    route({
      method: 'GET',
      path: '/agent-work-orders',
      access: 'signed_in',
      summary: 'The newest Runs as work orders',
      aliasOf: nameOf(list),
      query: WorkOrderQuery,
      answer: WorkOrders,
      async handle(context) {
        const { status } = context.query
        const query = status ? { status: runStatusesOf(status).join(',') } : {}
        const { runs } = (await answerOf(list, { ...context, query })).json as RunList
        return { json: runs.map((run) => toWorkOrder(run, ports.urls.githubUrl)) }
      },
    }),
    route({
      ...base,
      path: '/agent-work-orders/:id',
      summary: 'One Run as a work order',
      answer: WorkOrder,
      handle: async (context) => ({ json: orderOf(await answerOf(one, context)) }),
    }),
    route({
      ...base,
      path: '/agent-work-orders/:id/git-progress',
      summary: 'What the branch of a Run holds so far',
      answer: GitProgress,
      handle: async (context) => ({ json: toGitProgress((await answerOf(one, context)).json as RunBody) }),
    }),
    workOrderLog(canonical),
  ]
}

function workOrderLog(canonical: Canonical): Route {
  const logs = canonical('GET', '/api/runs/:id/logs')
  return route({
    method: 'GET',
    access: 'read',
    params: RunParams,
    path: '/agent-work-orders/:id/logs',
    summary: 'The log of a Run',
    aliasOf: nameOf(logs),
    query: WorkOrderLogQuery,
    answer: WorkOrderLog,
    async handle(context) {
      const { limit = String(LOG_ENTRIES_DEFAULT), offset = '0' } = context.query
      const query = { limit, ...(Number(offset) > 0 ? { after: String(Number(offset) - 1) } : {}) }
      const { lines } = (await answerOf(logs, { ...context, query })).json as LogPage
      return { json: { agent_work_order_id: context.params.id, log_entries: lines } satisfies WorkOrderLog }
    },
  })
}

function promptWorkOrder(canonical: Canonical): Route {
  const first = canonical('POST', '/api/runs/:id/prompt')
  return route({
    method: 'POST',
    path: '/agent-work-orders/:id/prompt',
    access: 'write',
    summary: first.summary,
    aliasOf: nameOf(first),
    params: RunParams,
    body: WorkOrderPromptRequest,
    example: { prompt_text: 'Use tabs.' },
    status: 202,
    answer: RunBody,
    idempotent: true,
    problems: ['run_ended', 'not_allowed_now'],
    handle: (context) => answerOf(first, { ...context, body: { prompt: context.body.prompt_text } }),
  })
}

/** A repository that the caller may not read is as inaccessible as one that is not there. */
function verifyRepository(ports: ApiPorts): Route {
  return route({
    method: 'POST',
    path: '/github/verify-repository',
    access: 'signed_in',
    summary: 'Whether the App is installed on a repository that the caller may read',
    body: VerifyRepositoryRequest,
    example: { repository_url: 'https://github.com/acme/shop' },
    answer: VerifyRepositoryBody,
    async handle({ who, body }) {
      const { number: _, ...place } = AssignParams.shape
      const named = check(z.strictObject(place), placeOf(ports, body.repository_url), 'unprocessable')
      try {
        const { owner, name, defaultBranch } = await readableRepository(ports, who, named)
        const repository = { owner, name, defaultBranch }
        return { json: { is_accessible: true, repository } satisfies VerifyRepositoryBody }
      } catch (error) {
        if (!(error instanceof ProblemError) || error.code !== 'not_found') throw error
        return { json: { is_accessible: false, repository: null } satisfies VerifyRepositoryBody }
      }
    },
  })
}

/** `https://github.com/acme/shop.git` → `acme`, `shop`. Throws `unprocessable` for another host. */
function placeOf({ urls }: ApiPorts, address: string): { owner: string; repo: string } {
  const { origin, pathname } = new URL(address)
  const [owner = '', repo = '', more] = pathname
    .slice(1)
    .replace(/\.git$/, '')
    .split('/')
  if (origin === new URL(urls.githubUrl).origin && more === undefined) return { owner, repo }
  throw new ProblemError('unprocessable', { detail: `repository_url is ${urls.githubUrl}/owner/name.` })
}
