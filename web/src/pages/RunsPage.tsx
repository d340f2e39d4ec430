/** The list of Runs: newest first, filters in the address, rows that stay where they are while one reads. */
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'

import type { RunList } from '#contracts/api.ts'

import type { RunFilter } from '../api.ts'
import { useLiveRuns } from '../live/hooks.ts'
import { runCountsQuery } from '../queries/runs.ts'
import { runsQuery } from '../queries.ts'
import { isNarrowed, type RunsSearch } from '../lib/search.ts'
import { number } from '../lib/time.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import table from '../ui/table.module.css'
import { words } from '../words.ts'
import { runsWords } from '../words/runs.ts'
import { countsFilter, saidCount, statusesOf } from './runs/filters.ts'
import { NewRun } from './runs/NewRun.tsx'
import { RunFilters } from './runs/RunFilters.tsx'
import { SelectedRuns, useSelection } from './runs/SelectedRuns.tsx'
import { NewRuns, useSteadyRuns } from './runs/SteadyRuns.tsx'
import css from './RunsPage.module.css'
import { RunsTable } from './RunsTable.tsx'

const SKELETON_ROWS = 6
const SKELETON_DELAY_MS = 150

export function RunsPage() {
  const search = useSearch({ from: '/runs' })
  const { status, repository, requestedBy, agent, within, q, after } = search
  const filter: RunFilter = { status, repository, requestedBy, agent, within, q, after }
  const { data, error, refetch, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  return (
    <>
      <div className={css.head}>
        <PageTitle tab={`${words.runs.title} · ${words.product}`} className={head.title}>
          {words.runs.title}
        </PageTitle>
        <NewRun />
      </div>
      <p className={head.lead}>{search.repository ? words.runs.inRepository(search.repository) : words.runs.lead}</p>
      <RunFilters search={search} />
      {error && <Problem title={words.runs.failed} error={error} onRetry={() => void refetch()} />}
      {/* Another filter is another list: what was shown before must not be arranged into it. */}
      {data ? <Results key={JSON.stringify(filter)} list={data} search={search} /> : !error && <Loading />}
    </>
  )
}

function Results({ list, search }: { list: RunList; search: RunsSearch }) {
  const { rows, waiting, show } = useSteadyRuns(list)
  const onFirstPage = search.after === undefined
  const selection = useSelection()
  const none = rows.length === 0
  return (
    <>
      {none && (list.next === null ? <Empty search={search} /> : <LookOn search={search} next={list.next} />)}
      {onFirstPage && waiting > 0 && <NewRuns count={waiting} onShow={show} />}
      {/* What was asked about a row outlives it, also where it was the only one. */}
      <SelectedRuns runs={rows} selection={selection} />
      <RunsTable runs={rows} selection={selection} />
      {!none && <Pages search={search} list={list} shown={rows.length} />}
    </>
  )
}

function Pages({ search, list: { runs, next }, shown }: { search: RunsSearch; list: RunList; shown: number }) {
  const { after, ...filters } = search
  const whole = after === undefined && next === null
  // How many come before a place inside of the list is not known, and what is looked for is found, not counted.
  const countable = search.q === undefined && after === undefined && next !== null
  const { data } = useQuery({ ...runCountsQuery(countsFilter(search)), enabled: countable })
  const all = countable && data ? saidCount(data, statusesOf(search)) : whole ? number(runs.length) : null
  const range = all !== null && <span className={css.range}>{runsWords.range(1, shown, all)}</span>
  if (whole) return <div className={table.pages}>{range}</div>
  return (
    <nav aria-label={words.runs.pages} className={table.pages}>
      {range}
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

/** One answer looks at so many Runs; where none of them fits, an older one may. */
function LookOn({ search, next }: { search: RunsSearch; next: string }) {
  return (
    <div className={`${blank.empty} ${css.empty}`}>
      <p>{runsWords.looked}</p>
      <Link to="/runs" search={{ ...search, after: next }} className={css.page}>
        {runsWords.lookOn}
      </Link>
    </div>
  )
}

function Empty({ search }: { search: RunsSearch }) {
  if (isNarrowed(search)) {
    return (
      <div className={`${blank.empty} ${css.empty}`}>
        <h2>{words.runs.none.title}</h2>
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
