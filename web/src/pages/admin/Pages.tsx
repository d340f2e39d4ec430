/** The way to the older page of a list and back to the newest. */
import { Link } from '@tanstack/react-router'

import type { AdminPart, AdminSearch } from '../../lib/admin-search.ts'
import head from '../../ui/head.module.css'
import table from '../../ui/table.module.css'

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
    <nav aria-label={words.pages} className={table.pages}>
      {after !== undefined && (
        <Link {...to} search={filters} className={head.chip}>
          {words.newest}
        </Link>
      )}
      {next !== null && (
        <Link {...to} search={{ ...filters, after: next }} className={head.chip}>
          {words.older}
        </Link>
      )}
    </nav>
  )
}
