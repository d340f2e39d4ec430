/** Every Run of the issue, newest first. */
import { GitPullRequestIcon } from '@primer/octicons-react'
import { Link } from '@tanstack/react-router'

import type { RunBody } from '#contracts/api.ts'

import panel from '../../ui/panel.module.css'
import { StatusLabel } from '../../ui/StatusLabel.tsx'
import { Moment } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import css from './RunHistory.module.css'

export function RunHistory({ runs }: { runs: readonly RunBody[] }) {
  const newestFirst = runs.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  return (
    <section aria-labelledby="history" className={panel.panel}>
      <h2 id="history" className={panel.smallHeading}>
        {words.issue.history}
      </h2>
      {newestFirst.length === 0 && <p className={css.muted}>{words.issue.noHistory}</p>}
      <ol>
        {newestFirst.map((run) => (
          <li key={run.id} className={css.run}>
            <StatusLabel run={run} />
            <Link to="/runs/$id" params={{ id: run.id }} className={css.link}>
              <code>{run.id}</code>
            </Link>
            <span className={css.muted}>
              {run.agent} · {run.requestedBy.login} · <Moment at={run.createdAt} />
            </span>
            {run.pullRequest && (
              <a href={run.pullRequest.url} className={css.link}>
                <GitPullRequestIcon /> #{run.pullRequest.number}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
