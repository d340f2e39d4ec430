/** The part of the catalogue that is about lists of Runs: every mix of filters, searching, counting, and what to choose from. */
import { CHOICES_FROM_MAX, COUNTED_MAX, runSearch, SEARCHED_MAX } from '../../app/store/run-search.ts'
import { LISTS_MERGED_MAX } from '../../app/store/runs.ts'
import type { RunFilter } from '../../app/store/runs.ts'
import { AGENTS, PEOPLE, REPOSITORIES, SEED_START, seededId, seededRepository } from '../support/seed-runs.ts'
import type { RunsWorld } from '../stack/api/runs.ts'

export interface Call {
  name: string
  /** How many keys and documents the call's commands may look at, all together. */
  keysMax: number
  docsMax: number
  issue: () => Promise<unknown>
}

const PAGE = 51

/** Every mix of filters, from the start and from a place inside. */
export function listCalls({ store }: RunsWorld): Call[] {
  const all = Array.from({ length: REPOSITORIES }, (_, index) => seededRepository(index).id)
  const repositories: RunFilter['repositoryIds'][] = [null, [all[3]!], all]
  const statuses: RunFilter['statuses'][] = [undefined, ['failed'], ['queued', 'running', 'paused']]
  const afters = [undefined, { createdAt: SEED_START + 5_000, id: seededId(10_000) }]
  const calls: Call[] = []
  for (const repositoryIds of repositories)
    for (const wanted of statuses)
      for (const issue of [undefined, 40])
        for (const agent of [undefined, AGENTS[1]!])
          for (const requestedBy of [undefined, PEOPLE[1]!])
            for (const after of afters) {
              const filter = {
                repositoryIds,
                limit: PAGE,
                ...defined({ statuses: wanted, issue, agent, requestedBy, after }),
              }
              const branches = (repositoryIds?.length ?? 1) * (wanted?.length ?? 1)
              calls.push({
                name: `runs.list ${JSON.stringify({ ...filter, repositoryIds: repositoryIds?.length ?? null })}`,
                keysMax: PAGE + branches,
                docsMax: PAGE,
                issue: () => store.list(filter),
              })
            }
  // A person with more repositories than MongoDB merges at once: places from the index, documents of the page only.
  const many = Array.from({ length: LISTS_MERGED_MAX + 50 }, (_, index) => 1_000 + index)
  calls.push({
    name: `runs.list of ${many.length} repositories`,
    keysMax: 3 * PAGE + many.length,
    docsMax: PAGE,
    issue: () => store.list({ repositoryIds: many, limit: PAGE }),
  })
  return calls
}

/** The same lists from a moment on, without and with a place inside. */
export function sinceCalls({ store }: RunsWorld): Call[] {
  const some = [seededRepository(3).id, seededRepository(4).id]
  const after = { createdAt: SEED_START + 8_000, id: seededId(16_000) }
  return [null, some].flatMap((repositoryIds) =>
    [{}, { after }].map((place) => {
      const filter = { repositoryIds, since: SEED_START + 5_000, limit: PAGE, ...place }
      return {
        name: `runs.list ${JSON.stringify(filter)}`,
        keysMax: PAGE + (repositoryIds?.length ?? 1),
        docsMax: PAGE,
        issue: () => store.list(filter),
      }
    }),
  )
}

/** What is looked at stands in an index alone; only Runs that are shown are fetched. */
export function searchCalls({ connection }: RunsWorld): Call[] {
  const find = runSearch(connection)
  const all = Array.from({ length: REPOSITORIES }, (_, index) => seededRepository(index).id)
  const many = Array.from({ length: LISTS_MERGED_MAX + 50 }, (_, index) => 1_000 + index)
  const page = { repositoryIds: all, limit: PAGE - 1 }
  const inside = { after: { createdAt: SEED_START + 5_000, id: seededId(10_000) }, since: SEED_START + 4_000 }
  // Each of the reads finds one key more at the end of every repository's stretch.
  const looked = (runs: number) => runs + (runs / 1_000) * (REPOSITORIES + 1)
  const counted = { keysMax: 6 * (COUNTED_MAX + REPOSITORIES + 1), docsMax: 0 }
  const call = (name: string, runs: number, docsMax: number, issue: () => Promise<unknown>): Call => ({
    name,
    keysMax: looked(runs) + docsMax,
    docsMax,
    issue,
  })
  return [
    call('runs.search of what is nowhere', SEARCHED_MAX, 0, () => find.search({ ...page, words: ['nowhere'] })),
    call('runs.search of what is everywhere', 1_000, PAGE - 1, () =>
      find.search({ ...page, words: ['csv', 'export'] }),
    ),
    call('runs.search since a moment', 1_000, PAGE - 1, () =>
      find.search({ ...page, since: SEED_START + 9_000, words: ['csv'] }),
    ),
    call('runs.search with filters from a place to a moment', 3_000, PAGE - 1, () =>
      find.search({
        ...page,
        ...inside,
        words: ['csv'],
        statuses: ['failed'],
        agent: AGENTS[1]!,
        requestedBy: PEOPLE[1]!,
      }),
    ),
    {
      name: `runs.search of ${many.length} repositories`,
      keysMax: 1_000 + many.length + PAGE,
      docsMax: PAGE - 1,
      issue: () => find.search({ ...page, repositoryIds: many, words: ['csv'] }),
    },
    // Counts no further than the limit of a day.
    { name: 'runs.madeSince', keysMax: 51, docsMax: 0, issue: () => find.madeSince(all[3]!, SEED_START, 50) },
    { name: 'runs.counts', ...counted, issue: () => find.counts({ repositoryIds: null }) },
    { name: 'runs.counts of repositories', ...counted, issue: () => find.counts({ repositoryIds: all }) },
    {
      name: 'runs.counts of repositories since, with filters',
      ...counted,
      issue: () =>
        find.counts({ repositoryIds: all, since: SEED_START + 5_000, agent: AGENTS[1]!, requestedBy: PEOPLE[1]! }),
    },
    {
      name: 'runs.counts since',
      ...counted,
      issue: () => find.counts({ repositoryIds: [all[3]!], since: SEED_START + 5_000 }),
    },
    call('runs.choices', CHOICES_FROM_MAX, 0, () => find.choices(all)),
  ]
}

/** Without what is undefined, which an optional field may not be. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
