/** The state of the house at a glance, and the two levers: pause the intake, kill all. */
import { Banner } from '@primer/react'
import { CheckCircleFillIcon, XCircleFillIcon } from '@primer/octicons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useId } from 'react'

import type { HouseBody, OverviewBody } from '#contracts/admin.ts'

import { usePausable } from '../../live/paused.ts'
import { overviewQuery, type Scope } from '../../queries/admin.ts'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { Moment } from '../../ui/Time.tsx'
import { adminWords } from '../../words/admin.ts'
import css from './Admin.module.css'
import { FlipSwitch } from './FlipSwitch.tsx'
import { KillAll } from './KillAll.tsx'
import { Loading } from './Loading.tsx'
import { useLiveAdmin } from './useLiveAdmin.ts'

const text = adminWords.overview
const numbers = new Intl.NumberFormat('en')

export function Overview({ scope }: { scope: Scope }) {
  const { data, error, refetch } = useQuery(usePausable(overviewQuery(scope)))
  useLiveAdmin('overview')
  return (
    <>
      {error && <Problem title={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what={text.loading} />}
      {data && (
        <>
          {data.house?.killSwitch.on && <Paused house={data.house} />}
          <div className={css.actions}>
            {data.house && <FlipSwitch on={data.house.killSwitch.on} />}
            <KillAll scope={scope} />
          </div>
          <div className={css.cards}>
            <Counts overview={data} />
            {data.house && <House house={data.house} />}
          </div>
        </>
      )}
    </>
  )
}

function Paused({ house: { killSwitch } }: { house: HouseBody }) {
  const { on, unsure, means } = adminWords.killSwitch
  return (
    <div className={css.banner}>
      <Banner
        variant="warning"
        title={killSwitch.confirmed ? on : unsure}
        description={
          <>
            {means.on}
            {killSwitch.reason !== null && ` ${adminWords.killSwitch.reason}: ${killSwitch.reason}`}
          </>
        }
      />
    </div>
  )
}

function Counts({ overview: { live, ended } }: { overview: OverviewBody }) {
  const upTo = (count: number) => (count >= ended.max ? text.many(numbers.format(ended.max)) : numbers.format(count))
  return (
    <>
      <Card title={text.now}>
        <Fact name={text.queued}>{numbers.format(live.queued)}</Fact>
        <Fact name={text.running}>{numbers.format(live.running)}</Fact>
        <Fact name={text.paused}>{numbers.format(live.paused)}</Fact>
      </Card>
      <Card title={text.day}>
        <Fact name={text.succeeded}>{upTo(ended.succeeded)}</Fact>
        <Fact name={text.failedRuns}>{upTo(ended.failed)}</Fact>
        <Fact name={text.cancelled}>{upTo(ended.cancelled)}</Fact>
      </Card>
    </>
  )
}

function House({ house: { webhooks, work, github, parts } }: { house: HouseBody }) {
  const since = (at: string | null) => (at === null ? text.none : <Moment at={at} />)
  const left = (some: number, max: number) => text.left(numbers.format(some), numbers.format(max))
  return (
    <>
      <Card title={text.webhooks}>
        <Fact name={text.waiting}>{numbers.format(webhooks.waiting)}</Fact>
        <Fact name={text.lag}>{since(webhooks.oldestAt)}</Fact>
        <Fact name={text.refused}>{numbers.format(webhooks.refused)}</Fact>
      </Card>
      <Card title={text.work}>
        <Fact name={text.due}>{since(work.oldestDueAt)}</Fact>
        <Fact name={text.late}>{numbers.format(work.pastDeadline)}</Fact>
      </Card>
      <Card title={text.github}>
        <Fact name={text.minute}>{left(github.minute, github.minuteMax)}</Fact>
        <Fact name={text.hour}>{left(github.hour, github.hourMax)}</Fact>
      </Card>
      <Card title={text.parts}>
        {parts.map(({ name, ok, detail }) => (
          <Fact key={name} name={text.part[name]}>
            <span className={css.part} data-ok={ok}>
              {ok ? <CheckCircleFillIcon /> : <XCircleFillIcon />}
              {ok ? text.answers.yes : text.answers.no}
            </span>
            <span className={css.detail}>{detail}</span>
          </Fact>
        ))}
      </Card>
    </>
  )
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={panel.section}>
      <h2 id={id} className={panel.heading}>
        {title}
      </h2>
      <dl className={css.facts}>{children}</dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
