/** What narrows the list of Runs. All of it stands in the address, so that a view can be sent to others. */
import { Button } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'

import { RUN_SEARCH_CHARS_MAX, type RunCountsBody, runWindows } from '#contracts/api.ts'
import { type RunStatus, runStatuses, statusView } from '#contracts/status.ts'

import { isNarrowed, type RunsSearch } from '../../lib/search.ts'
import { runChoicesQuery, runCountsQuery } from '../../queries/runs.ts'
import { sessionQuery } from '../../queries.ts'
import head from '../../ui/head.module.css'
import { SearchField } from '../../ui/SearchField.tsx'
import { words } from '../../words.ts'
import { runsWords as text } from '../../words/runs.ts'
import { countsFilter, saidCount, withFilter } from './filters.ts'
import { FilterMenu } from './FilterMenu.tsx'
import css from './Runs.module.css'

const statusOptions = runStatuses.map((value) => ({ value, word: statusView(value, null).word }))
const windowOptions = runWindows.map((value) => ({ value, word: text.within.words[value] }))
const itself = (value: string) => ({ value, word: value })

export function RunFilters({ search }: { search: RunsSearch }) {
  return (
    <>
      <SearchAndMenus key={search.q ?? ''} search={search} />
      <StatusChips search={search} />
    </>
  )
}

function SearchAndMenus({ search }: { search: RunsSearch }) {
  const navigate = useNavigate()
  const [typed, setTyped] = useState(search.q ?? '')
  const { data: choices } = useQuery(runChoicesQuery)
  const go = (name: keyof RunsSearch, value: string | undefined) =>
    void navigate({ to: '/runs', search: withFilter(search, name, value), resetScroll: false })
  const menu = (name: 'repository' | 'agent' | 'requestedBy', values: readonly string[] | undefined) => (
    <FilterMenu
      name={text[name].name}
      any={text[name].any}
      options={(values ?? []).map(itself)}
      chosen={search[name] === undefined ? [] : [search[name]]}
      onChoose={([value]) => go(name, value)}
    />
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    go('q', typed.trim())
  }
  return (
    <form role="search" aria-label={text.filters} className={`${head.filters} ${css.filters}`} onSubmit={submit}>
      <div className={css.query}>
        <SearchField label={text.search} value={typed} onChange={setTyped} charsMax={RUN_SEARCH_CHARS_MAX} />
      </div>
      <Button type="submit">{text.find}</Button>
      <FilterMenu
        several
        name={text.status.name}
        any={text.status.any}
        options={statusOptions}
        chosen={search.status?.split(',') ?? []}
        onChoose={(values) => go('status', values.join(','))}
      />
      {menu('repository', choices?.repositories)}
      {menu('agent', choices?.agents)}
      {menu('requestedBy', choices?.people)}
      <FilterMenu
        name={text.within.name}
        any={text.within.any}
        options={windowOptions}
        chosen={search.within === undefined ? [] : [search.within]}
        onChoose={([value]) => go('within', value)}
      />
      {isNarrowed(search) && (
        <Link to="/runs" className={css.page}>
          {text.clear}
        </Link>
      )}
    </form>
  )
}

/** One press for the usual views, each with how many Runs it holds. */
function StatusChips({ search }: { search: RunsSearch }) {
  const me = useQuery(sessionQuery).data?.user?.login
  const { data } = useQuery({ ...runCountsQuery(countsFilter(search)), enabled: search.q === undefined })
  // What is looked for is found, not counted.
  const counted = search.q === undefined ? data : undefined
  const asked = search.requestedBy === me
  return (
    <nav aria-label={words.runs.filterLabel} className={`${head.chips} ${css.chips}`}>
      <ul>
        {[undefined, ...runStatuses].map((status) => (
          <li key={status ?? ''}>
            <Link
              to="/runs"
              search={withFilter(search, 'status', status)}
              className={head.chip}
              aria-current={search.status === status ? 'true' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {chip(status, counted)}
            </Link>
          </li>
        ))}
        {me !== undefined && (
          <li className={css.apart}>
            <Link
              to="/runs"
              search={withFilter(search, 'requestedBy', asked ? undefined : me)}
              className={head.chip}
              aria-current={asked ? 'true' : undefined}
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

function chip(status: RunStatus | undefined, counted: RunCountsBody | undefined): string {
  const word = status === undefined ? words.runs.all : statusView(status, null).word
  return counted ? text.count(word, saidCount(counted, status === undefined ? runStatuses : [status])) : word
}
