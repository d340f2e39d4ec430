/** Runs as a table; on narrow screens each row becomes a card, so that nothing has to be scrolled sideways. */
import { GitPullRequestIcon } from '@primer/octicons-react'
import { Checkbox } from '@primer/react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { useCommands } from '../commands/registry.ts'
import { useRowKeys } from '../commands/rows.ts'
import blank from '../ui/blank.module.css'
import { StatusLabel } from '../ui/StatusLabel.tsx'
import { Moment, Took } from '../ui/Time.tsx'
import { words } from '../words.ts'
import { runsWords } from '../words/runs.ts'
import { type Asking, RowDialog, RunRowMenu } from './runs/RunRowMenu.tsx'
import type { Selection } from './runs/SelectedRuns.tsx'
import css from './RunsTable.module.css'

const { columns } = words.runs

/** With `selection` each row can be selected, by its box or by `x`. */
export function RunsTable({ runs, selection }: { runs: readonly RunBody[]; selection?: Selection }) {
  useRowKeys('tr[data-run] th a')
  useCommands(
    selection
      ? [{ id: 'list.select', title: runsWords.selection.key, keys: 'x', run: () => toggleRow(selection) }]
      : [],
  )
  const [asking, setAsking] = useState<Asking | null>(null)
  return (
    <>
      <table className={css.table} aria-label={words.runs.table}>
        <thead>
          <tr>
            {selection && (
              <th scope="col">
                <span className={blank.hidden}>{runsWords.selection.column}</span>
              </th>
            )}
            <th scope="col">{columns.status}</th>
            <th scope="col">{columns.run}</th>
            <th scope="col">{columns.issue}</th>
            <th scope="col">{columns.pull}</th>
            <th scope="col">{columns.started}</th>
            <th scope="col">{columns.took}</th>
            <th scope="col">
              <span className={blank.hidden}>{runsWords.row.column}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.id} run={run} selection={selection} onAsk={setAsking} />
          ))}
        </tbody>
      </table>
      {asking && <RowDialog asking={asking} onClose={() => setAsking(null)} />}
    </>
  )
}

function toggleRow({ toggle }: Selection): void {
  const id = document.activeElement?.closest('tr')?.dataset['run']
  if (id !== undefined) toggle(id)
}

interface RowProps {
  run: RunBody
  selection: Selection | undefined
  onAsk: (asking: Asking) => void
}

function Row({ run, selection, onAsk }: RowProps) {
  const { repository, issue } = run
  return (
    <tr data-run={run.id}>
      {selection && (
        <td className={css.select}>
          <Checkbox
            checked={selection.chosen.has(run.id)}
            aria-label={runsWords.selection.one(issue.title, `${repository.name}#${issue.number}`)}
            onChange={() => selection.toggle(run.id)}
          />
        </td>
      )}
      <td className={css.status}>
        <StatusLabel run={run} />
      </td>
      <th scope="row" className={css.run}>
        <Link to="/runs/$id" params={{ id: run.id }} className={css.title}>
          {issue.title}
        </Link>
        <span className={css.about}>
          {about(run)} · <code>{run.id}</code> · {runsWords.row.asked} <Moment at={run.createdAt} />
        </span>
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
            aria-label={`${words.runs.pullOf(run.pullRequest.number)} ${words.external}`}
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
      <td className={css.menu}>
        <RunRowMenu run={run} onAsk={onAsk} />
      </td>
    </tr>
  )
}

/** The second line: what the Run does now, or why it ended; then who and by whom. */
function about(run: RunBody): string {
  const now =
    run.progress && !run.endedAt ? words.progress(run.progress.step, run.progress.of, run.progress.title) : null
  const why = run.status === 'failed' || run.status === 'paused' ? (run.reason?.cause ?? null) : null
  return [now ?? why, run.agent, run.requestedBy.login, run.branch?.name].filter(Boolean).join(' · ')
}
