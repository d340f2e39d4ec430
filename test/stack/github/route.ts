/** The shape of a REST route, and what most of them share: reading parameters, pages, whom the call is about. */
import type { Need } from './access.ts'
import type { Principal } from './auth.ts'
import { notFound, validationFailed } from './errors.ts'
import type { IssueRecord, RepositoryRecord } from './records.ts'
import type { Json } from './views/common.ts'
import type { Webhooks } from './webhooks.ts'
import type { World } from './world.ts'

export interface Call {
  world: World
  webhooks: Webhooks
  principal: Principal
  params: Record<string, string>
  /** Coerced to the described types. */
  query: Json
  body: Json
  url: URL
  accept: string
  headers: Record<string, string>
}
/** A call below `/repos/{owner}/{repo}`, after the permission check. */
export interface RepositoryCall extends Call {
  repository: RepositoryRecord
}

export interface Answer {
  status: number
  body?: unknown
  /** Instead of JSON, when the client asked for a diff or raw bytes. */
  raw?: { type: string; bytes: Uint8Array | string }
  headers?: Record<string, string>
}
type Handler<C> = (call: C) => Answer | Promise<Answer>

export type Route =
  /** Below a repository: `need` says which permission. */
  | { kind: 'repository'; need: Need; handler: Handler<RepositoryCall> }
  /** Answers to the App's JWT only. */
  | { kind: 'app'; handler: Handler<Call> }
  /** Decides for itself. */
  | { kind: 'free'; handler: Handler<Call> }
/** `METHOD /described/path` to route. */
export type Routes = Record<string, Route>

export function onRepository(need: Need, handler: Handler<RepositoryCall>): Route {
  return { kind: 'repository', need, handler }
}
export const asApp = (handler: Handler<Call>): Route => ({ kind: 'app', handler })
export const free = (handler: Handler<Call>): Route => ({ kind: 'free', handler })

export const reads = (...anyOf: readonly string[]): Need => ({ anyOf, level: 'read' })
export const writes = (...anyOf: readonly string[]): Need => ({ anyOf, level: 'write' })

export const ok = (body: unknown): Answer => ({ status: 200, body })
export const created = (body: unknown, location?: unknown): Answer => ({
  status: 201,
  body,
  ...(typeof location === 'string' ? { headers: { location } } : {}),
})
export const noContent: Answer = { status: 204 }

const PER_PAGE_DEFAULT = 30
const PER_PAGE_MAX = 100

interface Page<T> {
  items: T[]
  headers: Record<string, string>
}

/** One page of a list, with the `Link` header that leads on. */
function paginate<T>(call: Pick<Call, 'query' | 'url' | 'world'>, all: readonly T[]): Page<T> {
  const perPage = Math.min(
    PER_PAGE_MAX,
    Math.max(1, Number(call.query['per_page'] ?? PER_PAGE_DEFAULT) || PER_PAGE_DEFAULT),
  )
  const page = Math.max(1, Number(call.query['page'] ?? 1) || 1)
  const last = Math.max(1, Math.ceil(all.length / perPage))
  const items = all.slice((page - 1) * perPage, page * perPage)
  const to = (number: number, rel: string) => {
    const url = new URL(`${call.world.url}${call.url.pathname}${call.url.search}`)
    url.searchParams.set('page', String(number))
    return `<${url.href}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [to(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ]
  return { items, headers: links.length > 0 ? { link: links.join(', ') } : {} }
}

export async function listAnswer<T>(call: Call, all: readonly T[], view: (item: T) => unknown): Promise<Answer> {
  const { items, headers } = paginate(call, all)
  return { status: 200, body: await Promise.all(items.map(view)), headers }
}
/** Lists that are wrapped: `{total_count, <key>: […]}`. */
export async function countedAnswer<T>(
  call: Call,
  key: string,
  all: readonly T[],
  view: (item: T) => unknown,
): Promise<Answer> {
  const { items, headers } = paginate(call, all)
  return { status: 200, body: { total_count: all.length, [key]: await Promise.all(items.map(view)) }, headers }
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
export const numberOf = (call: Call, name: string): number => Number(call.params[name])

/** The issue or pull request of the path; a deleted or unknown number is 404 (GitHub says 410 for deleted ones). */
export function issueOf(call: RepositoryCall): IssueRecord {
  const issue = call.world.findIssue(
    call.repository.id,
    numberOf(call, call.params['pull_number'] ? 'pull_number' : 'issue_number'),
  )
  if (!issue) throw notFound()
  return issue
}

/** `open`, `closed`, `all`. */
export function byState<T extends { state: string }>(call: Call, items: readonly T[]): T[] {
  const state = text(call.query['state']) || 'open'
  return items.filter((item) => state === 'all' || item.state === state)
}

export function required(call: Call, resource: string, field: string): string {
  const value = call.body[field]
  if (typeof value !== 'string' || value === '') throw validationFailed({ resource, field, code: 'missing_field' })
  return value
}
