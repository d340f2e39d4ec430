/** What set-up reads and does. Each one-time secret is sent once, however often a component is drawn. */
import { queryOptions } from '@tanstack/react-query'

import { api } from '../api.ts'

const START_POLL_MS = 1_000
/** After this many looks the page says that it takes long. */
export const START_POLLS_MAX = 60

const once = {
  retry: false,
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const

/** Shows the token of the log, where there is one in the address, and reads what set-up asks for. */
export const setupQuery = (token: string | null) =>
  queryOptions({
    ...once,
    queryKey: ['setup', token],
    queryFn: async ({ signal }) => {
      const refused = token === null ? null : await api.setup.claim(token).then(() => null, asError)
      return { ...(await api.setup.read(signal)), refused }
    },
  })

export const reachQuery = queryOptions({ ...once, queryKey: ['setup-reach'], queryFn: () => api.setup.reach() })

/** Trades what GitHub sent back. */
export const conversionQuery = (code: string, state: string) =>
  queryOptions({
    ...once,
    queryKey: ['setup-conversion', code, state],
    queryFn: () => api.setup.convert({ code, state }),
  })

/** True as soon as the app itself answers. */
export const runningQuery = queryOptions({
  queryKey: ['setup-running'],
  queryFn: async ({ signal }) => {
    await api.session(signal)
    return true
  },
  retry: false,
  refetchInterval: ({ state }) => (state.data || state.errorUpdateCount >= START_POLLS_MAX ? false : START_POLL_MS),
})

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
