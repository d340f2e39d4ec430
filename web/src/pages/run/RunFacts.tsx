/** The column of facts: what the agent's branch holds, where the Run is executed, by when it must end. */
import { CopyIcon, GitBranchIcon, GitPullRequestIcon } from '@primer/octicons-react'
import { IconButton } from '@primer/react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { RunBody } from '#contracts/api.ts'
import { isTerminal } from '#contracts/status.ts'

import { number } from '../../lib/time.ts'
import { useCopy } from '../../ui/copy.ts'
import panel from '../../ui/panel.module.css'
import { Moment } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import css from './RunFacts.module.css'

const text = words.run

export function RunFacts({ run }: { run: RunBody }) {
  return (
    <aside aria-label={text.facts} className={css.facts}>
      <Git run={run} />
      <Sandbox run={run} />
      <Where run={run} />
    </aside>
  )
}

function Git({ run }: { run: RunBody }) {
  const ended = isTerminal(run.status)
  const { repository, issue } = run
  return (
    <Group title={text.git}>
      <Fact name={text.branch}>
        {run.branch ? <Branch branch={run.branch} /> : <None>{ended ? text.noBranchEnded : text.noBranch}</None>}
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
          <None>{ended ? text.noPullEnded : text.noPull}</None>
        )}
      </Fact>
      <Fact name={text.issue}>
        <Link
          to="/repos/$owner/$repo/issues/$number"
          params={{ owner: repository.owner, repo: repository.name, number: String(issue.number) }}
          className={css.link}
        >
          #{issue.number}
        </Link>
      </Fact>
      {run.gatesOff && (
        <Fact name={text.gates}>
          <span className={css.off}>{text.gatesOff(run.requestedBy.login)}</span>
        </Fact>
      )}
    </Group>
  )
}

function Branch({ branch: { name, url } }: { branch: NonNullable<RunBody['branch']> }) {
  const { said, copy } = useCopy()
  return (
    <>
      <a href={url} className={css.branch}>
        <GitBranchIcon /> {name}
      </a>{' '}
      <IconButton
        icon={CopyIcon}
        size="small"
        variant="invisible"
        aria-label={text.copyBranch}
        onClick={() => copy(name)}
      />{' '}
      {/* The one polite region of the page says it, too. */}
      {said !== null && <span aria-hidden="true">{said}</span>}
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
          <a href={run.workflowRun.url} className={css.link}>
            #{run.workflowRun.id}
          </a>
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
