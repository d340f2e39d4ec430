/** What the demo prints: lines for people as surfaces.md 4.1 has them, or one JSON object a line for programs. */
import type { RunBody } from '../../../app/contracts/api.ts'

export interface Show {
  /** At once, because the first start may have to build the dashboard and fetch MongoDB. */
  starting(): void
  banner(facts: {
    dashboard: string
    github: string
    repository: string
    issues: number
    isolation: string
    mongod: string
  }): void
  /** One thing that happened, under its kind. */
  line(kind: string, text: string, data?: Record<string, unknown>): void
  /** `runMs`: from the request to the end of the Run. */
  finished(facts: Finished, runMs: number): void
  /** One of the further Runs that a demo plays that stays up. */
  outcome(issue: number, facts: Finished, runMs: number): void
  /** What to try next, once all is played and the demo stays up. */
  hints(issue: number, paused: string | null): void
}

export interface Finished {
  runId: string | null
  status: string | null
  reason: string | null
  prNumber: number | null
  prUrl: string | null
  commits: number
  /** From the demo's start. */
  ms: number
}

const KIND_CHARS = 9
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

export function showText(write: (line: string) => void, now: () => number): Show {
  const time = () => new Date(now()).toTimeString().slice(0, 8)
  return {
    starting: () => write('Deckhand demo                                       Ctrl+C to stop'),
    banner({ dashboard, github, repository, issues, isolation, mongod }) {
      write(`  Dashboard   ${dashboard}   (Sign in makes you octocat)`)
      write(`  GitHub      ${github}   (emulated: ${repository}, ${issues} issues)`)
      write(`  Sandbox     ${isolation}`)
      write(`  MongoDB     ${mongod}`)
      write('')
    },
    line: (kind, text) => write(`${time()}  ${kind.padEnd(KIND_CHARS)} ${text}`),
    finished: ({ runId, status, prUrl, ms }, runMs) => {
      write(`${time()}  ${'run'.padEnd(KIND_CHARS)} ${runId} ${status} in ${seconds(runMs)}`)
      if (prUrl) write(`\n  Pull request   ${prUrl}   (${seconds(ms)} after the start of the demo)`)
    },
    outcome: (_issue, { runId, status, reason }, runMs) =>
      write(`${time()}  ${'run'.padEnd(KIND_CHARS)} ${runId} ${status} (${reason}) in ${seconds(runMs)}`),
    hints(issue, paused) {
      write(`\n  Try            open issue ${issue} on the dashboard and press Assign to Agent`)
      if (paused) write(`                 or open ${paused} and press Resume`)
    },
  }
}

export function showJson(write: (line: string) => void): Show {
  const put = (value: Record<string, unknown>) => write(JSON.stringify(value))
  return {
    starting: () => put({ type: 'demo.starting' }),
    banner: (facts) => put({ type: 'demo.started', ...facts }),
    line: (kind, text, data = {}) => put({ type: `demo.${kind}`, text, ...data }),
    finished: ({ runId, status, reason, prNumber, prUrl, commits, ms }) =>
      put({ type: 'demo.finished', runId, status, reason, prNumber, prUrl, commits, ms }),
    outcome: (issue, { runId, status, reason }) => put({ type: 'demo.outcome', issue, runId, status, reason }),
    hints: (issue, paused) => put({ type: 'demo.ready', issue, paused }),
  }
}

/** One event of a Run as a line; null for what people need not see. */
export function lineOf(
  type: string,
  data: Record<string, unknown>,
  run: RunBody,
): { kind: string; text: string } | null {
  const id = run.id
  switch (type) {
    case 'run.requested':
      return {
        kind: 'run',
        text: `${id} requested: ${run.agent} on ${run.repository.owner}/${run.repository.name}#${run.issue.number}`,
      }
    case 'run.dispatched':
      return { kind: 'dispatch', text: 'repository_dispatch sent to GitHub Actions' }
    case 'executor.bound':
      return { kind: 'run', text: `${id} queued → running (workflow run ${String(data['workflowRunId'])})` }
    case 'run.failed':
      return run.reason ? { kind: 'reason', text: `${run.reason.cause} ${run.reason.remedy}` } : null
    case 'sandbox.acquired':
      return {
        kind: 'sandbox',
        text: `${String(data['sandboxId'])} acquired in ${String(data['ms'])} ms`,
      }
    case 'sandbox.acquire_failed':
      return { kind: 'sandbox', text: `not to be had: ${String(data['detail'])}` }
    case 'agent.progressed':
      return data['state'] === 'completed'
        ? { kind: 'agent', text: `${String(data['step'])}/${String(data['of'])} ${String(data['title'])}` }
        : null
    case 'agent.failed':
      return { kind: 'agent', text: `failed: ${String(data['detail'])}` }
    case 'proposal.submitted':
      return { kind: 'commit', text: `${run.git.latestCommitMessage} (+${run.git.additions} −${run.git.deletions})` }
    case 'branch.published':
      return { kind: 'branch', text: String(data['name']) }
    case 'pull_request.opened':
      return {
        kind: `PR #${String(data['number'])}`,
        text: `opened, Closes #${run.issue.number}, created_by_run_id=${id}`,
      }
    case 'sandbox.destroyed':
      return { kind: 'sandbox', text: `${String(data['sandboxId'])} destroyed` }
    case 'sandbox.reaped':
      return { kind: 'sandbox', text: `${String(data['sandboxId'])} ${String(data['how'])} by the app` }
    case 'run.pause_requested':
      return { kind: 'pause', text: `asked for by ${String(data['by'])}` }
    case 'checkpoint.saved':
      return { kind: 'saved', text: `step ${String(data['step'])}, ${String(data['commits'])} commit(s) so far` }
    case 'sandbox.paused':
      return { kind: 'sandbox', text: `${String(data['sandboxId'])} paused` }
    case 'run.cancel_requested':
      return { kind: 'cancel', text: `asked for by ${String(data['by'])}` }
    default:
      return null
  }
}
