/** The pull request of a Run (surfaces.md 1.9). */
import type { Proposal } from '../../contracts/executor.ts'
import { askerOf, instructionsOf } from '../attempts.ts'
import { isProgram } from '../people.ts'
import { PULL_REQUEST_TITLE_CHARS_MAX } from '../policy.ts'
import { attentionOf } from '../proposal.ts'
import type { Run } from '../run.ts'
import { commitSubject } from './commit.ts'
import { codeCell, codeSpan, inertLine, quoted } from './inert.ts'
import { pullRequestMarker } from './markers.ts'
import { gatesOffText } from './status-comment.ts'
import type { Urls } from './urls.ts'

const SUMMARY_CHARS_MAX = 4_000
const RISK_CHARS_MAX = 500
const INSTRUCTIONS_SHOWN_CHARS_MAX = 200
/** GitHub's limit of a body is 65,536; what people added below ours is kept up to here. */
const BODY_CHARS_MAX = 60_000

export interface PullRequestText {
  title: string
  body: string
  draft: boolean
  /** What `body` carries and adoption looks for. */
  marker: string
}

/** What of the accepted proposal people read. `attention` is what is worth a look. */
export interface Made {
  subject: string
  summary: string
  risks: readonly string[]
  attention: readonly string[]
}

/** Of a proposal that was let through. */
export const madeOf = (proposal: Proposal): Made => ({
  subject: proposal.commits.at(-1)!.message,
  summary: proposal.summary,
  risks: proposal.risks,
  attention: attentionOf(proposal),
})

export function renderPullRequest(
  run: Run,
  made: Made,
  urls: Urls,
  { earlier = [], existingBody = null }: { earlier?: readonly number[]; existingBody?: string | null } = {},
): PullRequestText {
  const suffix = ` (#${run.issue.number})`
  const title = inertLine(commitSubject(made.subject), PULL_REQUEST_TITLE_CHARS_MAX - suffix.length) + suffix
  const marker = pullRequestMarker(run.id)
  const body = [
    [`Closes #${run.issue.number}`, ...earlierLine(earlier)].join('\n\n'),
    `## What changed\n${quoted(made.summary, SUMMARY_CHARS_MAX) || '> The agent left no summary.'}`,
    `## How it was checked\n${run.gatesOff ? `${gatesOffText(run)}. ` : ''}No gates were run.`,
    `## Please look at\n${lookAt(made)}`,
    `---\n${details(run, urls)}`,
    '<sub>Commands on this pull request: `/agent status` · `/agent help`. The person who asked for this change should not be its only approver.</sub>',
    `${marker}issue=${run.issue.number} -->`,
  ].join('\n\n')
  return {
    title,
    body: body + textBelow(existingBody, marker),
    draft: run.draft === true || made.attention.length > 0,
    marker,
  }
}

/** Pull requests that earlier Runs opened for the same issue: a reviewer should know of them. */
function earlierLine(numbers: readonly number[]): string[] {
  if (numbers.length === 0) return []
  return [`Earlier for the same issue: ${numbers.map((number) => `#${number}`).join(', ')}.`]
}

function lookAt({ risks, attention }: Made): string {
  const lines = [
    ...attention.map((note) => `- ${note}`),
    ...risks.filter((risk) => risk.trim() !== '').map((risk) => `- ${codeSpan(risk, RISK_CHARS_MAX)}`),
  ]
  return lines.length === 0 ? 'Nothing stood out' : lines.join('\n')
}

/**
 * Who asked for the attempt, and where. A command in the text of a new issue has no comment, and where a retry was asked
 * for is not kept: what started the Run is somebody else's word then.
 */
function askedBy(run: Run): string {
  const { trigger, requestedBy } = run
  const asker = askerOf(run)
  const isRequester = asker.id === requestedBy.id && asker.login === requestedBy.login
  return `${inertLine(asker.login, 60)}, ${isRequester ? askedWhere(trigger, asker) : 'by a retry'}`
}

function askedWhere({ via, commentId, url }: Run['trigger'], asker: Run['requestedBy']): string {
  if (via === 'api' || url === null) return isProgram(asker) ? 'through the API' : 'on the dashboard'
  if (via === 'label') return `by the label on [this issue](${url})`
  return commentId === null ? `in [this issue](${url})` : `[this comment](${url})`
}

function details(run: Run, urls: Urls): string {
  const instructions = instructionsOf(run)
  const rows = [
    ['Asked by', askedBy(run)],
    ['Run', urls.shortRun(run.id)],
    ['Base', `${codeCell(run.baseRef)} at \`${(run.baseSha ?? '').slice(0, 7)}\``],
    ['Instructions', instructions.trim() === '' ? 'none' : codeCell(instructions, INSTRUCTIONS_SHOWN_CHARS_MAX)],
  ]
  const table = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
  return `<details><summary>Run ${run.id} by ${inertLine(run.agent, 60)}</summary>\n\n${table}\n\n</details>`
}

/** What a person wrote below our last line is theirs and stays. */
function textBelow(existingBody: string | null, marker: string): string {
  const at = existingBody?.lastIndexOf(marker) ?? -1
  const end = at < 0 ? -1 : existingBody!.indexOf('-->', at)
  return end < 0
    ? ''
    : existingBody!
        .slice(end + '-->'.length)
        .slice(0, BODY_CHARS_MAX)
        .trimEnd()
}
