/** What the pages read, under which key it is kept, and how a live event changes it. */
import { keepPreviousData, MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'

import type { LedgerEventBody, RunBody, RunList } from '#contracts/api.ts'
import type { IssueBody, IssueTree } from '#contracts/issues.ts'
import { isTerminal } from '#contracts/status.ts'

import { api, EVENTS_PER_REQUEST_MAX, type IssueRef, ProblemError, type RunFilter, RUNS_PER_PAGE } from './api.ts'
import { freshTree, withRunInIssue, withRunInTree } from './lib/issue-tree.ts'
import { freshList, joinEvents, newerRun, withRun } from './live/apply.ts'
import { endSession } from './session.ts'

const SESSION_FRESH_MS = 60_000
const ACCESS_FRESH_MS = 60_000
const SANDBOX_FRESH_MS = 15_000
/** No event tells of a line, so the number is read again with a Run's other news, but not with each of them. */
const LOG_COUNT_FRESH_MS = 10_000
const TREE_FRESH_MS = 30_000
const RETRIES_MAX = 2
const RETRY_FIRST_MS = 500
/** A ledger holds at most 1,000 events, so this many requests read all of it. */
const LEDGER_REQUESTS_MAX = 1 + 1_000 / EVENTS_PER_REQUEST_MAX

export function createQueryClient(): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ProblemError && error.status === 401) endSession()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // Live events keep what is shown fresh, so a new mount need not read again at once.
        staleTime: 2_000,
        retryDelay: (failures) => RETRY_FIRST_MS * 2 ** failures,
        retry: (failures, error) => failures < RETRIES_MAX && isPassing(error),
        throwOnError: false,
      },
    },
  })
}

/** A refusal stays a refusal; only what may pass by itself is tried again. */
function isPassing(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status === 0 || error.status >= 500
}

/** It changes with a new version only. */
export const apiDescriptionQuery = queryOptions({
  queryKey: ['api-description'],
  queryFn: ({ signal }) => api.description(signal),
  staleTime: Number.POSITIVE_INFINITY,
})

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => api.session(signal),
  staleTime: SESSION_FRESH_MS,
  refetchInterval: SESSION_FRESH_MS,
})

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: ({ signal }) => api.run(id, signal),
    structuralSharing: (known, fresh) => newerRun(known as RunBody | undefined, fresh as RunBody),
  })

export const runsQuery = (filter: RunFilter) =>
  queryOptions({
    queryKey: ['runs', { limit: RUNS_PER_PAGE, ...filter }],
    queryFn: ({ signal }) => api.runs({ limit: RUNS_PER_PAGE, ...filter }, signal),
    structuralSharing: (known, fresh) => freshList(known as RunList | undefined, fresh as RunList),
  })

export const issueQuery = (ref: IssueRef) =>
  queryOptions({
    queryKey: ['issue', ref.owner, ref.repo, ref.number],
    queryFn: ({ signal }) => api.issue(ref, signal),
    structuralSharing: (known, fresh) => freshList(known as IssueBody | undefined, fresh as IssueBody),
  })

/** What was said of an issue. It is read again with another state of its newest Run, whose pull request it tells of. */
export const issueActivityQuery = (ref: IssueRef, run: RunBody | null) =>
  queryOptions({
    queryKey: [
      'issue-activity',
      ref.owner,
      ref.repo,
      ref.number,
      run?.status ?? null,
      run?.pullRequest?.number ?? null,
    ],
    queryFn: ({ signal }) => api.issueActivity(ref, signal),
    staleTime: TREE_FRESH_MS,
    refetchInterval: TREE_FRESH_MS,
    // Of the same issue: for another one there is another panel.
    placeholderData: keepPreviousData,
  })

/** What is below an issue. GitHub's answers are this old anyway; Runs in it change by live events. */
export const issueTreeQuery = (ref: IssueRef) =>
  queryOptions({
    queryKey: ['issue-tree', ref.owner, ref.repo, ref.number],
    queryFn: ({ signal }) => api.issueTree(ref, signal),
    staleTime: TREE_FRESH_MS,
    structuralSharing: (known, fresh) => freshTree(known as IssueTree | undefined, fresh as IssueTree),
  })

