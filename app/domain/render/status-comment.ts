/** The one status comment of a Run (surfaces.md 1.5). Its text depends on the Run alone, never on the clock. */
import { statusView } from '../../contracts/status.ts'
import type { Phase } from '../../contracts/status.ts'
import type { PlanStep } from '../plan.ts'
import type { Run } from '../run.ts'
import { numbered } from '../waiting.ts'
import type { Waits } from '../waiting.ts'
import { codeCell, codeSpan, inertLine } from './inert.ts'
import { statusMarker } from './markers.ts'
import { reasonMarkdown } from './reasons.ts'
import type { Urls } from './urls.ts'
import { changes, count, duration, utcMinute } from './words.ts'

const BY_CHARS_MAX = 60
const SUMMARY_CHARS_MAX = 300
const STEP_CHARS_MAX = 120

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
  // In that phase a dry run is only judged; nothing is published.
  const phase = run.dryRun && run.phase === 'publishing' ? 'gating' : run.phase
  const index = phase === null ? -1 : steps.findIndex((step) => step.phases.includes(phase))
  return index < 0 ? null : { n: index + 1, of: steps.length, title: steps[index]!.title }
}

export function renderStatusComment(run: Run, urls: Urls): string {
  const commands = verbs(run).map((verb) => `\`/${verb}\``)
  const parts = [
    firstLine(run, urls),
    table(run, urls),
    plan(run),
    `<sub>Asked by ${inertLine(run.requestedBy.login, BY_CHARS_MAX)}. Commands: ${commands.join(' · ')}</sub>`,
    `${statusMarker(run.id)}${run.seq} -->`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** How it is going, in one line: all that mails and previews show. */
export function firstLine(run: Run, urls: Urls): string {
  const agent = `**${inertLine(run.agent, BY_CHARS_MAX)}**`
  const { emoji } = statusView(run.status, run.reason)
  return `${emoji} ${agent} ${sentence(run)} [Open the run](${urls.shortRun(run.id)})`
}

const stepSigns: Record<PlanStep['state'], string> = { completed: '✅', started: '⏳', failed: '❌' }

/** The agent's own steps, as far as it has told of them. No task list: people could tick its boxes. */
function plan({ plan: steps = [], progress, reason }: Run): string {
  // Steps that were not needed would look forgotten.
  if (steps.length === 0 || reason === 'no_changes') return ''
  const done = steps.filter(({ state }) => state === 'completed').length
  const lines = steps.map(({ state, title }) => `- ${stepSigns[state]} ${codeSpan(title, STEP_CHARS_MAX)}`)
  const of = Math.max(progress?.of ?? 0, steps.length)
  if (of > steps.length) lines.push(`- ▫️ ${count(of - steps.length, 'more step')}`)
  const summary = `Plan: ${done} of ${of} done`
  return `<details><summary>${summary}</summary>\n\n${lines.join('\n')}\n\n</details>`
}

/** What can be asked of it now, the likeliest first. */
function verbs(run: Run): string[] {
  if (run.endedAt !== null) {
    const again = run.status === 'succeeded' ? 'assign-agent' : 'agent retry'
    return [again, 'agent status', 'agent help']
  }
  const steer = run.status === 'paused' ? ['agent resume'] : run.status === 'running' ? ['agent pause'] : []
  return [...steer, 'agent cancel', 'agent status', 'agent help']
}

/** That no gate checks what the agent makes, because somebody wanted it so. */
export const gatesOffText = ({ requestedBy }: Run): string =>
  `Quality gates disabled by ${inertLine(requestedBy.login, BY_CHARS_MAX)} (\`gate=none\`)`

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
    run.branchDropped && ['Branch', droppedText(run.branchDropped)],
    run.gatesOff && ['Gates', gatesOffText(run)],
    run.dryRun && ['Dry run', dryRunText(run, urls)],
    run.pullRequest && ['Pull request', `#${run.pullRequest.number}`],
    run.startedAt !== null && ['Started', utcMinute(run.startedAt)],
  ].filter((row) => row !== null && row !== false && row !== undefined)
  if (rows.length === 0) return ''
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
}

function dryRunText(run: Run, urls: Urls): string {
  if (run.reason === 'dry_run') return `[What it would have changed](${urls.runChanges(run.id)}): ${changes(run.git)}`
  return run.endedAt === null ? 'Nothing will be pushed' : 'Nothing was pushed'
}

const droppedText = ({ name, by }: NonNullable<Run['branchDropped']>): string =>
  `${codeCell(name)} was deleted, as ${inertLine(by, BY_CHARS_MAX)} asked`

/** What GitHub made of it counts; of an older pull request only what was asked for is known. */
const isDraft = ({ draft, pullRequest }: Run): boolean => pullRequest?.draft ?? draft === true

/** What comes after the agent's name in the first line. */
function sentence(run: Run): string {
  if (run.stop && run.endedAt === null) return `is being stopped, as ${inertLine(run.stop.by, BY_CHARS_MAX)} asked.`
  switch (run.status) {
    case 'queued':
      if (run.waits) return waiting(run.waits)
      return run.workflowRunId === null ? 'is queued.' : 'is queued: GitHub has no free runner for it yet.'
    case 'running':
      return run.pause ? `is being paused, as ${inertLine(run.pause.by, BY_CHARS_MAX)} asked.` : 'is working on this.'
    case 'paused':
      return run.reason === 'needs_answer' ? `needs your answer.${said(run)}` : pausedSentence(run)
    case 'succeeded':
      if (run.reason === 'dry_run') return 'finished a dry run. Nothing was pushed.'
      return run.pullRequest
        ? `finished: #${run.pullRequest.number} is ${isDraft(run) ? 'open' : 'ready for review'}.`
        : `finished without changes.${said(run)}`
    case 'failed':
      return failure(run)
    case 'cancelled':
      return cancelled(run)
  }
}

function waiting({ issues, position }: Waits): string {
  if (position !== null) return `is queued (position ${position}).`
  const closed = issues.length === 1 ? 'that is closed' : 'they are closed'
  return `is waiting for ${numbered(issues)}. It starts by itself when ${closed}.`
}

function pausedSentence({ pause }: Run): string {
  return pause ? `is paused by ${inertLine(pause.by, BY_CHARS_MAX)}.` : 'is paused.'
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
  if (run.reason === 'issue_closed') return 'was cancelled: the issue was closed while it waited.'
  const by = run.endedBy === null ? '' : ` by ${inertLine(run.endedBy, BY_CHARS_MAX)}`
  return run.reason === 'label_removed' ? `was cancelled${by}: the label was removed.` : `was cancelled${by}.`
}
