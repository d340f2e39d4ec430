/** Open issues across the repositories that one may read; what is looked for stands in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router'

import { PageTitle } from '../ui/PageTitle.tsx'
import { words } from '../words.ts'
import { issuesWords } from '../words/browse.ts'
import { IssueBrowser } from './issues/IssueBrowser.tsx'
import css from './issues/Issues.module.css'

export function IssuesPage() {
  const search = useSearch({ from: '/issues' })
  const navigate = useNavigate()
  return (
    <>
      <PageTitle tab={`${issuesWords.title} · ${words.product}`} className={css.title1}>
        {issuesWords.title}
      </PageTitle>
      <p className={css.lead}>{issuesWords.lead}</p>
      <IssueBrowser
        search={search}
        onSearch={(wanted) => void navigate({ to: '/issues', search: wanted, resetScroll: false })}
      />
    </>
  )
}
