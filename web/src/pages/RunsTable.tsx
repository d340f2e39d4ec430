/** Runs as a table; on narrow screens each row becomes a card, so that nothing has to be scrolled sideways. */
import { GitPullRequestIcon } from '@primer/octicons-react'
import { Checkbox } from '@primer/react'
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'

import { useCommands } from '../commands/registry.ts'
import { useRowKeys } from '../commands/rows.ts'
import { pageOf } from '../lib/issue-tree.ts'
import { waitsFor } from '../lib/waiting.ts'
import blank from '../ui/blank.module.css'
import { useFocusAfter, useFocusLeft } from '../ui/PageTitle.tsx'
import { StatusLabel } from '../ui/StatusLabel.tsx'
import { Moment, Took } from '../ui/Time.tsx'
import { words } from '../words.ts'
import { runsWords } from '../words/runs.ts'
import { type Asking, RowDialog, RunRowMenu } from './runs/RunRowMenu.tsx'
import type { Selection } from './runs/SelectedRuns.tsx'
import css from './RunsTable.module.css'

const { columns } = words.runs

export interface RunsTableProps {
  runs: readonly RunBody[]
  /** With it each row can be selected, by its box or by `x`. */
  selection?: Selection
}

/** Without Runs there is no table; what was asked about one of them stays, so leave this in its place then. */
export function RunsTable({ runs, selection }: RunsTableProps) {
  const [asking, setAsking] = useState<Asking | null>(null)
  // The menu that a dialog was opened with may have left with its row.
  useFocusAfter(asking !== null)
  return (
    <>
      {runs.length > 0 && <Table runs={runs} selection={selection} onAsk={setAsking} />}
      {asking && <RowDialog asking={asking} onClose={() => setAsking(null)} />}
    </>
  )
}

interface TableProps {
  runs: readonly RunBody[]
  selection: Selection | undefined
  onAsk: (asking: Asking) => void
}

function Table({ runs, selection, onAsk }: TableProps) {
  useRowKeys('tr[data-run] th a')
  useCommands(
    selection
      ? [{ id: 'list.select', title: runsWords.selection.key, keys: 'x', run: () => toggleRow(selection) }]
      : [],
  )
  return (
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
          <Row key={run.id} run={run} selection={selection} onAsk={onAsk} />
        ))}
      </tbody>
    </table>
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
  const row = useRef<HTMLTableRowElement>(null)
  useFocusLeft(row)
  return (
    <tr ref={row} data-run={run.id}>
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
          {about(run)} · <code>{run.id}</code>
          {!run.startedAt && (
            <>
              {' '}
              · {runsWords.row.asked} <Moment at={run.createdAt} />
            </>
          )}
        </span>
      </th>
      <td className={css.issue} data-label={columns.issue}>
        <Link {...pageOf({ repository, number: issue.number })} className={css.link}>
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

/** The second line begins with what the Run does now, or why it ended; then who works on it, and who asked for it. */
function about(run: RunBody): string {
  const now =
    run.progress && !run.endedAt ? words.progress(run.progress.step, run.progress.of, run.progress.title) : null
  const why = run.status === 'failed' || run.status === 'paused' ? (run.reason?.cause ?? null) : null
  return [now ?? why ?? waitsFor(run), run.agent, run.requestedBy.login, run.branch?.name].filter(Boolean).join(' · ')
}
