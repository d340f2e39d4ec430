/** The search that every page has; it finds Runs. A page with a search of its own keeps `/` for that one. */
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'

import { RUN_SEARCH_CHARS_MAX } from '#contracts/api.ts'

import { words } from '../words.ts'
import { SearchField } from './SearchField.tsx'
import css from './Shell.module.css'

export function TopSearch() {
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const q = typed.trim()
    if (q === '') return
    setTyped('')
    void navigate({ to: '/runs', search: { q } })
  }
  return (
    <form role="search" aria-label={words.topSearch.label} className={css.search} onSubmit={submit}>
      <SearchField label={words.topSearch.field} value={typed} onChange={setTyped} charsMax={RUN_SEARCH_CHARS_MAX} />
    </form>
  )
}
