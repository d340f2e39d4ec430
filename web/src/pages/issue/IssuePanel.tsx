/** An issue that was chosen in a tree: what it asks for, how its newest Run stands, and what was said of it lately. */
import { GitPullRequestIcon, LinkExternalIcon, XIcon } from '@primer/octicons-react'
import { IconButton, Label } from '@primer/react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useEffect, useRef } from 'react'

import type { RunBody } from '#contracts/api.ts'
import type { IssueActivityBody, IssueNode } from '#contracts/issues.ts'

import { cutTo } from '../../lib/cut.ts'
import { gatesOf } from '../../lib/gates.ts'
import { type Home, issueName, pageOf } from '../../lib/issue-tree.ts'
import { issueActivityQuery, issueQuery } from '../../queries.ts'
import { EndReason } from '../../ui/EndReason.tsx'
import { Loading } from '../../ui/Loading.tsx'
import panel from '../../ui/panel.module.css'
import { Problem } from '../../ui/Problem.tsx'
import { StatusLabel } from '../../ui/StatusLabel.tsx'
import { Moment } from '../../ui/Time.tsx'
import { words } from '../../words.ts'
import { issuesWords } from '../../words/browse.ts'
import { treeWords } from '../../words/issue-tree.ts'
import { IssueLabels } from './IssueLabels.tsx'
import css from './IssuePanel.module.css'
import { IssueText } from './IssueText.tsx'
import { ReportedChecks } from './ReportedChecks.tsx'

const text = treeWords.panel
const HEADING_ID = 'chosen-issue'
/** What is longer is read on the issue's page, and a comment on GitHub. */
const BODY_SHOWN_CHARS_MAX = 1_500
const COMMENT_SHOWN_CHARS_MAX = 600

export interface IssuePanelProps {
  node: IssueNode
  home: Home
  /** Whether somebody has just asked for it, and is to go on in it. */
  isAsked: RefObject<boolean>
  onClose: () => void
}

export function IssuePanel({ node, home, isAsked, onClose }: IssuePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (isAsked.current) heading.current?.focus()
    isAsked.current = false
  }, [isAsked])
  return (
    <section aria-labelledby={HEADING_ID} className={`${panel.section} ${css.panel}`}>
      <div className={css.head}>
        <h2 id={HEADING_ID} ref={heading} tabIndex={-1} className={css.title}>
          {node.title} <span className={css.muted}>{issueName(node, home)}</span>
        </h2>
        <IconButton icon={XIcon} size="small" variant="invisible" aria-label={text.close} onClick={onClose} />
      </div>
      <p className={css.links}>
        <Link {...pageOf(node)} className={css.link}>
          {text.open}
        </Link>
        <a href={node.url} className={css.link}>
          {words.issue.onGitHub} <LinkExternalIcon />
        </a>
      </p>
      <What node={node} />
      <Activity node={node} />
    </section>
  )
}

const refOf = ({ repository, number }: IssueNode) => ({ owner: repository.owner, repo: repository.name, number })

function What({ node }: { node: IssueNode }) {
  const { data: issue, error, refetch } = useQuery(issueQuery(refOf(node)))
  if (error && !issue) return <Problem title={words.issue.failed} error={error} onRetry={() => void refetch()} />
  if (!issue) return <Loading what={words.issue.loading} />
  const { shown, isCut } = cutTo(issue.body, BODY_SHOWN_CHARS_MAX)
  return (
    <>
      <IssueLabels issue={issue} />
      <Part title={words.issue.description}>
        {issue.body.trim() === '' ? (
          <p className={css.muted}>{words.issue.noDescription}</p>
        ) : (
          <div>
            <IssueText body={shown} />
          </div>
        )}
        {isCut && (
          <Link {...pageOf(node)} className={css.link}>
            {text.readAll}
          </Link>
        )}
      </Part>
    </>
  )
}

function Activity({ node }: { node: IssueNode }) {
  const { data, error, refetch } = useQuery(issueActivityQuery(refOf(node), node.run))
  return (
    <>
      <Part title={text.run}>
        {node.run ? (
          <NewestRun run={node.run} pull={data?.pullRequest ?? null} />
        ) : (
          <p className={css.muted}>{issuesWords.noRun}</p>
        )}
      </Part>
      {node.run && <Checked run={node.run} pull={data?.pullRequest ?? null} />}
      <Part title={text.comments}>
        {error && !data && <Problem title={text.commentsFailed} error={error} onRetry={() => void refetch()} />}
        {!error && !data && <Loading what={text.loadingComments} />}
        {data && <Comments {...data} url={node.url} />}
      </Part>
    </>
  )
}

interface NewestRunProps {
  run: RunBody
  /** Null as long as GitHub has told nothing of it. */
  pull: IssueActivityBody['pullRequest']
}

/** What was told of the Run's own pull request: the answer may be about that of an older Run. */
const toldOf = ({ run, pull }: NewestRunProps) => (pull?.number === run.pullRequest?.number ? pull : null)

function NewestRun({ run, pull }: NewestRunProps) {
  const { pullRequest } = run
  const state = toldOf({ run, pull })?.state
  return (
    <>
      <p className={css.row}>
        <StatusLabel run={run} />
        <span className={css.muted}>
          {run.agent} · {run.requestedBy.login} · <Moment at={run.createdAt} />
        </span>
        <Link to="/runs/$id" params={{ id: run.id }} className={css.link}>
          {words.issue.openRun}
        </Link>
      </p>
      <EndReason run={run} />
      {pullRequest && (
        <p className={css.row}>
          <a href={pullRequest.url} className={css.link}>
            <GitPullRequestIcon /> {words.issue.openPull(pullRequest.number)}
          </a>
          {state && <Label variant={pullVariants[state]}>{text.pullStates[state]}</Label>}
        </p>
      )}
    </>
  )
}

function Checked({ run, pull }: NewestRunProps) {
  const { lead, why } = gatesOf(run)
  const checks = toldOf({ run, pull })?.checks
  return (
    <Part title={text.checked}>
      <p>
        {lead} <span className={css.muted}>{why}</span>
      </p>
      {checks && <ReportedChecks {...checks} />}
    </Part>
  )
}

const pullVariants = { open: 'success', draft: 'secondary', merged: 'done', closed: 'danger' } as const

function Comments({ comments, more, url }: Pick<IssueActivityBody, 'comments' | 'more'> & { url: string }) {
  if (comments.length === 0) return <p className={css.muted}>{text.noComments}</p>
  return (
    <>
      {more && (
        <a href={url} className={css.link}>
          {text.older}
        </a>
      )}
      <ol aria-label={text.comments}>
        {comments.map((comment) => (
          <Comment key={comment.id} {...comment} />
        ))}
      </ol>
    </>
  )
}

function Comment({ author, body, url, createdAt }: IssueActivityBody['comments'][number]) {
  const { shown, isCut } = cutTo(body, COMMENT_SHOWN_CHARS_MAX)
  return (
    <li className={css.comment}>
      <p className={css.muted}>
        <strong className={css.author}>{author ?? text.gone}</strong> <Moment at={createdAt} />
      </p>
      <p className={css.said}>{shown}</p>
      {isCut && (
        <a href={url} className={css.link}>
          {text.readOnGitHub}
        </a>
      )}
    </li>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={css.part}>
      <h3 className={css.small}>{title}</h3>
      {children}
    </div>
  )
}
