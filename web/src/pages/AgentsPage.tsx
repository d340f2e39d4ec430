/** The agents that an issue can be given to, as cards; and one of them with its Runs. */
import { Label, SkeletonBox } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import type { AgentBody } from '#contracts/browse.ts'

import { useRowKeys } from '../commands/rows.ts'
import { useLiveRuns } from '../live/hooks.ts'
import { duration, number } from '../lib/time.ts'
import { agentQuery, agentsQuery } from '../queries/browse.ts'
import { runsQuery } from '../queries.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import panel from '../ui/panel.module.css'
import { Problem } from '../ui/Problem.tsx'
import { words } from '../words.ts'
import { agentsWords } from '../words/browse.ts'
import { AgentHead } from './agents/AgentHead.tsx'
import css from './agents/Agents.module.css'
import { refusedPage } from './messages.tsx'
import { SteadyRuns } from './runs/SteadyRuns.tsx'

const SKELETON_DELAY_MS = 150

export function AgentsPage() {
  const { data, error, refetch } = useQuery(agentsQuery)
  useRowKeys('[data-agent] a')
  return (
    <>
      <PageTitle tab={`${agentsWords.title} · ${words.product}`} className={head.title}>
        {agentsWords.title}
      </PageTitle>
      <p className={head.lead}>{agentsWords.lead}</p>
      {error && <Problem title={agentsWords.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <ul className={css.cards}>
          {data.agents.map((agent) => (
            <li key={agent.name} className={`${panel.card} ${css.card}`} data-agent={agent.name}>
              <h2 className={css.name}>
                <Link to="/agents/$name" params={{ name: agent.name }} className={css.link}>
                  {agent.name}
                </Link>
                <Kind agent={agent} />
              </h2>
              <p className={css.about}>{agent.about}</p>
              <Figures agent={agent} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

export function AgentPage() {
  const { name } = useParams({ from: '/agents/$name' })
  const { data, error, refetch } = useQuery(agentQuery(name))
  const refused = data ? null : refusedPage(error, agentsWords.notFound(name))
  if (refused) return refused
  return (
    <>
      <AgentHead name={name} tab="overview" />
      {error && <Problem title={agentsWords.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          <p className={css.line}>
            <Kind agent={data} /> {data.about}
          </p>
          <section aria-label={agentsWords.days(data.figures.days)} className={`${panel.card} ${css.panel}`}>
            <Figures agent={data} />
            <p className={css.hint}>{agentsWords.rateHint}</p>
          </section>
          <RecentRuns agent={name} />
        </>
      )}
    </>
  )
}

function Kind({ agent }: { agent: AgentBody }) {
  return (
    <span className={css.labels}>
      <Label>{agent.kind}</Label>
      {agent.isDefault && <Label variant="accent">{agentsWords.default}</Label>}
    </span>
  )
}

function Figures({ agent: { figures } }: { agent: AgentBody }) {
  const { days, runs, successRate, medianMs, repositories } = figures
  return (
    <>
      <p className={css.hint}>{agentsWords.days(days)}</p>
      <dl className={css.figures}>
        <div>
          <dt>{agentsWords.rate}</dt>
          <dd>{successRate === null ? agentsWords.nothing : `${Math.round(successRate * 100)} %`}</dd>
        </div>
        <div>
          <dt>{agentsWords.median}</dt>
          <dd>{medianMs === null ? agentsWords.nothing : duration(medianMs)}</dd>
        </div>
        <div>
          <dt>{agentsWords.runs}</dt>
          <dd>{number(runs)}</dd>
        </div>
        <div>
          <dt>{agentsWords.used}</dt>
          <dd>{agentsWords.repositories(repositories)}</dd>
        </div>
      </dl>
    </>
  )
}

function RecentRuns({ agent }: { agent: string }) {
  const filter = { agent }
  const { data, error, refetch, dataUpdatedAt } = useQuery(runsQuery(filter))
  useLiveRuns(filter, dataUpdatedAt)
  return (
    <>
      <h2 className={css.heading}>{agentsWords.recent}</h2>
      {error && <Problem title={words.runs.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.runs.length === 0 && <p className={css.muted}>{agentsWords.noRuns}</p>}
      {data && data.runs.length > 0 && (
        <>
          <SteadyRuns key={agent} list={data} />
          <p className={css.all}>
            <Link to="/runs" search={{ agent }} className={css.link}>
              {agentsWords.allRuns}
            </Link>
          </p>
        </>
      )}
    </>
  )
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loading}>
      <span className={blank.hidden}>{words.loading(agentsWords.loading)}</span>
      <SkeletonBox height="160px" delay={SKELETON_DELAY_MS} />
    </div>
  )
}
