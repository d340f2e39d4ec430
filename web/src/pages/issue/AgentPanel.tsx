/** Where an issue meets an agent: the badge of the latest Run, live until its end, and the button for the next one. */
import { useEffect, useRef, useState } from 'react'

import type { RunBody } from '#contracts/api.ts'
import type { IssueBody } from '#contracts/issues.ts'
import { isTerminal } from '#contracts/status.ts'

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
  // The button that had the focus cannot be pressed any more: the badge of what it started gets it.
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
      <AssignForm
        issue={issue}
        issueRef={issueRef}
        again={latest !== undefined}
        whyNot={whyNot(issue, latest)}
        onAssigned={setAssigned}
      />
    </section>
  )
}

/** Why no agent can be assigned now; null where one can. A Run may have begun after the server was asked. */
function whyNot({ assign }: IssueBody, latest: RunBody | undefined): string | null {
  if (!assign.allowed) return assign.why ?? ''
  return latest && !isTerminal(latest.status) ? words.issue.working(latest.id) : null
}
