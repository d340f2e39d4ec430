/** What is shown when something could not be read or done: what went wrong, what to do, and a reference to report. */
import { Banner, Button } from '@primer/react'

import { ProblemError } from '../api.ts'
import { words } from '../words.ts'
import css from './Problem.module.css'

export interface ProblemProps {
  title: string
  error: Error
  onRetry?: (() => void) | undefined
}

export function Problem({ title, error, onRetry }: ProblemProps) {
  const problem = error instanceof ProblemError ? error : null
  return (
    <div role="alert" className={css.problem}>
      <Banner
        variant="critical"
        title={title}
        description={
          <>
            {problem ? explain(problem) : error.message}
            {problem?.reference && <span className={css.reference}>{words.reference(problem.reference)}</span>}
          </>
        }
        {...(onRetry ? { primaryAction: <Button onClick={onRetry}>{words.tryAgain}</Button> } : {})}
      />
    </div>
  )
}

function explain({ status, title, detail }: ProblemError): string {
  if (status === 429 && detail === null) return words.limited
  const sentence = /[.!?]$/.test(title) ? title : `${title}.`
  return detail === null ? sentence : detail
}