/** Every tree of a repository, as one. */
export const repositoryTreeQuery = (owner: string, repo: string) =>
  queryOptions({
    queryKey: ['issue-tree', owner, repo],
    queryFn: ({ signal }) => api.repositoryTree(owner, repo, signal),
    staleTime: TREE_FRESH_MS,
    structuralSharing: (known, fresh) => freshTree(known as IssueTree | undefined, fresh as IssueTree),
  })

/** What is above the issue of a Run. Without an answer nothing is said of it. */
export const runParentQuery = (id: string) =>
  queryOptions({
    queryKey: ['run-parent', id],
    queryFn: async ({ signal }) => (await api.runIssues(id, 0, signal)).parent,
    staleTime: TREE_FRESH_MS,
    retry: false,
  })

/** The whole ledger of a Run. Reading it again asks only for what came after the last event that is held. */
export const ledgerQuery = (id: string, client: QueryClient) =>
  queryOptions({
    queryKey: ['ledger', id],
    queryFn: async ({ signal, queryKey }) => {
      let events = client.getQueryData<LedgerEventBody[]>(queryKey) ?? []
      for (let request = 0; request < LEDGER_REQUESTS_MAX; request++) {
        const page = await api.events(id, events.at(-1)?.seq ?? 0, signal)
        events = joinEvents(events, page.events)
        if (page.next === null) break
      }
      return events
    },
  })

/** How many lines the log has, for the tab's label. A log only grows. */
export const logCountQuery = (id: string) =>
  queryOptions({
    queryKey: ['log-count', id],
    queryFn: async ({ signal }) => (await api.logCount(id, signal)).lines,
    structuralSharing: (known, fresh) => Math.max((known as number | undefined) ?? 0, fresh as number),
    staleTime: LOG_COUNT_FRESH_MS,
    retry: false,
  })

/** What the agent made; another version of it is another thing to read. */
export const changesQuery = (run: RunBody) =>
  queryOptions({
    queryKey: ['changes', run.id, run.attempt, run.branch?.sha ?? run.phase],
    queryFn: ({ signal }) => api.changes(run.id, signal),
  })

/** Asked of GitHub when somebody is about to try again; no answer keeps nobody from it. */
export const runBaseQuery = (run: RunBody) =>
  queryOptions({
    queryKey: ['run-base', run.id, run.attempt],
    queryFn: ({ signal }) => api.runBase(run.id, signal),
    retry: false,
  })

/** Where the Run works. Heartbeats renew its end without being news, so it is read again from time to time. */
export const sandboxQuery = (run: RunBody) =>
  queryOptions({
    queryKey: ['sandbox', run.id, run.attempt, run.sandbox?.state ?? run.status],
    queryFn: ({ signal }) => api.sandbox(run.id, signal),
    refetchInterval: isTerminal(run.status) ? false : SANDBOX_FRESH_MS,
  })

/** The reader's access, which changes seldom. Without an answer every button may be pressed, and answers for itself. */
export const runActionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['run-actions', id],
    queryFn: ({ signal }) => api.runActions(id, signal),
    staleTime: ACCESS_FRESH_MS,
    retry: false,
  })

/** Puts a Run's newer state wherever that Run is held: its own page, every list, its issue, every tree with that issue. */
export function takeRun(client: QueryClient, incoming: RunBody): void {
  client.setQueryData<RunBody>(['run', incoming.id], (known) => newerRun(known, incoming))
  client.setQueriesData<RunList>({ queryKey: ['runs'] }, (list) => list && withRun(list, incoming))
  client.setQueriesData<IssueBody>({ queryKey: ['issue'] }, (issue) => issue && withRunInIssue(issue, incoming))
  client.setQueriesData<IssueTree>({ queryKey: ['issue-tree'] }, (tree) => tree && withRunInTree(tree, incoming))
}
