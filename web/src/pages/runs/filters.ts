/** How one filter of the list changes the others, and how many Runs fit them. Pure, so that it is tested without a browser. */
import type { RunCountsBody } from '#contracts/api.ts'
import { type RunStatus, runStatuses } from '#contracts/status.ts'

import type { RunCountsFilter } from '../../api.ts'
import { parseRunsSearch, type RunsSearch } from '../../lib/search.ts'
import { number } from '../../lib/time.ts'
import { runsWords } from '../../words/runs.ts'

/** The address with one filter changed. A place inside of the old list means nothing in the new one. */
export function withFilter(search: RunsSearch, name: keyof RunsSearch, value: string | undefined): RunsSearch {
  const { after: _after, ...others } = search
  return parseRunsSearch({ ...others, [name]: value })
}

/** What all chips have in common. */
export function countsFilter({ repository, requestedBy, agent, within }: RunsSearch): RunCountsFilter {
  return { repository, requestedBy, agent, within }
}

/** How many Runs have one of these statuses; counting stops at a maximum. */
export function saidCount({ counts, max }: RunCountsBody, statuses: readonly RunStatus[]): string {
  const sum = statuses.reduce((total, status) => total + counts[status], 0)
  const many = statuses.some((status) => counts[status] >= max)
  return many ? runsWords.orMore(number(sum)) : number(sum)
}

export function statusesOf(search: RunsSearch): readonly RunStatus[] {
  const wanted = search.status?.split(',') ?? []
  return wanted.length === 0 ? runStatuses : runStatuses.filter((status) => wanted.includes(status))
}
