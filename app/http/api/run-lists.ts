/** Runs that the caller may read: lists by filters or by what is looked for, how many there are, and what to choose from. */
import { z } from 'zod'

import {
  RUNS_PAGE_DEFAULT,
  RUNS_PAGE_MAX,
  RunChoicesBody,
  RunCountsBody,
  RunCountsQuery,
  RunList,
  RunQuery,
} from '../../contracts/api.ts'
import type { RunWindow } from '../../contracts/api.ts'
import { RunStatus } from '../../contracts/status.ts'
import type { Run } from '../../domain/run.ts'
import { wantedRun } from '../../domain/run-search.ts'
import { toRunBody } from '../../domain/view.ts'
import { COUNTED_MAX } from '../../store/run-search.ts'
import { route } from '../route.ts'
import type { Identity, Route } from '../route.ts'
import { bad, limitOf } from './answers.ts'
import { cursorOf, placeOf } from './cursor.ts'
import type { Place } from './cursor.ts'
import type { ApiPorts } from './ports.ts'

const HOUR_MS = 3_600_000
const WINDOW_MS: Record<RunWindow, number> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
}

type Query = z.infer<typeof RunQuery>
type Filter = Parameters<ApiPorts['runs']['list']>[0]
interface Page {
  runs: readonly Run[]
  next: Place | null
}
const NONE: Page = { runs: [], next: null }

export function runListRoutes(ports: ApiPorts): Route[] {
  return [counts(ports), choices(ports), many(ports)]
}

function many(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs',
    access: 'signed_in',
    summary: 'Runs that the caller may read, newest first',
    description:
      'With `q`, one answer looks at 10,000 Runs at most: a page may be short of Runs, or empty, and still have a next one.',
    query: RunQuery,
    answer: RunList,
    async handle({ who, query }) {
      const statuses = statusesOf(query.status)
      const after = query.after === undefined ? undefined : placeOf(query.after)
      const filter = {
        limit: limitOf(query.limit, RUNS_PAGE_DEFAULT, RUNS_PAGE_MAX),
        repositoryIds: await scopeOf(ports, who, query.repository),
        ...narrowedBy(query, ports.now()),
        ...(statuses ? { statuses } : {}),
        ...(after ? { after } : {}),
      }
      const { runs, next } = await found(ports, query.q ?? '', filter)
      return {
        json: {
          runs: runs.map((run) => toRunBody(run, ports.urls)),
          next: next && cursorOf(next),
        } satisfies RunList,
      }
    },
  })
}

function counts(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/counts',
    access: 'signed_in',
    summary: 'How many Runs of each status the caller may read',
    query: RunCountsQuery,
    answer: RunCountsBody,
    async handle({ who, query }) {
      const repositoryIds = await scopeOf(ports, who, query.repository)
      const counted = await ports.runSearch.counts({ repositoryIds, ...narrowedBy(query, ports.now()) })
      return { json: { counts: counted, max: COUNTED_MAX } satisfies RunCountsBody }
    },
  })
}

function choices(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/runs/choices',
    access: 'signed_in',
    summary: 'Repositories, agents and people of the newest Runs that the caller may read',
    answer: RunChoicesBody,
    async handle({ who }) {
      const ids = await ports.access.readable(who)
      const readable = (await ports.access.repositories()).filter(({ id }) => ids === null || ids.includes(id))
      const { agents, people } = await ports.runSearch.choices(readable.map(({ id }) => id))
      const repositories = readable.map(({ owner, name }) => `${owner}/${name}`).toSorted()
      return { json: { repositories, agents, people } satisfies RunChoicesBody }
    },
  })
}

async function found(ports: ApiPorts, q: string, filter: Filter): Promise<Page> {
  const wanted = wantedRun(q)
  if (wanted === null) return listed(ports, filter)
  if (wanted.kind === 'run') {
    const run = (await ports.runs.load(wanted.id))?.run
    return run && !filter.after && fits(run, filter) ? { runs: [run], next: null } : NONE
  }
  if (wanted.kind === 'words') {
    const repositoryIds = filter.repositoryIds ?? (await ports.access.repositories()).map(({ id }) => id)
    return ports.runSearch.search({ ...filter, repositoryIds, words: wanted.words })
  }
  if (filter.issue !== undefined && filter.issue !== wanted.number) return NONE
  const repositoryIds = wanted.repository === null ? filter.repositoryIds : await namedAs(wanted.repository)
  return listed(ports, { ...filter, issue: wanted.number, repositoryIds })

  /** Of those that are looked through, the ones of this name, with or without its owner. */
  async function namedAs(name: string): Promise<number[]> {
    const all = await ports.access.repositories()
    const named = all.filter((r) => [r.name, `${r.owner}/${r.name}`].some((other) => other.toLowerCase() === name))
    return named.map(({ id }) => id).filter((id) => filter.repositoryIds?.includes(id) ?? true)
  }
}

async function listed({ runs }: ApiPorts, filter: Filter): Promise<Page> {
  // One more than asked for tells whether there is another page.
  const some = await runs.list({ ...filter, limit: filter.limit + 1 })
  const page = some.slice(0, filter.limit)
  return { runs: page, next: some.length > filter.limit ? (page.at(-1) ?? null) : null }
}

function fits(run: Run, { repositoryIds, statuses, issue, agent, requestedBy, since }: Filter): boolean {
  return (
    (repositoryIds?.includes(run.repository.id) ?? true) &&
    (statuses?.includes(run.status) ?? true) &&
    (issue === undefined || run.issue.number === issue) &&
    (agent === undefined || run.agent === agent) &&
    (requestedBy === undefined || run.requestedBy.login === requestedBy) &&
    (since === undefined || run.createdAt >= since)
  )
}

/** What a list may look through; null is everything. A repository that is hidden from the caller has as many Runs as one that does not exist: none. */
async function scopeOf(
  { access }: ApiPorts,
  who: Identity,
  repository: string | undefined,
): Promise<readonly number[] | null> {
  if (repository === undefined) return access.readable(who)
  const [owner = '', name = '', more] = repository.split('/')
  if (!owner || !name || more !== undefined) throw bad('repository is owner/name.')
  return (await access.readableNamed(who, owner, name)).map(({ id }) => id)
}

function narrowedBy(query: Pick<Query, 'issue' | 'agent' | 'requestedBy' | 'within'>, now: number) {
  const { issue, agent, requestedBy, within } = query
  return {
    ...(issue === undefined ? {} : { issue: Number(issue) }),
    ...(agent === undefined ? {} : { agent }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(within === undefined ? {} : { since: now - WINDOW_MS[within] }),
  }
}

function statusesOf(given: string | undefined): RunStatus[] | undefined {
  if (given === undefined) return undefined
  const parsed = z.array(RunStatus).safeParse([...new Set(given.split(','))])
  if (parsed.success) return parsed.data
  throw bad(`status is one or more of ${RunStatus.options.join(', ')}, with commas between them.`)
}
