/** Open issues across the repositories that one may read; what is looked for stands in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router'

import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import { words } from '../words.ts'
import { issuesWords } from '../words/browse.ts'
import { IssueBrowser } from './issues/IssueBrowser.tsx'

export function IssuesPage() {
  const search = useSearch({ from: '/issues' })
  const navigate = useNavigate()
  return (
    <>
      <PageTitle tab={`${issuesWords.title} · ${words.product}`} className={head.title}>
        {issuesWords.title}
      </PageTitle>
      <p className={head.lead}>{issuesWords.lead}</p>
      <IssueBrowser
        search={search}
        onSearch={(wanted) => void navigate({ to: '/issues', search: wanted, resetScroll: false })}
      />
    </>
  )
}
