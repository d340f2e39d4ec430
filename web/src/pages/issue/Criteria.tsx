/** What the issue asks for, task by task, as its text says it; nobody ticks it off here. */
import { CheckCircleFillIcon, CircleIcon } from '@primer/octicons-react'

import { criteriaIn } from '../../criteria.ts'
import blank from '../../ui/blank.module.css'
import { words } from '../../words.ts'
import css from './Criteria.module.css'

const { title, done, todo } = words.issue.criteria

/** Nothing where the text lists no tasks. */
export function Criteria({ body }: { body: string }) {
  const criteria = criteriaIn(body)
  if (criteria.length === 0) return null
  return (
    <>
      <h3 className={css.heading}>{title}</h3>
      <ul aria-label={title}>
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
    </>
  )
}
