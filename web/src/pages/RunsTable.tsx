/** Runs as a table; on narrow screens each row becomes a card, so that nothing has to be scrolled sideways. */
import { GitPullRequestIcon } from '@primer/octicons-react'
import { Link } from '@tanstack/react-router'

import type { RunBody } from '#contracts/api.ts'

import { useRowKeys } from '../commands/rows.ts'
import { StatusLabel } from '../ui/StatusLabel.tsx'
import { Moment, Took } from '../ui/Time.tsx'
import { words } from '../words.ts'
import css from './RunsTable.module.css'

const { columns } = words.runs

export function RunsTable({ runs }: { runs: readonly RunBody[] }) {
  useRowKeys('tr[data-run] th a')
  return (
    <table className={css.table} aria-label={words.runs.table}>
      <thead>
        <tr>
          <th scope="col">{columns.status}</th>
          <th scope="col">{columns.run}</th>
          <th scope="col">{columns.issue}</th>
          <th scope="col">{columns.pull}</th>
          <th scope="col">{columns.started}</th>
          <th scope="col">{columns.took}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ run }: { run: RunBody }) {
  const { repository, issue } = run
  return (
    <tr data-run={run.id}>
      <td className={css.status}>
        <StatusLabel run={run} />
      </td>
      <th scope="row" className={css.run}>
        <Link to="/runs/$id" params={{ id: run.id }} className={css.title}>
          {issue.title}
        </Link>
        <span className={css.about}>{about(run)}</span>
      </th>
      <td className={css.issue} data-label={columns.issue}>
        <Link
          to="/repos/$owner/$repo/issues/$number"
          params={{ owner: repository.owner, repo: repository.name, number: String(issue.number) }}
          className={css.link}
        >
          {repository.name}#{issue.number}
        </Link>
      </td>
      <td className={css.pull} data-label={columns.pull}>
        {run.pullRequest ? (
          <a
            href={run.pullRequest.url}
            className={css.link}
            aria-label={`${columns.pull} ${run.pullRequest.number} ${words.external}`}
          >
            <GitPullRequestIcon /> #{run.pullRequest.number}
          </a>
        ) : (
          <span className={css.none}>{words.runs.noPull}</span>
        )}
      </td>
      <td className={css.when} data-label={columns.started}>
        {run.startedAt ? <Moment at={run.startedAt} /> : <span className={css.none}>{words.runs.notStarted}</span>}
      </td>
      <td className={css.took} data-label={columns.took}>
        <Took {...run.took} />
      </td>
    </tr>
  )
}

/** The second line: what the Run does now, or why it ended; then who and by whom. */
function about(run: RunBody): string {
  const now =
    run.progress && !run.endedAt ? words.progress(run.progress.step, run.progress.of, run.progress.title) : null
  const why = run.status === 'failed' || run.status === 'paused' ? (run.reason?.cause ?? null) : null
  return [now ?? why, run.agent, run.requestedBy.login].filter((part) => part !== null).join(' · ')
}
