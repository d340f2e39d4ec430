/** The badge of a Run: queued → running → succeeded with its pull request, or failed or cancelled. Live. */
import { GitPullRequestIcon } from '@primer/octicons-react'
import { Link } from '@tanstack/react-router'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { AdvanceRun } from '../../ui/AdvanceRun.tsx'
import { CancelRun } from '../../ui/CancelRun.tsx'
import { Refusal } from '../../ui/Refusal.tsx'
import { StatusLabel } from '../../ui/StatusLabel.tsx'
import { Moment, Took } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { waitingWords } from '../../words/waiting.ts'
import css from './RunBadge.module.css'

export function RunBadge({ run }: { run: RunBody }) {
  const ended = isTerminal(run.status)
  const inLine = run.waitingFor?.position ?? null
  return (
    <div className={css.badge} data-run={run.id}>
      <StatusLabel run={run} size="large" word={inLine === null ? undefined : waitingWords.queued(inLine)} />
      <span className={css.text}>
        <strong>{run.agent}</strong>
        {!ended && run.progress && (
          <span>{words.progress(run.progress.step, run.progress.of, run.progress.title)}</span>
        )}
        <span className={css.muted}>
          <Took {...run.took} />
        </span>
        {run.endedAt && (
          <span className={css.muted}>
            <Moment at={run.endedAt} />
          </span>
        )}
      </span>
      <span className={css.actions}>
        {run.pullRequest && (
          <a href={run.pullRequest.url} className={css.pull}>
            <GitPullRequestIcon /> {words.issue.openPull(run.pullRequest.number)}
          </a>
        )}
        <Link to="/runs/$id" params={{ id: run.id }} className={css.open}>
          {words.issue.openRun}
        </Link>
        <AdvanceRun run={run} size="small" />
        <CancelRun run={run} size="small" />
        {!ended && <Refusal run={run} actions={run.waitingFor ? ['cancel', 'advance'] : ['cancel']} />}
      </span>
    </div>
  )
}
