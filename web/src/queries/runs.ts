/** What the list of Runs reads besides the Runs. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { api, type RunCountsFilter } from '../api.ts'

const CHOICES_FRESH_MS = 60_000

/** Read again together with the list (live/hooks.ts). */
export const runCountsQuery = (filter: RunCountsFilter) =>
  queryOptions({
    queryKey: ['run-counts', filter],
    queryFn: ({ signal }) => api.runCounts(filter, signal),
    // Chips must not jump while the next numbers are on their way.
    placeholderData: keepPreviousData,
    retry: false,
  })

export const runChoicesQuery = queryOptions({
  queryKey: ['run-choices'],
  queryFn: ({ signal }) => api.runChoices(signal),
  staleTime: CHOICES_FRESH_MS,
  retry: false,
})
