/** What was checked of a pull request's newest commit, as GitHub has it. */
import { CheckCircleFillIcon, ClockIcon, DotFillIcon, XCircleFillIcon } from '@primer/octicons-react'

import type { ReportedChecks as Checks } from '#contracts/issues.ts'

import { treeWords } from '../../words/issue-tree.ts'
import css from './ReportedChecks.module.css'

const text = treeWords.panel.checks

export function ReportedChecks({ checks, more }: Checks) {
  if (checks.length === 0) return <p className={css.muted}>{text.none}</p>
  return (
    <>
      <ul aria-label={text.title}>
        {checks.map((check, index) => (
          <li key={index} className={css.check} data-result={resultOf(check)}>
            <Icon result={resultOf(check)} />
            {check.url === null ? check.name : <a href={check.url}>{check.name}</a>}
            <span className={css.muted}>{text.result(check.status, check.conclusion)}</span>
          </li>
        ))}
      </ul>
      {more && <p className={css.muted}>{text.more}</p>}
    </>
  )
}

type Result = 'running' | 'passed' | 'failed' | 'other'
const failing = new Set(['failure', 'timed_out', 'startup_failure', 'action_required'])

function resultOf({ status, conclusion }: Checks['checks'][number]): Result {
  if (status === 'running') return 'running'
  if (conclusion === 'success') return 'passed'
  return conclusion !== null && failing.has(conclusion) ? 'failed' : 'other'
}

const icons = { running: ClockIcon, passed: CheckCircleFillIcon, failed: XCircleFillIcon, other: DotFillIcon }

function Icon({ result }: { result: Result }) {
  const Glyph = icons[result]
  return <Glyph />
}
