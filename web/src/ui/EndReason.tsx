/** Why a Run ended badly or waits: the cause in one sentence, and what to do about it. */
import { Banner } from '@primer/react'
import { Link } from '@tanstack/react-router'

import type { RunBody } from '#contracts/api.ts'

import { words } from '../words.ts'
import css from './EndReason.module.css'
import { viewOf } from './StatusLabel.tsx'
import { Ticked } from './Ticked.tsx'

const variants = {
  secondary: 'info',
  accent: 'info',
  attention: 'warning',
  success: 'success',
  danger: 'critical',
} as const

/** Nothing for a Run that works or opened its pull request: those speak for themselves. */
export function EndReason({ run }: { run: RunBody }) {
  if (!run.reason || run.reason.code === 'pull_request_opened') return null
  return (
    <div className={css.reason} data-reason={run.reason.code}>
      <Banner
        variant={variants[viewOf(run).variant]}
        title={run.reason.cause}
        description={
          <span>
            <strong>{words.run.remedy}:</strong> <Ticked text={run.reason.remedy} />
            {run.status === 'failed' && run.workflowRun && (
              <>
                {' '}
                <Link to="/runs/$id" params={{ id: run.id }} search={{ tab: 'logs' }} className={css.log}>
                  {words.run.openLog}
                </Link>
              </>
            )}
          </span>
        }
      />
    </div>
  )
}
