/** The admin pages: one frame with the way between its parts, and the refusal for those who administer nothing. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'

import type { AdminReachBody } from '#contracts/admin.ts'

import { type AdminPart, type AdminSearch, partOf } from '../lib/admin-search.ts'
import { administers, adminReachQuery, type Scope } from '../queries/admin.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import { adminWords as text } from '../words/admin.ts'
import css from './admin/Admin.module.css'
import { Audit } from './admin/Audit.tsx'
import { KillSwitch } from './admin/KillSwitch.tsx'
import { Loading } from './admin/Loading.tsx'
import { Overview } from './admin/Overview.tsx'
import { Queue } from './admin/Queue.tsx'
import { Sandboxes } from './admin/Sandboxes.tsx'
import { ofEverything, Ways } from './admin/Ways.tsx'
import { Webhooks } from './admin/Webhooks.tsx'
import { Message, NotFoundPage } from './messages.tsx'
import messages from './messages.module.css'

export function AdminPage() {
  const { part: path } = useParams({ strict: false })
  const search: AdminSearch = useSearch({ strict: false })
  const { data: reach, error, refetch } = useQuery(adminReachQuery)
  const part = partOf(path)
  if (part === null) return <NotFoundPage />
  if (reach && !administers(reach)) return <Denied />
  const scope = search.repository ?? (reach?.everything ? undefined : reach?.repositories[0])
  return (
    <>
      <PageTitle tab={text.tab(text.parts[part])} className={head.title}>
        {text.title}
      </PageTitle>
      {error && !reach && <Problem title={text.reachFailed} error={error} onRetry={() => void refetch()} />}
      {!error && !reach && <Loading what={text.loading} />}
      {reach && (
        <>
          <p className={head.lead}>{scope === undefined ? text.all : text.of(scope)}</p>
          <Ways part={part} reach={reach} scope={search.repository} />
          <Whose part={part} reach={reach} scope={scope} />
          <Part key={scope} part={part} reach={reach} scope={scope} search={search} />
        </>
      )}
    </>
  )
}

interface PartProps {
  part: AdminPart
  reach: AdminReachBody
  scope: Scope
}

function Part({ part, reach, scope, search }: PartProps & { search: AdminSearch }) {
  if (ofEverything.has(part) && !reach.everything) return <p className={blank.nothing}>{text.denied.part}</p>
  switch (part) {
    case 'overview':
      return <Overview scope={scope} />
    case 'queue':
      return <Queue scope={scope} />
    case 'sandboxes':
      return <Sandboxes scope={scope} />
    case 'webhooks':
      return <Webhooks search={search} />
    case 'audit':
      return <Audit scope={scope} search={search} />
    case 'kill-switch':
      return <KillSwitch />
  }
}

/** For those who administer several repositories and not everything. */
function Whose({ part, reach, scope }: PartProps) {
  if (reach.everything || reach.repositories.length < 2) return null
  return (
    <nav aria-label={text.whose} className={`${head.chips} ${css.ways}`}>
      <ul>
        {reach.repositories.map((repository) => (
          <li key={repository}>
            <Link
              {...(part === 'overview' ? { to: '/admin' } : { to: '/admin/$part', params: { part } })}
              search={{ repository }}
              className={head.chip}
              aria-current={repository === scope ? 'true' : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {repository}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Denied() {
  const { denied } = text
  return (
    <Message title={denied.title}>
      <p>{denied.text}</p>
      <p>{denied.remedy}</p>
      <Link to="/runs" className={messages.action}>
        {denied.back}
      </Link>
    </Message>
  )
}
