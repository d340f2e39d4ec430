/** The newest Runs of a repository; all of them are in the list of Runs, filtered. */
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { useLiveRuns } from '../../live/hooks.ts'
import { runsQuery } from '../../queries.ts'
import blank from '../../ui/blank.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { words } from '../../words.ts'
import { repositoryWords } from '../../words/browse.ts'
import { RunsTable } from '../RunsTable.tsx'
import css from './Repository.module.css'

const SKELETON_DELAY_MS = 150

export function RepositoryRuns({ params }: { params: { owner: string; repo: string } }) {
  const repository = `${params.owner}/${params.repo}`
  const filter = { repository }
  const { data, error, refetch, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  if (error && !data) return <Problem title={words.runs.failed} error={error} onRetry={() => void refetch()} />
  if (!data) {
    return (
      <div aria-busy="true" className={blank.loading}>
        <span className={blank.hidden}>{words.loading(words.runs.loading)}</span>
        <SkeletonBox height="240px" delay={SKELETON_DELAY_MS} />
      </div>
    )
  }
  if (data.runs.length === 0) {
    return (
      <div className={blank.empty}>
        <h2>{repositoryWords.noRuns.title}</h2>
        <p>{repositoryWords.noRuns.text}</p>
        <Link to="/repos/$owner/$repo" params={params} className={css.link}>
          {repositoryWords.noRuns.browse}
        </Link>
      </div>
    )
  }
  return (
    <>
      <RunsTable runs={data.runs} />
      <p className={css.all}>
        <Link to="/runs" search={{ repository }} className={css.link}>
          {repositoryWords.allRuns}
        </Link>
      </p>
    </>
  )
}
