/** One issue: give it to an agent, watch the badge, and see what agents did with it before. */
import { LinkExternalIcon } from '@primer/octicons-react'
import { SkeletonBox } from '@primer/react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useMemo, useRef } from 'react'

import type { RunBody } from '#contracts/api.ts'
import type { IssueBody, IssueLink } from '#contracts/issues.ts'
import { isTerminal } from '#contracts/status.ts'

import type { IssueRef } from '../api.ts'
import { issueName, pageOf } from '../lib/issue-tree.ts'
import { useLiveIssue, useLiveRun, useLiveTree } from '../live/hooks.ts'
import { issueQuery } from '../queries.ts'
import blank from '../ui/blank.module.css'
import head from '../ui/head.module.css'
import { PageTitle } from '../ui/PageTitle.tsx'
import panel from '../ui/panel.module.css'
import { Problem } from '../ui/Problem.tsx'
import { viewOf } from '../ui/StatusLabel.tsx'
import { useAnnounceStatus } from '../ui/useAnnounceStatus.ts'
import { words } from '../words.ts'
import { treeWords } from '../words/issue-tree.ts'
import { AgentPanel } from './issue/AgentPanel.tsx'
import { BlockedBy } from './issue/BlockedBy.tsx'
import { IssueLabels } from './issue/IssueLabels.tsx'
import { IssueText } from './issue/IssueText.tsx'
import { RunHistory } from './issue/RunHistory.tsx'
import { SubIssues } from './issue/SubIssues.tsx'
import css from './IssuePage.module.css'
import { refusedPage } from './messages.tsx'

const SKELETON_DELAY_MS = 150

export function IssuePage() {
  const { owner, repo, number } = useParams({ from: '/repos/$owner/$repo/issues/$number' })
  const ref = useMemo<IssueRef>(() => ({ owner, repo, number: Number(number) }), [owner, repo, number])
  const client = useQueryClient()
  const { data: issue, error, refetch } = useQuery(issueQuery(ref))
  const latest = latestOf(issue?.runs)
  const working = latest !== undefined && !isTerminal(latest.status)
  useLiveRun(latest)
  useLiveIssue(ref, issue?.runs, issue !== undefined && !working)
  const isBlocked = (issue?.blockedBy?.length ?? 0) > 0
  useLiveTree(isBlocked ? [`${owner}/${repo}`] : [])
  useAnnounceStatus(latest)
  // Whether the agent may be assigned again is the server's to say, once the Run is over.
  const wasWorking = useRef(false)
  useEffect(() => {
    if (wasWorking.current && !working) void client.invalidateQueries(issueQuery(ref))
    wasWorking.current = working
  }, [client, ref, working])

  const name = `${repo}#${number}`
  const refused = issue ? null : refusedPage(error, words.notFound.issue(`${owner}/${name}`))
  if (refused) return refused
  const title = issue?.title ?? words.issue.loadingTitle(name)
  return (
    <>
      <p className={css.name}>
        <Link to="/repos/$owner/$repo" params={{ owner, repo }}>
          {owner}/{repo}
        </Link>
        {issue?.tree?.parent && <Parent parent={issue.tree.parent} issue={issue} />}
      </p>
      <PageTitle className={head.title} tab={[latest && viewOf(latest).word, title, name].filter(Boolean).join(' · ')}>
        {title} {issue && <span className={css.number}>#{number}</span>}
      </PageTitle>
      {error && <Problem title={words.issue.failed} error={error} onRetry={() => void refetch()} />}
      {issue ? <Loaded issue={issue} issueRef={ref} latest={latest} /> : !error && <Loading />}
    </>
  )
}

function Loaded({ issue, issueRef, latest }: { issue: IssueBody; issueRef: IssueRef; latest: RunBody | undefined }) {
  return (
    <>
      <Meta issue={issue} />
      {/* What was typed for one issue is not meant for another. */}
      <AgentPanel key={issue.url} issue={issue} issueRef={issueRef} latest={latest} />
      <BlockedBy blockers={issue.blockedBy ?? []} latest={latest} />
      <SubIssues key={`${issue.url} tree`} issue={issue} issueRef={issueRef} />
      <div className={`${panel.columns} ${css.columns}`}>
        <section aria-labelledby="description" className={panel.panel}>
          <h2 id="description" className={panel.smallHeading}>
            {words.issue.description}
          </h2>
          {issue.body.trim() === '' ? (
            <p className={css.none}>{words.issue.noDescription}</p>
          ) : (
            <IssueText body={issue.body} />
          )}
        </section>
        <RunHistory runs={issue.runs} />
      </div>
    </>
  )
}

function Parent({ parent, issue }: { parent: IssueLink; issue: IssueBody }) {
  return (
    <>
      {' · '}
      <span className={blank.hidden}>{treeWords.parent} </span>
      <Link {...pageOf(parent)}>
        {issueName(parent, issue.repository)} {parent.title}
      </Link>
      <span aria-hidden="true"> ▸</span>
    </>
  )
}

function Meta({ issue }: { issue: IssueBody }) {
  return (
    <div className={`${head.meta} ${css.meta}`}>
      <IssueLabels issue={issue} />
      <a href={issue.url} className={css.github}>
        {words.issue.onGitHub} <LinkExternalIcon />
      </a>
    </div>
  )
}

/** The Run that works now, else the newest. */
function latestOf(runs: readonly RunBody[] | undefined): RunBody | undefined {
  const newestFirst = (runs ?? []).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  return newestFirst.find((run) => !isTerminal(run.status)) ?? newestFirst[0]
}

function Loading() {
  return (
    <div aria-busy="true" className={blank.loading}>
      <span className={blank.hidden}>{words.loading(words.issue.loading)}</span>
      <SkeletonBox height="24px" width="40%" delay={SKELETON_DELAY_MS} />
      <SkeletonBox height="120px" delay={SKELETON_DELAY_MS} />
      <SkeletonBox height="200px" delay={SKELETON_DELAY_MS} />
    </div>
  )
}
