/** Where a step leads: to what it made or runs in on GitHub and to what it wrote; and its own address, to be copied. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { RunBody } from '#contracts/api.ts'

import type { RunSearch } from '../../lib/search.ts'
import type { Step, StepKey } from '../../timeline.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import facts from './RunFacts.module.css'
import css from './Timeline.module.css'

const text = runTabWords.links
/** What the job on GitHub does. The app, which does the rest, writes no log of the Run. */
const LOGGED: ReadonlySet<StepKey> = new Set(['sandbox', 'workspace', 'agent'])

/** A step that was not begun has its own address only: what there is may be of an earlier attempt. */
export function StepLinks({ run, step: { key, startedAtMs } }: { run: RunBody; step: Step }) {
  const title = words.steps[key]
  const begun = startedAtMs !== null
  const { workflowRun, pullRequest, branch, git } = run
  return (
    <>
      {begun && key === 'queued' && workflowRun && (
        <Outside href={workflowRun.url} name={`${words.run.workflow} ${workflowRun.id}`}>
          {words.run.workflow}
        </Outside>
      )}
      {begun && LOGGED.has(key) && (
        <Inside run={run} search={{ tab: 'logs' }} name={text.of(words.tabs.logs, title)}>
          {words.tabs.logs}
        </Inside>
      )}
      {begun && key === 'agent' && git.files > 0 && (
        <Inside run={run} search={{ tab: 'changes' }} name={text.of(words.tabs.changes, title)}>
          {words.tabs.changes}
        </Inside>
      )}
      {begun && key === 'publish' && pullRequest && (
        <Outside href={pullRequest.url} name={words.runs.pullOf(pullRequest.number)}>
          {words.run.pull}
        </Outside>
      )}
      {begun && key === 'publish' && branch && (
        <Outside href={branch.url} name={`${words.run.branch} ${branch.name}`}>
          {words.run.branch}
        </Outside>
      )}
      <span className={`${css.detail} ${css.copy}`}>
        <CopyButton kind="link" value={`/runs/${run.id}?step=${key}`} label={text.copyStep(title)} />
      </span>
    </>
  )
}

interface StepLinkProps {
  /** Many steps have such a link: which one this is. It begins with what can be read. */
  name: string
  children: ReactNode
}

function Inside({ run, search, name, children }: StepLinkProps & { run: RunBody; search: RunSearch }) {
  return (
    <span className={css.detail}>
      <Link
        to="/runs/$id"
        params={{ id: run.id }}
        search={search}
        resetScroll={false}
        aria-label={name}
        className={facts.link}
      >
        {children}
      </Link>
    </span>
  )
}

function Outside({ href, name, children }: StepLinkProps & { href: string }) {
  return (
    <span className={css.detail}>
      <a href={href} aria-label={`${name} ${words.external}`} className={facts.link}>
        {children}
      </a>
    </span>
  )
}
