/** Joins the live topics to the query cache: pages read over REST first, then take events in. */
import {
  type FetchQueryOptions,
  type Query,
  type QueryClient,
  type QueryKey,
  useQueryClient,
} from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { issueQuery, runQuery, runsQuery, takeRun } from '../queries.ts'
import type { IssueRef, RunFilter } from '../api.ts'
import { subscribe } from './subscribe.ts'

/** What still comes after the end (the sandbox's death, the pull request) comes soon; then the stream is let go. */
const LINGER_MS = 30_000
const READ_LIST_MS = 500

/**
 * Reads it anew even where it is being read: that answer may have been on its way before what is to be seen happened, and
 * nothing would tell of it again.
 */
async function readAgain<T, Key extends QueryKey>(
  client: QueryClient,
  query: FetchQueryOptions<T, Error, T, Key> & { queryKey: Key },
): Promise<T> {
  await client.cancelQueries({ queryKey: query.queryKey, exact: true })
  return client.fetchQuery({ ...query, staleTime: 0 })
}

const isFailed = ({ state }: Query): boolean => state.status === 'error'

/** Keeps a Run live until 30 seconds after its end. A Run that had ended before the page opened needs no stream. */
export function useLiveRun(run: RunBody | undefined): void {
  const client = useQueryClient()
  const [over, setOver] = useState(false)
  const id = run?.id
  const ended = run !== undefined && isTerminal(run.status)
  const sawLive = useRef<string | undefined>(undefined)
  if (id !== undefined && !ended) sawLive.current = id
  const wanted = id !== undefined && sawLive.current === id && !(ended && over)
  useEffect(() => {
    if (!ended) {
      setOver(false)
      return
    }
    const timer = window.setTimeout(() => setOver(true), LINGER_MS)
    return () => window.clearTimeout(timer)
  }, [ended, id])
  useEffect(() => {
    if (!wanted || id === undefined) return
    return subscribe(`run:${id}`, async (event) => {
      if (event.type === 'event') return takeRun(client, event.data.run)
      takeRun(client, await readAgain(client, runQuery(id)))
      // A ledger that could not be read is not asked for again by its page, so its error would stay.
      const failed = { queryKey: ['ledger', id], exact: true, type: 'active', predicate: isFailed } as const
      await client.refetchQueries(failed, { throwOnError: true })
    })
  }, [client, id, wanted])
}

/** Keeps a page of the list of Runs fresh, once it has been read (`readAtMs`, 0 before that). */
export function useLiveRuns(filter: RunFilter, readAtMs: number): void {
  const client = useQueryClient()
  const key = JSON.stringify(filter)
  const read = readAtMs > 0
  useEffect(() => {
    if (!read) return
    const query = runsQuery(JSON.parse(key) as RunFilter)
    // The key of the whole list begins those of narrower ones, which nobody looks at.
    const list = { queryKey: query.queryKey, exact: true }
    const counts = { queryKey: ['run-counts'], type: 'active' } as const
    let timer: number | undefined
    // Many Runs may start together; the list is read once for all of them.
    const readSoon = () => {
      timer ??= window.setTimeout(() => {
        timer = undefined
        void client.refetchQueries(list)
        void client.refetchQueries(counts)
      }, READ_LIST_MS)
    }
    const leave = subscribe('runs', async (event) => {
      if (event.type === 'refresh') {
        await client.refetchQueries(list, { throwOnError: true })
        // They say how many there are, and no list waits for them.
        void client.refetchQueries(counts)
        return
      }
      const { run } = event.data
      const known = client.getQueryData(query.queryKey)?.runs.find(({ id }) => id === run.id)
      takeRun(client, run)
      // One that is new, or may have left the filter, changes what the list holds.
      if (known?.status !== run.status) readSoon()
    })
    return () => {
      leave()
      window.clearTimeout(timer)
    }
  }, [client, key, read])
}

/**
 * Hears of Runs that someone starts on this issue elsewhere, for example by a comment. To catch up it asks our own list
 * and not for the issue, because reading the issue costs a call to GitHub.
 */
export function useLiveIssue(ref: IssueRef, runs: readonly RunBody[] | undefined, enabled: boolean): void {
  const client = useQueryClient()
  const known = useRef<readonly RunBody[]>([])
  known.current = runs ?? []
  const { owner, repo, number } = ref
  useEffect(() => {
    if (!enabled) return
    // A reading every few seconds must not ask GitHub each time for what it did not answer; an event may.
    const asked = new Set<string>()
    const take = async (fresh: readonly RunBody[], isNew: (id: string) => boolean) => {
      for (const run of fresh) takeRun(client, run)
      const news = fresh.filter(({ id }) => isNew(id) && known.current.every((other) => other.id !== id))
      if (news.length === 0) return
      for (const { id } of news) asked.add(id)
      await client.refetchQueries(issueQuery({ owner, repo, number }), { throwOnError: true })
    }
    return subscribe(`issues:${owner}/${repo}`, async (event) => {
      if (event.type === 'event')
        return event.data.run.issue.number === number ? take([event.data.run], () => true) : undefined
      const query = runsQuery({ repository: `${owner}/${repo}`, issue: number })
      await take((await readAgain(client, query)).runs, (id) => !asked.has(id))
    })
  }, [client, owner, repo, number, enabled])
}

/**
 * Keeps the badges in a tree of issues fresh, also those of Runs that begin. To catch up it asks our own lists, because
 * reading a tree costs calls to GitHub.
 */
export function useLiveTree(repositories: readonly `${string}/${string}`[]): void {
  const client = useQueryClient()
  const names = repositories.join(',')
  useEffect(() => {
    if (names === '') return
    const left = (names.split(',') as typeof repositories).map((repository) =>
      subscribe(`issues:${repository}`, async (event) => {
        if (event.type === 'event') return takeRun(client, event.data.run)
        const { runs } = await readAgain(client, runsQuery({ repository }))
        for (const run of runs) takeRun(client, run)
      }),
    )
    return () => left.forEach((leave) => leave())
  }, [client, names])
}
