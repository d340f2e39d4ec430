/** What the pages of issues, repositories and agents read. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import { api, type IssueFilter } from '../api.ts'

/** GitHub's lists are this old anyway; Runs in them change by live events. */
const FRESH_MS = 30_000

export const issuesQuery = (filter: IssueFilter) =>
  queryOptions({
    queryKey: ['issues', filter],
    queryFn: ({ signal }) => api.issues(filter, signal),
    staleTime: FRESH_MS,
    refetchInterval: FRESH_MS,
    // What was there stays while another filter is read.
    placeholderData: keepPreviousData,
  })

export const repositoryQuery = (owner: string, repo: string) =>
  queryOptions({
    queryKey: ['repository', owner, repo],
    queryFn: ({ signal }) => api.repository(owner, repo, signal),
    staleTime: FRESH_MS,
  })

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => api.agents(signal),
  staleTime: FRESH_MS,
})

export const agentQuery = (name: string) =>
  queryOptions({
    queryKey: ['agents', name],
    queryFn: ({ signal }) => api.agent(name, signal),
    staleTime: FRESH_MS,
  })
