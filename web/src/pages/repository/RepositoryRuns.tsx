/** The newest Runs of a repository; all of them are in the list of Runs, filtered. */
import { SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import type { RunList } from '#contracts/api.ts'

import { useLiveRuns } from '../../live/hooks.ts'
import { runsQuery } from '../../queries.ts'
import blank from '../../ui/blank.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { words } from '../../words.ts'
import { repositoryWords } from '../../words/browse.ts'
import { SteadyRuns } from '../runs/SteadyRuns.tsx'
import css from './Repository.module.css'

const SKELETON_DELAY_MS = 150

interface Params {
  owner: string
  repo: string
}

export function RepositoryRuns({ params }: { params: Params }) {
  const repository = `${params.owner}/${params.repo}`
  const filter = { repository }
  const { data, error, refetch, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  return (
    <>
      {error && <Problem title={words.runs.failed} error={error} onRetry={() => void refetch()} />}
      {/* Another repository has another list. */}
      {data ? <Loaded key={repository} list={data} params={params} /> : !error && <Loading />}
    </>
  )
}

function Loaded({ list, params }: { list: RunList; params: Params }) {
  if (list.runs.length === 0) return <Empty params={params} />
  return (
    <>
      <SteadyRuns list={list} />
      <p className={css.all}>
        <Link to="/runs" search={{ repository: `${params.owner}/${params.repo}` }} className={css.link}>
          {repositoryWords.allRuns}
        </Link>
      </p>
    </>
  )
}

function Empty({ params }: { params: Params }) {
  const { title, before, command, after, browse } = repositoryWords.noRuns
  return (
    <div className={blank.empty}>
      <h2>{title}</h2>
      <p>
        {before}
        <code>{command}</code>
        {after}
      </p>
      <Link to="/repos/$owner/$repo" params={params} className={css.link}>
        {browse}
      </Link>
    </div>
  )
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loading}>
      <span className={blank.hidden}>{words.loading(words.runs.loading)}</span>
      <SkeletonBox height="240px" delay={SKELETON_DELAY_MS} />
    </div>
  )
}
