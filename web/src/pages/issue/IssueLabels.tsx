/** Whether an issue is open, who may see it, and its labels. */
import { IssueClosedIcon, IssueOpenedIcon, LockIcon } from '@primer/octicons-react'
import { Label } from '@primer/react'

import type { IssueBody } from '#contracts/issues.ts'

import { words } from '../../words.ts'
import css from './IssueLabels.module.css'

export function IssueLabels({ issue }: { issue: IssueBody }) {
  const open = issue.state === 'open'
  return (
    <div className={css.row}>
      <Label variant={open ? 'success' : 'done'} size="large" className={css.state}>
        {open ? <IssueOpenedIcon /> : <IssueClosedIcon />}
        {words.issue.states[issue.state]}
      </Label>
      {issue.repository.private && (
        <span className={css.private}>
          <LockIcon /> {words.issue.private}
        </span>
      )}
      {issue.labels.length > 0 && (
        <ul aria-label={words.issue.labels} className={css.labels}>
          {issue.labels.map((label) => (
            <li key={label}>
              <Label>{label}</Label>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
