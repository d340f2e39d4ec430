/** Open issues, each with the newest Run's badge. */
import { IssueOpenedIcon } from '@primer/octicons-react'
import { Label } from '@primer/react'
import { Link } from '@tanstack/react-router'

import type { IssueListBody } from '#contracts/browse.ts'

import { useRowKeys } from '../../commands/rows.ts'
import { pageOf } from '../../lib/issue-tree.ts'
import { StatusLabel, viewOf } from '../../ui/StatusLabel.tsx'
import { Moment } from '../../ui/Time.tsx'
import { issuesWords } from '../../words/browse.ts'
import css from './Issues.module.css'

const LABELS_SHOWN_MAX = 5

export function IssueList({ issues }: { issues: IssueListBody['issues'] }) {
  useRowKeys('[data-issue] [data-open]')
  return (
    <ul className={css.list} aria-label={issuesWords.list}>
      {issues.map((issue) => (
        <Row key={`${issue.repository.id}/${issue.number}`} issue={issue} />
      ))}
    </ul>
  )
}

function Row({ issue }: { issue: IssueListBody['issues'][number] }) {
  const { repository, number, title, labels, updatedAt, run } = issue
  return (
    <li className={css.row} data-issue={`${repository.name}#${number}`}>
      <span className={css.icon}>
        <IssueOpenedIcon />
      </span>
      <div className={css.what}>
        <Link {...pageOf(issue)} className={css.title} data-open="">
          {title}
        </Link>
        <span className={css.about}>
          <span>
            {repository.name}#{number}
          </span>
          <span>
            {issuesWords.changed} <Moment at={updatedAt} />
          </span>
          {labels.slice(0, LABELS_SHOWN_MAX).map((label) => (
            <Label key={label}>{label}</Label>
          ))}
        </span>
      </div>
      <span className={css.run}>
        {run ? (
          <Link
            to="/runs/$id"
            params={{ id: run.id }}
            className={css.badge}
            aria-label={issuesWords.open(viewOf(run).word)}
          >
            <StatusLabel run={run} />
          </Link>
        ) : (
          <span className={css.none}>{issuesWords.noRun}</span>
        )}
      </span>
    </li>
  )
}
