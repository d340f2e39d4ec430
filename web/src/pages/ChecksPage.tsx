/** The last step of set-up, and later a look at the whole way from GitHub to a Run: what works, what does not, and where to fix it. */
import { CheckIcon, ClockIcon, XIcon } from '@primer/octicons-react'
import { Button, Link } from '@primer/react'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'

import type { CheckBody } from '#contracts/checks.ts'

import { api } from '../api.ts'
import { adminReachQuery } from '../queries/admin.ts'
import head from '../ui/head.module.css'
import { Loading } from '../ui/Loading.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Problem } from '../ui/Problem.tsx'
import { words } from '../words.ts'
import { checksWords as text } from '../words/checks.ts'
import { TestIssue } from './admin/TestIssue.tsx'
import { Ways } from './admin/Ways.tsx'
import css from './ChecksPage.module.css'
import { refusedPage } from './messages.tsx'

const icons = { ok: CheckIcon, failed: XIcon, waiting: ClockIcon }

const checksQuery = queryOptions({
  queryKey: ['checks'],
  queryFn: ({ signal }) => api.checks(signal),
  // Each look asks GitHub: a person says when.
  refetchOnWindowFocus: false,
})

export function ChecksPage() {
  const { data, error, isFetching, refetch } = useQuery(checksQuery)
  const reach = useQuery(adminReachQuery).data
  const refused = data ? null : refusedPage(error)
  if (refused) return refused
  return (
    <>
      <PageTitle tab={`${text.title} · ${words.product}`} className={head.title}>
        {text.title}
      </PageTitle>
      <p className={head.lead}>{text.lead}</p>
      {reach?.everything && <Ways part="checks" reach={reach} scope={undefined} />}
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {data && (
        <>
          <ul className={css.list}>
            {data.checks.map((check) => (
              <Check key={`${check.id} ${check.detail}`} check={check} />
            ))}
          </ul>
          <Button onClick={() => void refetch()} disabled={isFetching}>
            {isFetching ? text.busy : text.again}
          </Button>
          <TestIssue />
        </>
      )}
    </>
  )
}

function Check({ check: { state, title, detail, fix, proposable } }: { check: CheckBody }) {
  const Icon = icons[state]
  return (
    <li className={css.check}>
      <span className={css[state]}>
        <Icon aria-label={text.states[state]} />
      </span>
      <div className={css.found}>
        <p>
          <strong>{title}</strong> {detail}
        </p>
        {fix && (
          <Link href={fix.url} inline>
            {fix.label} {words.external}
          </Link>
        )}
        {proposable !== null && <Propose repository={proposable} />}
      </div>
    </li>
  )
}

function Propose({ repository }: { repository: string }) {
  const propose = useMutation({ mutationFn: api.proposeWorkflow })
  if (propose.data) {
    return (
      <Link href={propose.data.url} inline>
        {text.proposed(propose.data.number)} {words.external}
      </Link>
    )
  }
  return (
    <>
      {propose.error && <Problem title={text.notProposed} error={propose.error} />}
      <Button size="small" disabled={propose.isPending} onClick={() => propose.mutate({ repository })}>
        {propose.isPending ? text.proposing : text.propose}
      </Button>
    </>
  )
}
