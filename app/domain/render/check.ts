/** The check run on the agent's branch (surfaces.md 1.6): what it is called, says and concludes. */
import type { Proposal } from '../../contracts/executor.ts'
import type { ReasonCode } from '../../contracts/status.ts'
import { branchToDrop } from '../branch.ts'
import { ATTEMPTS_MAX } from '../policy.ts'
import { worthLooksIn } from '../proposal.ts'
import type { Run } from '../run.ts'
import { inertLine } from './inert.ts'
import { reasonMarkdown } from './reasons.ts'
import { stepOf, table } from './status-comment.ts'
import type { Urls } from './urls.ts'
import { count, duration } from './words.ts'

export const CHECK_NAME = 'Agent run'
/** GitHub's own limit of a summary. */
const CHECK_SUMMARY_CHARS_MAX = 65_535
const TITLE_CHARS_MAX = 120
const CHECK_ANNOTATIONS_MAX = 200
const SHORT_SHA_CHARS = 7
const LOGIN_CHARS_MAX = 60

export interface CheckText {
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out' | 'action_required' | null
  title: string
  summary: string
  actions: CheckAction[]
}

/** A button of a check that is completed; GitHub shows none before (surfaces.md 1.6). At most three. */
export interface CheckAction {
  /** ≤ 20 characters. */
  label: string
  /** ≤ 40 characters. */
  description: string
  /** ≤ 20 characters; comes back in the webhook of a press. */
  identifier: CheckActionId
}
/** Buttons for gates, answers and reviews follow with what stands behind them. */
export type CheckActionId = 'retry_run' | 'drop_branch'

const RETRY: CheckAction = {
  label: 'Retry',
  description: 'Start the next attempt of this run',
  identifier: 'retry_run',
}
const DROP: CheckAction = {
  label: 'Close the branch',
  description: 'Delete what this attempt has pushed',
  identifier: 'drop_branch',
}
const retryable: ReadonlySet<CheckText['conclusion']> = new Set(['failure', 'timed_out', 'cancelled'])

export function renderCheck(run: Run, urls: Urls): CheckText {
  const { status, conclusion, title } = verdict(run)
  const why = run.reason === null ? '' : reasonMarkdown(run.reason, run.reasonDetail)
  const summary = [
    why === '' || run.status === 'succeeded' ? '' : `${why.cause} ${why.remedy}`,
    table(run, urls),
    run.status === 'succeeded' ? 'No gates were run.' : '',
    `[Open the run](${urls.shortRun(run.id)})`,
  ]
  return {
    status,
    conclusion,
    title: inertLine(title, TITLE_CHARS_MAX),
    summary: summary
      .filter((part) => part !== '')
      .join('\n\n')
      .slice(0, CHECK_SUMMARY_CHARS_MAX),
    actions: [
      ...(retryable.has(conclusion) && run.attempt < ATTEMPTS_MAX ? [RETRY] : []),
      ...('refused' in branchToDrop(run) ? [] : [DROP]),
    ],
  }
}

/** A remark that GitHub shows beside a file of the change. */
export interface CheckAnnotation {
  path: string
  message: string
}

/**
 * What a reviewer should look at first, beside the files themselves. At most `CHECK_ANNOTATIONS_MAX`, of files that are
 * there at the head of the branch (surfaces.md 1.6); the pull request names what was deleted, too.
 */
export function checkAnnotations(proposal: Proposal): CheckAnnotation[] {
  return worthLooksIn(proposal)
    .filter(({ stays }) => stays)
    .slice(0, CHECK_ANNOTATIONS_MAX)
    .map(({ path, why }) => ({ path, message: `This file ${why}.` }))
}

/** The check of an earlier attempt, once a later one has a commit of its own. */
export function supersededCheck(run: Run, sha: string, urls: Urls): CheckText {
  const short = sha.slice(0, SHORT_SHA_CHARS)
  const branch = run.branch ? ` on [\`${run.branch.name}\`](${urls.branch(run.repository, run.branch.name)})` : ''
  return {
    status: 'completed',
    conclusion: 'neutral',
    title: `Superseded by ${short}`,
    summary: `Attempt ${run.attempt} of this run goes on at \`${short}\`${branch}.\n\n[Open the run](${urls.shortRun(run.id)})`,
    actions: [],
  }
}

const NOTE = '> **'
/** A summary with a note above it that tells what became of somebody's press; it takes the place of an earlier note. */
export function withNote(summary: string, login: string, text: string): string {
  const end = summary.startsWith(NOTE) ? summary.indexOf('\n\n') : -1
  const rest = end < 0 ? summary : summary.slice(end + 2)
  return `${NOTE}${inertLine(login, LOGIN_CHARS_MAX)}**: ${text}\n\n${rest}`.slice(0, CHECK_SUMMARY_CHARS_MAX)
}

type Verdict = Omit<CheckText, 'summary' | 'actions'>

function verdict(run: Run): Verdict {
  const completed = (conclusion: NonNullable<CheckText['conclusion']>, title: string): Verdict => ({
    status: 'completed',
    conclusion,
    title,
  })
  switch (run.status) {
    case 'queued':
      return { status: 'queued', conclusion: null, title: 'Waiting for a free sandbox' }
    case 'running': {
      const step = stepOf(run)
      const title = step ? `Step ${step.n} of ${step.of}: ${step.title.toLowerCase()}` : 'Stopping'
      return { status: 'in_progress', conclusion: null, title }
    }
    case 'paused':
      return run.reason === 'needs_answer'
        ? completed('action_required', 'Needs your answer')
        : { status: 'in_progress', conclusion: null, title: run.pause ? `Paused by ${run.pause.by}` : 'Paused' }
    case 'succeeded':
      if (run.pullRequest && run.gatesOff) {
        return completed('neutral', `Gates were turned off by ${run.requestedBy.login}`)
      }
      return run.pullRequest
        ? completed('success', `${count(run.git.files, 'file')} changed, no gates were run`)
        : completed('neutral', run.reason === 'dry_run' ? 'Dry run' : 'No changes were needed')
    case 'failed':
      return run.reason === 'run_timeout'
        ? completed('timed_out', `Over ${duration(run.clocks.runMs)}`)
        : completed('failure', failureTitle(run))
    case 'cancelled':
      return completed(
        'cancelled',
        run.reason === 'kill' ? 'Stopped by an admin' : `Cancelled by ${run.endedBy ?? 'a person'}`,
      )
  }
}

const shortCauses: Partial<Record<ReasonCode, (run: Run) => string>> = {
  sandbox_acquire_timeout: (run) => `No sandbox within ${Math.round(run.clocks.acquireMs / 1_000)} s`,
  agent_timeout: (run) => `The agent took more than ${duration(run.clocks.agentMs)}`,
}

function failureTitle(run: Run): string {
  if (run.reason === null) return 'Failed'
  return shortCauses[run.reason]?.(run) ?? reasonMarkdown(run.reason, null).cause.replace(/\.$/, '')
}
