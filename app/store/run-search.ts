/**
 * Looking through Runs by what no list of them is about (the words of a title), counting them, and who and what is in
 * them. All of it is read from an index alone, so that no Run is fetched which is not shown.
 */
import { runStatuses } from '../contracts/status.ts'
import type { RunStatus } from '../contracts/status.ts'
import type { Run } from '../domain/run.ts'
import { hasWords } from '../domain/run-search.ts'
import type { StoreConnection } from './connect.ts'
import { listName, placeOf, runAt } from './run-lists.ts'
import type { RunPlace } from './run-lists.ts'
import type { RunDocument } from './run-models.ts'
import { LISTS_MERGED_MAX } from './runs.ts'
import type { RunFilter } from './runs.ts'

/** One search looks at so many Runs; the next page goes on where it stopped. */
export const SEARCHED_MAX = 10_000
const HEADINGS_PER_READ = 1_000
/** Who looks at a count above this only needs to know that it is many. */
export const COUNTED_MAX = 1_000
/** The newest so many Runs tell who asks and which agents work. */
export const CHOICES_FROM_MAX = 1_000
const QUERY_MS_MAX = 5_000

/** What the index tells of a Run. */
interface Heading {
  place: string
  repositoryId: number
  status: RunStatus
  agent: string
  requestedBy: string
  issueNumber: number
  run: { issue: { title: string } }
}

interface Stretch {
  repositoryIds: readonly number[]
  /** Older than this place; null is from the newest. */
  before: string | null
  since: number | undefined
  limit: number
}

export interface SearchFilter extends RunFilter {
  repositoryIds: readonly number[]
  /** In lower case; all of them have to be there. */
  words: readonly string[]
}

export type CountFilter = Omit<RunFilter, 'statuses' | 'after' | 'limit'>
export type RunSearch = ReturnType<typeof runSearch>

type RunCollection = ReturnType<typeof collectionOf>
const collectionOf = (connection: StoreConnection) => connection.collection<RunDocument>('runs')

export function runSearch(connection: StoreConnection) {
  const runs = collectionOf(connection)
  return {
    /** A page of what fits, newest first. `next` is where to go on, also when the page is short of Runs. */
    async search(filter: SearchFilter): Promise<{ runs: Run[]; next: RunPlace | null }> {
      const { repositoryIds, since, limit } = filter
      const found: string[] = []
      let before = filter.after ? placeOf(filter.after) : null
      for (let seen = 0; seen < SEARCHED_MAX; seen += HEADINGS_PER_READ) {
        const some = await headings(runs, { repositoryIds, before, since, limit: HEADINGS_PER_READ })
        found.push(...some.filter((heading) => fits(heading, filter)).map(({ place }) => place))
        before = some.at(-1)?.place ?? before
        const page = found.slice(0, limit)
        if (found.length > limit) return { runs: await fetched(runs, page), next: runAt(page.at(-1)!) }
        if (some.length < HEADINGS_PER_READ) return { runs: await fetched(runs, page), next: null }
      }
      return { runs: await fetched(runs, found), next: before === null ? null : runAt(before) }
    },

    /** How many Runs of each status there are; of each at most `COUNTED_MAX`. */
    async counts(filter: CountFilter): Promise<Record<RunStatus, number>> {
      const { repositoryIds, issue, agent, requestedBy, since } = filter
      const counted = runStatuses.map(async (status) => {
        const names = (repositoryIds ?? [undefined]).map((repositoryId) =>
          listName({ repositoryId, issue, status, agent, requestedBy }),
        )
        if (names.length === 0) return [status, 0] as const
        const place = since === undefined ? {} : { place: { $gte: placeOf({ createdAt: since, id: '' }) } }
        const query = { lists: names.length === 1 ? names[0]! : { $in: names }, ...place }
        return [
          status,
          await runs.countDocuments(query, { hint: 'lists', limit: COUNTED_MAX, maxTimeMS: QUERY_MS_MAX }),
        ] as const
      })
      return Object.fromEntries(await Promise.all(counted)) as Record<RunStatus, number>
    },

    /** How many Runs of a repository were made at this moment or later; at most `max`. */
    madeSince(repositoryId: number, since: number, max: number): Promise<number> {
      const query = { lists: listName({ repositoryId }), place: { $gte: placeOf({ createdAt: since, id: '' }) } }
      return runs.countDocuments(query, { hint: 'lists', limit: max, maxTimeMS: QUERY_MS_MAX })
    },

    /** Who asked for the newest Runs and which agents did them, by name. */
    async choices(repositoryIds: readonly number[]): Promise<{ agents: string[]; people: string[] }> {
      const newest = await headings(runs, { repositoryIds, before: null, since: undefined, limit: CHOICES_FROM_MAX })
      const named = (field: 'agent' | 'requestedBy') => [...new Set(newest.map((heading) => heading[field]))].toSorted()
      return { agents: named('agent'), people: named('requestedBy') }
    },
  }
}

const headingFields = { place: 1, status: 1, agent: 1, requestedBy: 1, issueNumber: 1, 'run.issue.title': 1 } as const

function read(runs: RunCollection, { repositoryIds, before, since, limit }: Stretch): Promise<Heading[]> {
  const place = {
    ...(before === null ? {} : { $lt: before }),
    ...(since === undefined ? {} : { $gte: placeOf({ createdAt: since, id: '' }) }),
  }
  const options = { projection: { _id: 0, ...headingFields }, hint: 'headings', limit, maxTimeMS: QUERY_MS_MAX }
  return runs
    .find<Heading>(
      { repositoryId: { $in: [...repositoryIds] }, ...(Object.keys(place).length > 0 ? { place } : {}) },
      options,
    )
    .sort({ place: -1 })
    .toArray()
}

/** Newest first, over any number of repositories. */
async function headings(runs: RunCollection, stretch: Stretch): Promise<Heading[]> {
  const { repositoryIds, limit } = stretch
  if (repositoryIds.length <= LISTS_MERGED_MAX) return repositoryIds.length === 0 ? [] : read(runs, stretch)
  const found: Heading[] = []
  for (let start = 0; start < repositoryIds.length; start += LISTS_MERGED_MAX) {
    const some = repositoryIds.slice(start, start + LISTS_MERGED_MAX)
    found.push(...(await read(runs, { ...stretch, repositoryIds: some })))
  }
  return found.toSorted((a, b) => (a.place < b.place ? 1 : -1)).slice(0, limit)
}

async function fetched(runs: RunCollection, places: readonly string[]): Promise<Run[]> {
  const ids = places.map((place) => runAt(place).id)
  if (ids.length === 0) return []
  const found = await runs.find({ _id: { $in: ids } }, { projection: { run: 1 } }).toArray()
  const byId = new Map(found.map(({ _id, run }) => [_id, run]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

function fits(heading: Heading, { statuses, issue, agent, requestedBy, words }: SearchFilter): boolean {
  return (
    (statuses === undefined || statuses.includes(heading.status)) &&
    (issue === undefined || heading.issueNumber === issue) &&
    (agent === undefined || heading.agent === agent) &&
    (requestedBy === undefined || heading.requestedBy === requestedBy) &&
    hasWords(words, { title: heading.run.issue.title, issue: heading.issueNumber })
  )
}
