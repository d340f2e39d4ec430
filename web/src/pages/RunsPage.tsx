/** The list of Runs: newest first, filters in the address, rows that stay where they are while one reads. */
import { Button, SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import type { RunBody, RunList } from '#contracts/api.ts'
import { runStatuses, statusView } from '#contracts/status.ts'

import type { RunFilter } from '../api.ts'
import { arrange } from '../live/apply.ts'
import { useLiveRuns } from '../live/hooks.ts'
import { runsQuery, sessionQuery } from '../queries.ts'
import type { RunsSearch } from '../lib/search.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import table from '../ui/table.module.css'
import { words } from '../words.ts'
import css from './RunsPage.module.css'
import { RunsTable } from './RunsTable.tsx'

const SKELETON_ROWS = 6
const SKELETON_DELAY_MS = 150

export function RunsPage() {
  const search = useSearch({ from: '/runs' })
  const { status, repository, requestedBy, agent, after } = search
  const filter: RunFilter = { status, repository, requestedBy, agent, after }
  const { data, error, refetch, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  return (
    <>
      <PageTitle tab={`${words.runs.title} · ${words.product}`} className={head.title}>
        {words.runs.title}
      </PageTitle>
      <p className={head.lead}>{search.repository ? words.runs.inRepository(search.repository) : words.runs.lead}</p>
      <StatusFilter search={search} />
      {error && <Problem title={words.runs.failed} error={error} onRetry={() => void refetch()} />}
      {/* Another filter is another list: what was shown before must not be arranged into it. */}
      {data ? <Results key={JSON.stringify(filter)} list={data} search={search} /> : !error && <Loading />}
    </>
  )
}

function StatusFilter({ search }: { search: RunsSearch }) {
  const options = [
    { status: undefined, word: words.runs.all },
    ...runStatuses.map((status) => ({ status, word: statusView(status, null).word })),
  ]
  const me = useQuery(sessionQuery).data?.user?.login
  const { status: _status, after: _after, ...others } = search
  const { requestedBy, after: _place, ...everybody } = search
  const { agent: _agent, after: _cursor, ...everyAgent } = search
  return (
    <nav aria-label={words.runs.filterLabel} className={`${head.chips} ${css.filter}`}>
      <ul>
        {options.map(({ status, word }) => (
          <li key={word}>
            <Link
              to="/runs"
              search={{ ...others, ...(status ? { status } : {}) }}
              className={head.chip}
              aria-current={search.status === status ? 'true' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {word}
            </Link>
          </li>
        ))}
        {search.agent !== undefined && (
          <li className={css.apart}>
            <Link to="/runs" search={everyAgent} className={head.chip} aria-current="true">
              {words.runs.byAgent(search.agent)}
            </Link>
          </li>
        )}
        {me !== undefined && (
          <li className={css.apart}>
            <Link
              to="/runs"
              search={requestedBy === me ? everybody : { ...everybody, requestedBy: me }}
              className={head.chip}
              aria-current={requestedBy === me ? 'true' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {words.runs.mine}
            </Link>
          </li>
        )}
      </ul>
    </nav>
  )
}

function Results({ list, search }: { list: RunList; search: RunsSearch }) {
  const [shown, setShown] = useState<readonly RunBody[]>(list.runs)
  const { rows, waiting } = arrange(shown, list)
  const onFirstPage = search.after === undefined
  if (rows.length === 0) return <Empty search={search} />
  return (
    <>
      {onFirstPage && waiting > 0 && (
        <div className={css.fresh} role="status">
          <span>{words.runs.fresh(waiting)}</span>
          <Button size="small" onClick={() => setShown(list.runs)}>
            {words.runs.show}
          </Button>
        </div>
      )}
      <RunsTable runs={rows} />
      <Pages search={search} next={list.next} />
    </>
  )
}

function Pages({ search, next }: { search: RunsSearch; next: string | null }) {
  if (!search.after && next === null) return null
  const { after, ...filters } = search
  return (
    <nav aria-label={words.runs.pages} className={table.pages}>
      {after !== undefined && (
        <Link to="/runs" search={filters} className={css.page}>
          {words.runs.newest}
        </Link>
      )}
      {next !== null && (
        <Link to="/runs" search={{ ...filters, after: next }} className={css.page}>
          {words.runs.older}
        </Link>
      )}
    </nav>
  )
}

function Empty({ search }: { search: RunsSearch }) {
  if (Object.keys(search).length > 0) {
    return (
      <div className={`${blank.empty} ${css.empty}`}>
        <h2>{words.runs.none.title}</h2>
        <p>{words.runs.none.text}</p>
        <Link to="/runs" className={css.page}>
          {words.runs.none.clear}
        </Link>
      </div>
    )
  }
  return (
    <div className={`${blank.empty} ${css.empty}`}>
      <h2>{words.runs.empty.title}</h2>
      <p>
        {words.runs.empty.before}
        <code>{words.runs.empty.command}</code>
        {words.runs.empty.after}
      </p>
      <Link to="/issues" className={css.page}>
        {words.runs.empty.browse}
      </Link>
    </div>
  )
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loadingRows}>
      <span className={blank.hidden}>{words.loading(words.runs.loading)}</span>
      {Array.from({ length: SKELETON_ROWS }, (_, row) => (
        <SkeletonBox key={row} height="44px" delay={SKELETON_DELAY_MS} />
      ))}
    </div>
  )
}
