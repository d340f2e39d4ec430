/** Every Run that has not ended, live. */
import { useQuery } from '@tanstack/react-query'

import { useLiveRuns } from '../../live/hooks.ts'
import type { Scope } from '../../queries/admin.ts'
import { runsQuery } from '../../queries.ts'
import blank from '../../ui/blank.module.css'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { adminWords } from '../../words/admin.ts'
import { RunsTable } from '../RunsTable.tsx'
import css from './Admin.module.css'
import { countOf, KillAll, liveFilter, underWay } from './KillAll.tsx'
import { Loading } from './Loading.tsx'

const text = adminWords.queue

export function Queue({ scope }: { scope: Scope }) {
  const filter = liveFilter(scope)
  const { data, error, refetch, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  const list = data && underWay(data)
  return (
    <>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {list?.runs.length === 0 && <p className={blank.nothing}>{text.empty}</p>}
      {list && list.runs.length > 0 && (
        <div className={css.actions}>
          <h2 className={panel.heading}>{text.title(countOf(list))}</h2>
          <KillAll scope={scope} />
        </div>
      )}
      {/* What was asked about a row outlives it, also where it was the only one. */}
      {list && <RunsTable runs={list.runs} />}
    </>
  )
}
