/** Filters over open issues and the list of what fits; across repositories, or within one. */
import { Button, FormControl, Select, SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'

import { issueRunFilters } from '#contracts/browse.ts'
import type { IssueListBody } from '#contracts/browse.ts'

import { isNarrowed, type IssuesSearch } from '../../lib/search.ts'
import { usePausable } from '../../live/paused.ts'
import { issuesQuery } from '../../queries/browse.ts'
import blank from '../../ui/blank.module.css'
import head from '../../ui/head.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { words } from '../../words.ts'
import { issuesWords } from '../../words/browse.ts'
import { IssueList } from './IssueList.tsx'
import css from './Issues.module.css'

const SKELETON_ROWS = 5
const SKELETON_DELAY_MS = 150

export interface IssueBrowserProps {
  search: IssuesSearch
  /** The one repository whose issues are shown; without it they can be chosen. */
  within?: string
  onSearch: (search: IssuesSearch) => void
}

export function IssueBrowser({ search, within, onSearch }: IssueBrowserProps) {
  const filter = { ...search, ...(within === undefined ? {} : { repository: within }) }
  const { data, error, refetch, isPlaceholderData } = useQuery(usePausable(issuesQuery(filter)))
  return (
    <>
      <Filters
        key={search.q ?? ''}
        search={search}
        repositories={within === undefined ? (data?.repositories ?? []) : null}
        onSearch={onSearch}
      />
      {error && <Problem title={issuesWords.failed} error={error} onRetry={() => void refetch()} />}
      {data ? (
        <div aria-busy={isPlaceholderData || undefined}>
          <Found list={data} search={search} onClear={() => onSearch({})} />
        </div>
      ) : (
        !error && <Loading />
      )}
    </>
  )
}

interface FiltersProps {
  search: IssuesSearch
  repositories: readonly string[] | null
  onSearch: (search: IssuesSearch) => void
}

function Filters({ search, repositories, onSearch }: FiltersProps) {
  const [typed, setTyped] = useState(search.q ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { q: _q, ...others } = search
    const q = typed.trim()
    onSearch(q === '' ? others : { ...others, q })
  }
  const { repository, run, ...rest } = search
  return (
    <form role="search" aria-label={issuesWords.filters} className={`${head.filters} ${css.filters}`} onSubmit={submit}>
      <div className={css.query}>
        <SearchField label={issuesWords.search} value={typed} onChange={setTyped} />
      </div>
      <Button type="submit">{issuesWords.find}</Button>
      {repositories && (
        <FormControl>
          <FormControl.Label visuallyHidden>{issuesWords.repository}</FormControl.Label>
          <Select
            value={repository ?? ''}
            onChange={({ target }) =>
              onSearch({ ...rest, ...(run ? { run } : {}), ...(target.value ? { repository: target.value } : {}) })
            }
          >
            <Select.Option value="">{issuesWords.everywhere}</Select.Option>
            {known(repositories, repository).map((name) => (
              <Select.Option key={name} value={name}>
                {name}
              </Select.Option>
            ))}
          </Select>
        </FormControl>
      )}
      <FormControl>
        <FormControl.Label visuallyHidden>{issuesWords.run}</FormControl.Label>
        <Select
          value={run ?? ''}
          onChange={({ target }) => {
            const chosen = issueRunFilters.find((name) => name === target.value)
            onSearch({ ...rest, ...(repository ? { repository } : {}), ...(chosen ? { run: chosen } : {}) })
          }}
        >
          <Select.Option value="">{issuesWords.runs.all}</Select.Option>
          {issueRunFilters.map((name) => (
            <Select.Option key={name} value={name}>
              {issuesWords.runs[name]}
            </Select.Option>
          ))}
        </Select>
      </FormControl>
    </form>
  )
}

/** The chosen one is always there to be seen, also before the others are known. */
function known(repositories: readonly string[], chosen: string | undefined): string[] {
  return [...new Set([...repositories, ...(chosen ? [chosen] : [])])].toSorted()
}

function Found({ list, search, onClear }: { list: IssueListBody; search: IssuesSearch; onClear: () => void }) {
  const filtered = isNarrowed(search)
  return (
    <>
      {list.unavailable.length > 0 && (
        <p className={css.note}>{issuesWords.unavailable(list.unavailable.join(', '))}</p>
      )}
      {list.issues.length > 0 ? (
        <IssueList issues={list.issues} />
      ) : (
        <div className={blank.empty}>
          <h2>{filtered ? issuesWords.none.title : issuesWords.empty.title}</h2>
          {filtered ? <Button onClick={onClear}>{issuesWords.none.clear}</Button> : <p>{issuesWords.empty.text}</p>}
        </div>
      )}
      {list.more && <p className={css.note}>{issuesWords.more(list.issues.length)}</p>}
      {list.left > 0 && <p className={css.note}>{issuesWords.left(list.left)}</p>}
    </>
  )
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loadingRows}>
      <span className={blank.hidden}>{words.loading(issuesWords.loading)}</span>
      {Array.from({ length: SKELETON_ROWS }, (_, row) => (
        <SkeletonBox key={row} height="56px" delay={SKELETON_DELAY_MS} />
      ))}
    </div>
  )
}
