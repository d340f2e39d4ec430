/** What the settings page reads. */
import { queryOptions } from '@tanstack/react-query'

import { api } from '../api.ts'

const FRESH_MS = 60_000

export const apiTokensQuery = queryOptions({
  queryKey: ['api-tokens'],
  queryFn: ({ signal }) => api.tokens(signal),
  staleTime: FRESH_MS,
})
