/** What the issue asks for: its text as it stands, and its tasks as a list that nobody ticks off here. */
import { CheckCircleFillIcon, CircleIcon } from '@primer/octicons-react'

import { type Criterion, partsOf } from '../../issue-text.ts'
import blank from '../../ui/blank.module.css'
import { words } from '../../words.ts'
import css from './IssueText.module.css'

const { title, done, todo } = words.issue.criteria

export function IssueText({ body }: { body: string }) {
  return partsOf(body).map((part, index) =>
    'criteria' in part ? (
      <Criteria key={index} criteria={part.criteria} />
    ) : (
      <div key={index} className={css.text}>
        {part.text}
      </div>
    ),
  )
}

function Criteria({ criteria }: { criteria: readonly Criterion[] }) {
  return (
    <ul aria-label={title} className={css.criteria}>
      {criteria.map((criterion, index) => (
        <li key={index} className={css.criterion} data-done={criterion.done}>
          {criterion.done ? <CheckCircleFillIcon /> : <CircleIcon />}
          <span>
            <span className={blank.hidden}>{criterion.done ? done : todo}: </span>
            {criterion.text}
          </span>
        </li>
      ))}
    </ul>
  )
}
