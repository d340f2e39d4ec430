/** The issues that have to be done before an agent begins with this one. */
import { CheckIcon } from '@primer/octicons-react'
import { Link } from '@tanstack/react-router'

import type { RunBody } from '#contracts/api.ts'
import type { BlockingIssue } from '#contracts/issues.ts'
import { isTerminal } from '#contracts/status.ts'

import { pageOf } from '../../lib/issue-tree.ts'
import { holdsUp } from '../../lib/waiting.ts'
import blank from '../../ui/blank.module.css'
import { StatusLabel } from '../../ui/StatusLabel.tsx'
import { words } from '../../words.ts'
import { waitingWords } from '../../words/waiting.ts'
import css from './BlockedBy.module.css'

export interface BlockedByProps {
  blockers: readonly BlockingIssue[]
  latest: RunBody | undefined
}

export function BlockedBy({ blockers, latest }: BlockedByProps) {
  if (blockers.length === 0) return null
  const open = blockers.filter((issue) => holdsUp(issue, latest)).length
  const says = latest && !isTerminal(latest.status) ? waitingWords.thisOne : waitingWords.anAgent
  return (
    <section aria-labelledby="blocked-by" className={css.row}>
      <h2 id="blocked-by" className={css.heading}>
        {waitingWords.blockedBy}
      </h2>
      <ul className={css.issues}>
        {blockers.map((issue) => (
          <li key={issue.number} className={css.issue}>
            <Link {...pageOf(issue)} title={issue.title} className={css.link}>
              #{issue.number}
            </Link>
            <State issue={issue} isOpen={holdsUp(issue, latest)} />
          </li>
        ))}
      </ul>
      {open > 0 && <span className={css.muted}>{says(open)}</span>}
    </section>
  )
}

function State({ issue, isOpen }: { issue: BlockingIssue; isOpen: boolean }) {
  if (isOpen) {
    return issue.run ? <StatusLabel run={issue.run} /> : <span className={css.muted}>{words.issue.states.open}</span>
  }
  return (
    <span className={css.done}>
      <CheckIcon />
      <span className={blank.hidden}>{words.issue.states.closed}</span>
    </span>
  )
}
