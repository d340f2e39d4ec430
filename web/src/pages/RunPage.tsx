/** One Run, live: what state it is in, which step it takes, what it made, where it runs. */
import { ChevronLeftIcon, IssueOpenedIcon } from '@primer/octicons-react'
import { Label } from '@primer/react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react'

import type { LedgerEventBody, RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { chatOf } from '../chat.ts'
import { pageOf } from '../lib/issue-tree.ts'
import { waitingSentence } from '../lib/waiting.ts'
import { useLiveRun } from '../live/hooks.ts'
import { ledgerQuery, runQuery } from '../queries.ts'
import { timelineOf } from '../timeline.ts'
import blank from '../ui/blank.module.css'
import { AdvanceRun } from '../ui/AdvanceRun.tsx'
import { CancelRun } from '../ui/CancelRun.tsx'
import { EndReason } from '../ui/EndReason.tsx'
import head from '../ui/head.module.css'
import { KillOffer } from '../ui/KillRun.tsx'
import { Loading } from '../ui/Loading.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import panel from '../ui/panel.module.css'
import { PauseRun } from '../ui/PauseRun.tsx'
import { Problem } from '../ui/Problem.tsx'
import { Refusal } from '../ui/Refusal.tsx'
import { RetryRun } from '../ui/RetryRun.tsx'
import { StatusLabel, viewOf } from '../ui/StatusLabel.tsx'
import { Took } from '../ui/Time.tsx'
import { useAnnounceStatus } from '../ui/useAnnounceStatus.ts'
import { words } from '../words.ts'
import { runTabWords } from '../words/run-tabs.ts'
import { refusedPage } from './messages.tsx'
import { EventsTab } from './run/EventsTab.tsx'
import { GatesTab } from './run/GatesTab.tsx'
import { RunFacts } from './run/RunFacts.tsx'
import { RunMenu } from './run/RunMenu.tsx'
import { RunTabs } from './run/RunTabs.tsx'
import { Timeline } from './run/Timeline.tsx'
import { useNeighbours } from './run/useNeighbours.ts'
import css from './RunPage.module.css'

const LogsTab = lazy(() => import('../logs/LogsTab.tsx').then((module) => ({ default: module.LogsTab })))
const ChangesTab = lazy(() => import('./run/ChangesTab.tsx').then((module) => ({ default: module.ChangesTab })))
const ChatTab = lazy(() => import('./run/ChatTab.tsx').then((module) => ({ default: module.ChatTab })))
const SandboxTab = lazy(() => import('./run/SandboxTab.tsx').then((module) => ({ default: module.SandboxTab })))

/** Tabs that need nothing of the ledger, and say themselves what they could not read. */
const OWN_READING = new Set(['logs', 'changes', 'gates', 'sandbox'])
const NO_EVENTS: readonly LedgerEventBody[] = []

export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' })
  const { data: run, error, refetch } = useQuery(runQuery(id))
  useLiveRun(run)
  useAnnounceStatus(run)
  useNeighbours(id)
  const refused = run ? null : refusedPage(error, words.notFound.run(id))
  if (refused) return refused
  const name = run ? `${run.repository.name}#${run.issue.number}` : null
  return (
    <>
      <Link to="/runs" className={css.back}>
        <ChevronLeftIcon /> {words.run.back}
      </Link>
      <div className={css.head}>
        <PageTitle
          className={`${head.title} ${css.title}`}
          tab={run ? `${viewOf(run).word} · ${run.issue.title} · ${name}` : words.run.loadingTitle(id)}
        >
          {run ? run.issue.title : words.run.loadingTitle(id)}
        </PageTitle>
        {run && (
          <div key={run.id} className={css.actions}>
            <AdvanceRun run={run} />
            <PauseRun run={run} />
            <CancelRun run={run} />
            <RetryRun run={run} />
            <RunMenu run={run} />
          </div>
        )}
        {run && <Refusal run={run} />}
      </div>
      {error && <Problem title={words.run.failed} error={error} onRetry={() => void refetch()} />}
      {run ? <Loaded run={run} /> : !error && <Loading what={words.run.loading} />}
    </>
  )
}

