/** The way to the older page of a list and back to the newest. */
import { Link } from '@tanstack/react-router'

import type { AdminPart, AdminSearch } from '../../lib/admin-search.ts'
import css from './Admin.module.css'

export interface PagesProps {
  part: AdminPart
  words: Record<'pages' | 'newest' | 'older', string>
  search: AdminSearch
  next: string | null
}

export function Pages({ part, words, search, next }: PagesProps) {
  const { after, ...filters } = search
  if (after === undefined && next === null) return null
  const to = { to: '/admin/$part', params: { part } } as const
  return (
    <nav aria-label={words.pages} className={css.pages}>
      {after !== undefined && (
        <Link {...to} search={filters} className={css.chip}>
          {words.newest}
        </Link>
      )}
      {next !== null && (
        <Link {...to} search={{ ...filters, after: next }} className={css.chip}>
          {words.older}
        </Link>
      )}
    </nav>
  )
}
