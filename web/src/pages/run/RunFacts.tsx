/** The column of facts: what the agent's branch holds, where the Run is executed, by when it must end, what was asked for. */
import { GitBranchIcon, GitPullRequestIcon } from '@primer/octicons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { LedgerEventBody, RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { instructionsIn } from '../../chat.ts'
import { cutTo } from '../../lib/cut.ts'
import { issueName, pageOf } from '../../lib/issue-tree.ts'
import { number } from '../../lib/time.ts'
import { runParentQuery } from '../../queries.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import panel from '../../ui/panel.module.css'
import { Moment } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { runTabWords } from '../../words/run-tabs.ts'
import css from './RunFacts.module.css'

const text = words.run
const request = runTabWords.request
/** What is longer is read in the chat. */
const INSTRUCTIONS_SHOWN_CHARS_MAX = 600

export interface RunFactsProps {
  run: RunBody
  /** Empty as long as the ledger has not been read. */
  events: readonly LedgerEventBody[]
}

export function RunFacts({ run, events }: RunFactsProps) {
  return (
    <aside aria-label={text.facts} className={css.facts}>
      <Git run={run} />
      <Sandbox run={run} />
      <Where run={run} />
      <Requested run={run} events={events} />
    </aside>
  )
}

function Git({ run }: { run: RunBody }) {
  const ended = isTerminal(run.status)
  const { repository, issue } = run
  return (
    <Group title={text.git}>
      <Fact name={text.branch}>
        {run.branch ? (
          <Branch branch={run.branch} />
        ) : (
          <None>{ended ? text.noBranchEnded : run.dryRun ? text.noneOfDryRun : text.noBranch}</None>
        )}
      </Fact>
      {run.git.commits > 0 && (
        <Fact name={text.changes}>
          <Changes git={run.git} />
        </Fact>
      )}
      {run.git.latestCommitMessage && <Fact name={text.latest}>{run.git.latestCommitMessage}</Fact>}
      <Fact name={text.pull}>
        {run.pullRequest ? (
          <a href={run.pullRequest.url} className={css.link}>
            <GitPullRequestIcon /> #{run.pullRequest.number}
          </a>
        ) : (
          <None>{ended ? text.noPullEnded : run.dryRun ? text.noneOfDryRun : text.noPull}</None>
        )}
      </Fact>
      <Fact name={text.issue}>
        <Link {...pageOf({ repository, number: issue.number })} className={css.link}>
          #{issue.number}
        </Link>
        <Parent run={run} />
      </Fact>
      {run.gatesOff && (
        <Fact name={text.gates}>
          <span className={css.off}>{text.gatesOff(run.requestedBy.login)}</span>
        </Fact>
      )}
    </Group>
  )
}

/** The issue that the Run's issue is a part of; nothing where it is part of none, or where that is not known. */
function Parent({ run }: { run: RunBody }) {
  const { data: parent } = useQuery(runParentQuery(run.id))
  if (!parent) return null
  return (
    <>
      {' '}
      <span aria-hidden="true">▸</span> {text.parent}{' '}
      <Link {...pageOf(parent)} className={css.link}>
        {issueName(parent, run.repository)} {parent.title}
      </Link>
    </>
  )
}

function Branch({ branch: { name, url } }: { branch: NonNullable<RunBody['branch']> }) {
  return (
    <>
      <a href={url} className={css.branch}>
        <GitBranchIcon /> {name}
      </a>{' '}
      <CopyButton value={name} label={text.copyBranch} />
    </>
  )
}

function Changes({ git }: { git: RunBody['git'] }) {
  const commits = text.plural(number(git.commits), 'commit')
  const files = text.plural(number(git.files), 'file')
  const { plus, minus } = text.counts(commits, files, number(git.additions), number(git.deletions))
  return (
    <>
      {commits} · {files} · <span className={css.plus}>{plus}</span> <span className={css.minus}>{minus}</span>
    </>
  )
}

function Sandbox({ run }: { run: RunBody }) {
  const { sandbox } = run
  return (
    <Group title={text.sandbox}>
      {sandbox ? (
        <>
          <Fact name={text.provider}>{sandbox.provider}</Fact>
          <Fact name={text.state}>{text.states[sandbox.state]}</Fact>
          {sandbox.isolation && <Fact name={text.isolation}>{text.isolations[sandbox.isolation]}</Fact>}
          {sandbox.id && (
            <Fact name={text.sandboxId}>
              <code>{sandbox.id}</code>
            </Fact>
          )}
        </>
      ) : (
        <Fact name={text.state}>
          <None>{isTerminal(run.status) ? text.noSandboxEnded : text.noSandbox}</None>
        </Fact>
      )}
    </Group>
  )
}

function Where({ run }: { run: RunBody }) {
  return (
    <Group title={text.where}>
      <Fact name={text.workflow}>
        {run.workflowRun ? (
          <>
            <a href={run.workflowRun.url} className={css.link}>
              #{run.workflowRun.id}
            </a>{' '}
            {workflowState(run.workflowRun)}
          </>
        ) : (
          <None>{text.noWorkflow}</None>
        )}
      </Fact>
      {run.trust && <Fact name={text.trust}>{text.trusts[run.trust]}</Fact>}
      {run.deadlineAt && !isTerminal(run.status) && (
        <Fact name={text.endsBy}>
          <Moment at={run.deadlineAt} />
        </Fact>
      )}
    </Group>
  )
}

function workflowState({ status, conclusion }: NonNullable<RunBody['workflowRun']>): string | null {
  if (status === null) return null
  const state = text.workflowStates[status]
  return conclusion === null ? state : text.concluded(state, conclusion)
}

function Requested({ run, events }: RunFactsProps) {
  return (
    <Group title={request.title}>
      <Fact name={request.id}>
        <code>{run.id}</code> <CopyButton value={run.id} label={text.copyId} />
      </Fact>
      <Fact name={request.by}>
        {run.requestedBy.login} {text.via[run.via]}
      </Fact>
      <Fact name={request.at}>
        <Moment at={run.createdAt} />
      </Fact>
      <Fact name={request.started}>
        {run.startedAt ? <Moment at={run.startedAt} /> : <None>{words.runs.notStarted}</None>}
      </Fact>
      {run.endedAt && (
        <Fact name={request.ended}>
          <Moment at={run.endedAt} />
        </Fact>
      )}
      {/* What they were has to be known first: nothing would say that there were none. */}
      {events.length > 0 && (
        <Fact name={request.instructions}>
          <Instructions runId={run.id} instructions={instructionsIn(events)} />
        </Fact>
      )}
    </Group>
  )
}

function Instructions({ runId, instructions }: { runId: string; instructions: string }) {
  if (instructions.trim() === '') return <None>{request.none}</None>
  const { shown, isCut } = cutTo(instructions, INSTRUCTIONS_SHOWN_CHARS_MAX)
  if (!isCut) return <span className={css.told}>{shown}</span>
  return (
    <>
      <span className={css.told}>{shown}</span>{' '}
      <Link to="/runs/$id" params={{ id: runId }} search={{ tab: 'chat' }} resetScroll={false} className={css.link}>
        {request.all}
      </Link>
    </>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={panel.panel}>
      <h2 className={panel.smallHeading}>{title}</h2>
      <dl>{children}</dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function None({ children }: { children: ReactNode }) {
  return <span className={css.none}>{children}</span>
}
