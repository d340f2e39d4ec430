/** The place where an issue meets an agent: the button, and after that the badge that stays live until the end. */
import type { IssueBody, RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'
import { useEffect, useRef, useState } from 'react'

import type { IssueRef } from '../../api.ts'
import { EndReason } from '../../ui/EndReason.tsx'
import panel from '../../ui/panel.module.css'
import { words } from '../../words.ts'
import css from './AgentPanel.module.css'
import { AssignForm } from './AssignForm.tsx'
import { RunBadge } from './RunBadge.tsx'

export interface AgentPanelProps {
  issue: IssueBody
  issueRef: IssueRef
  latest: RunBody | undefined
}

export function AgentPanel({ issue, issueRef, latest }: AgentPanelProps) {
  const [assigned, setAssigned] = useState<string | null>(null)
  const badge = useRef<HTMLDivElement>(null)
  const working = latest !== undefined && !isTerminal(latest.status)
  // The button that had the focus is gone: the badge that took its place gets it.
  useEffect(() => {
    if (assigned !== null && latest?.id === assigned) badge.current?.focus()
  }, [assigned, latest?.id])
  return (
    <section aria-labelledby="agent-panel" className={`${panel.section} ${css.panel}`}>
      <h2 id="agent-panel" className={css.heading}>
        {words.issue.agentPanel}
      </h2>
      {latest && (
        <div ref={badge} tabIndex={-1} data-quiet-focus="" className={css.latest}>
          <RunBadge run={latest} />
          <EndReason run={latest} />
        </div>
      )}
      {!working && (
        <AssignForm issue={issue} issueRef={issueRef} again={latest !== undefined} onAssigned={setAssigned} />
      )}
    </section>
  )
}
