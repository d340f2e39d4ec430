/** The one status comment of a Run (surfaces.md 1.5). Its text depends on the Run alone, never on the clock. */
import { statusView } from '../../contracts/status.ts'
import type { Phase } from '../../contracts/status.ts'
import type { Run } from '../run.ts'
import { codeCell, codeSpan, inertLine } from './inert.ts'
import { statusMarker } from './markers.ts'
import { reasonMarkdown } from './reasons.ts'
import type { Urls } from './urls.ts'
import { changes, duration, utcMinute } from './words.ts'

const BY_CHARS_MAX = 60
const SUMMARY_CHARS_MAX = 300

/** The steps of every Run, in order; what a phase is called where people read it. */
const steps: readonly { title: string; phases: readonly Phase[] }[] = [
  { title: 'Starting the workflow', phases: ['admitting', 'dispatching'] },
  { title: 'Getting a sandbox', phases: ['acquiring_sandbox'] },
  { title: 'Preparing the workspace', phases: ['preparing'] },
  { title: 'Agent working', phases: ['executing'] },
  { title: 'Checking the change', phases: ['gating'] },
  { title: 'Publishing', phases: ['publishing'] },
]

/** Where a live Run is, `4 of 6` and its title; null when it ended or is being stopped. */
export function stepOf(run: Run): { n: number; of: number; title: string } | null {
  const { phase } = run
  const index = phase === null ? -1 : steps.findIndex((step) => step.phases.includes(phase))
  return index < 0 ? null : { n: index + 1, of: steps.length, title: steps[index]!.title }
}

export function renderStatusComment(run: Run, urls: Urls): string {
  const agent = `**${inertLine(run.agent, BY_CHARS_MAX)}**`
  const first = `${statusView(run.status, run.reason).emoji} ${agent} ${sentence(run)}`
  const live = run.endedAt === null
  const commands = live
    ? '`/agent cancel` · `/agent status` · `/agent help`'
    : '`/assign-agent` · `/agent status` · `/agent help`'
  const parts = [
    `${first} [Open the run](${urls.shortRun(run.id)})`,
    table(run, urls),
    `<sub>Asked by ${inertLine(run.requestedBy.login, BY_CHARS_MAX)}. Commands: ${commands}</sub>`,
    `${statusMarker(run.id)}${run.seq} -->`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Without links and commands: what the summary of a check shows too. */
export function table(run: Run, urls: Urls): string {
  const step = stepOf(run)
  const { progress } = run
  const within = step && progress ? ` (${progress.step} of ${progress.of}: ${codeCell(progress.title)})` : ''
  const rows = [
    step && ['Step', `${step.n} of ${step.of}: \`${step.title}\`${within}`],
    run.branch && [
      'Branch',
      `[\`${run.branch.name}\`](${urls.branch(run.repository, run.branch.name)}): ${changes(run.git)}`,
    ],
    run.pullRequest && ['Pull request', `#${run.pullRequest.number}`],
    run.startedAt !== null && ['Started', utcMinute(run.startedAt)],
  ].filter((row) => row !== null && row !== false)
  if (rows.length === 0) return ''
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
}

/** What comes after the agent's name in the first line. */
function sentence(run: Run): string {
  if (run.stop && run.endedAt === null) return `is being stopped, as ${inertLine(run.stop.by, BY_CHARS_MAX)} asked.`
  switch (run.status) {
    case 'queued':
      return run.workflowRunId === null ? 'is queued.' : 'is queued: GitHub has no free runner for it yet.'
    case 'running':
      return 'is working on this.'
    case 'paused':
      return run.reason === 'needs_answer' ? `needs your answer.${said(run)}` : 'is paused.'
    case 'succeeded':
      return run.pullRequest
        ? `finished: #${run.pullRequest.number} is ready for review.`
        : `finished without changes.${said(run)}`
    case 'failed':
      return failure(run)
    case 'cancelled':
      return cancelled(run)
  }
}

function said(run: Run): string {
  return run.summary ? ` ${codeSpan(run.summary, SUMMARY_CHARS_MAX)}` : ''
}

function failure(run: Run): string {
  if (run.reason === null) return 'failed.'
  const { cause, remedy } = reasonMarkdown(run.reason, run.reasonDetail)
  return run.reason === 'run_timeout'
    ? `timed out after ${duration(run.clocks.runMs)}. ${remedy}`
    : `failed. ${cause} ${remedy}`
}

function cancelled(run: Run): string {
  if (run.reason === 'kill') return 'was stopped by an admin.'
  const by = run.endedBy === null ? '' : ` by ${inertLine(run.endedBy, BY_CHARS_MAX)}`
  return run.reason === 'label_removed' ? `was cancelled${by}: the label was removed.` : `was cancelled${by}.`
}