function Loaded({ run }: { run: RunBody }) {
  const client = useQueryClient()
  const { tab = 'timeline' } = useSearch({ from: '/runs/$id' })
  const ledger = useQuery(ledgerQuery(run.id, client))
  const held = ledger.data?.at(-1)?.seq ?? 0
  const { refetch, isFetching, isError, isSuccess } = ledger
  // The stream says how far the ledger has come; what lies between is read by its range, and once if that brings nothing.
  const asked = useRef('')
  useEffect(() => {
    const missing = `${run.id} ${held} ${run.seq}`
    if (!isSuccess || isFetching || isError || held >= run.seq || asked.current === missing) return
    asked.current = missing
    void refetch()
  }, [run.id, held, run.seq, isFetching, isError, isSuccess, refetch])
  const events = ledger.data ?? NO_EVENTS
  const said = useMemo(() => chatOf(run.agent, events).length, [run.agent, events])
  // An earlier attempt may have been cancelled, too.
  const cancel = events.findLast(({ type, attempt }) => type === 'run.cancel_requested' && attempt === run.attempt)
  return (
    <>
      <Meta run={run} cancelAt={cancel?.at} />
      <EndReason run={run} />
      <RunTabs run={run} tab={tab} said={said} />
      {ledger.error && !OWN_READING.has(tab) && (
        <Problem title={words.run.eventsFailed} error={ledger.error} onRetry={() => void refetch()} />
      )}
      {tab === 'timeline' && <TimelineTab run={run} events={events} />}
      {tab === 'events' && <EventsTab key={run.id} run={run} events={events} />}
      {tab === 'gates' && <GatesTab run={run} />}
      <Suspense fallback={<Loading what={words.run.loading} />}>
        {tab === 'logs' && <LogsTab key={run.id} run={run} />}
        {tab === 'changes' && <ChangesTab run={run} />}
        {tab === 'chat' && <ChatTab run={run} events={events} />}
        {tab === 'sandbox' && <SandboxTab run={run} />}
      </Suspense>
    </>
  )
}

function TimelineTab({ run, events }: { run: RunBody; events: readonly LedgerEventBody[] }) {
  return (
    <div className={`${panel.columns} ${css.columns}`}>
      <section aria-labelledby="timeline" className={panel.panel}>
        <h2 id="timeline" className={`${panel.smallHeading} ${css.heading}`}>
          {words.run.timeline}
        </h2>
        <Timeline run={run} steps={timelineOf(run, events)} />
      </section>
      <RunFacts run={run} events={events} />
    </div>
  )
}

function Meta({ run, cancelAt }: { run: RunBody; cancelAt: string | undefined }) {
  const { repository, issue } = run
  const cancelling = run.cancelRequested && !isTerminal(run.status)
  return (
    <div className={`${head.meta} ${css.meta}`}>
      <span className={css.state}>
        <StatusLabel run={run} size="large" />
        {cancelling && cancelAt && (
          <span className={css.cancelling}>
            <span className={blank.hidden}>{words.cancel.since} </span>
            <Took from={cancelAt} to={null} />
          </span>
        )}
      </span>
      <Link {...pageOf({ repository, number: issue.number })} className={css.issue}>
        <IssueOpenedIcon /> {repository.name}#{issue.number}
      </Link>
      <span>{run.agent}</span>
      <span>
        {words.run.askedBy(run.requestedBy.login)} {words.run.via[run.via]}
      </span>
      <span>
        {words.run.base} <code>{run.base.sha ? `${run.base.ref}@${run.base.sha.slice(0, 7)}` : run.base.ref}</code>
      </span>
      {run.gatesOff && (
        <span>
          <Label variant="danger">{runTabWords.gates.off}</Label>
        </span>
      )}
      {run.dryRun && (
        <span>
          <Label>{words.issue.dryRun}</Label>
        </span>
      )}
      {run.status === 'paused' && run.pause && <span>{words.pause.by(run.pause.by)}</span>}
      {run.attempt > 1 && <span>{words.run.attempt(run.attempt)}</span>}
      <span>
        <span className={blank.hidden}>{words.run.took} </span>
        <Took {...run.took} />
      </span>
      {run.waitingFor && <span>{waitingSentence(run)}</span>}
      {run.progress && !isTerminal(run.status) && !cancelling && (
        <span>{words.progress(run.progress.step, run.progress.of, run.progress.title)}</span>
      )}
      {cancelling && cancelAt && <KillOffer run={run} askedAt={cancelAt} />}
    </div>
  )
}
