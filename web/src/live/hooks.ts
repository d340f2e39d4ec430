/** Joins the live topics to the query cache: pages read over REST first, then take events in. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { issueQuery, ledgerQuery, runQuery, runsQuery, takeRun } from '../queries.ts'
import type { IssueRef, RunFilter } from '../api.ts'
import { subscribe } from './subscribe.ts'

/** What still comes after the end (the sandbox's death, the pull request) comes soon; then the stream is let go. */
const LINGER_MS = 30_000

/** Keeps a Run live until 30 seconds after its end. A Run that had ended before the page opened needs no stream. */
export function useLiveRun(run: RunBody | undefined): void {
  const client = useQueryClient()
  const [over, setOver] = useState(false)
  const id = run?.id
  const ended = run !== undefined && isTerminal(run.status)
  const sawLive = useRef<string | undefined>(undefined)
  if (id !== undefined && !ended) sawLive.current = id
  const wanted = id !== undefined && sawLive.current === id && !(ended && over)
  const after = useRef(0)
  after.current = run?.seq ?? 0

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
    return subscribe(
      `run:${id}`,
      async (event) => {
        if (event.type === 'event') takeRun(client, event.data.run)
        else await Promise.all([client.refetchQueries(runQuery(id)), client.refetchQueries(ledgerQuery(id, client))])
      },
      after.current,
    )
  }, [client, id, wanted])
}

/** Keeps a page of the list of Runs fresh, once it has been read (`readAtMs`, 0 before that). */
export function useLiveRuns(filter: RunFilter, readAtMs: number): void {
  const client = useQueryClient()
  const key = JSON.stringify(filter)
  const read = readAtMs > 0
  useEffect(() => {
    if (!read) return
    return subscribe('runs', () =>
      client.refetchQueries(runsQuery(JSON.parse(key) as RunFilter), { throwOnError: true }),
    )
  }, [client, key, read])
}

/**
 * Hears of Runs that someone starts on this issue elsewhere, for example by a comment. It asks our own list and not for
 * the issue, because reading the issue costs a call to GitHub.
 */
export function useLiveIssue(ref: IssueRef, runs: readonly RunBody[] | undefined, enabled: boolean): void {
  const client = useQueryClient()
  const known = useRef<readonly RunBody[]>([])
  known.current = runs ?? []
  const { owner, repo, number } = ref
  useEffect(() => {
    if (!enabled) return
    return subscribe(`issue:${owner}/${repo}#${number}`, async () => {
      const fresh = await client.fetchQuery({
        ...runsQuery({ repository: `${owner}/${repo}`, issue: number }),
        staleTime: 0,
      })
      for (const run of fresh.runs) takeRun(client, run)
      const news = fresh.runs.some((run) => !known.current.some((other) => other.id === run.id))
      if (news) await client.refetchQueries(issueQuery({ owner, repo, number }), { throwOnError: true })
    })
  }, [client, owner, repo, number, enabled])
}
