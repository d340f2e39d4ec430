/** Why a Run ended or waits, for people: one sentence of cause and one remedy for each stable code. */
import type { ReasonCode } from '../../contracts/status.ts'
import { codeSpan, inertLine } from './inert.ts'

export interface ReasonText {
  cause: string
  remedy: string
}

const DETAIL_CHARS_MAX = 300
const NAME_CHARS_MAX = 64
const again = 'Comment `/assign-agent` to try again.'

const texts: Record<ReasonCode, ReasonText> = {
  pull_request_opened: { cause: 'The pull request is open.', remedy: 'Review it.' },
  no_changes: {
    cause: 'The agent finished and changed nothing.',
    remedy: 'Say more exactly what should change, then comment `/assign-agent`.',
  },
  dry_run: {
    cause: 'It was a dry run: the change keeps the rules, and nothing was pushed.',
    remedy: 'Look at what it would have changed, then comment `/assign-agent` to have it done.',
  },
  dispatch_failed: {
    cause: 'GitHub did not accept the order to start the workflow.',
    remedy: 'Check that the repository has the workflow file on its default branch and that Actions are on.',
  },
  dispatch_timeout: {
    cause: 'No workflow answered in time.',
    remedy: 'Check that the workflow file is on the default branch, that Actions are on, and that a runner is free.',
  },
  action_too_old: {
    cause:
      'The workflow pins a version of the action that is too old to give the agent what admins set for it to read.',
    remedy: "Update the pin in the repository's workflow file on the default branch, then comment `/assign-agent`.",
  },
  sandbox_acquire_timeout: { cause: 'No sandbox could be had in time.', remedy: again },
  sandbox_rate_limited: {
    cause: 'The sandbox provider refused more sandboxes for now.',
    remedy: 'Wait a few minutes, then comment `/assign-agent`.',
  },
  sandbox_unauthorized: {
    cause: 'The sandbox provider did not accept our key.',
    remedy: "Ask an admin to check the provider's key in the secrets of the executor repository.",
  },
  sandbox_provider_error: { cause: 'The sandbox provider failed.', remedy: again },
  heartbeat_lost: {
    cause: 'The workflow stopped reporting, so its runner is probably gone.',
    remedy: again,
  },
  agent_failed: { cause: 'The agent ended with an error.', remedy: 'Read the log of the run, then try again.' },
  agent_timeout: {
    cause: 'The agent did not finish in the time that it had.',
    remedy: 'Split the issue into smaller ones, or give it more time with `timeout=`.',
  },
  run_timeout: {
    cause: 'The run used all of its time.',
    remedy: 'Split the issue into smaller ones, or give it more time with `timeout=`.',
  },
  executor_failed: { cause: 'The workflow failed before it was done.', remedy: 'Read its log, then try again.' },
  proposal_refused: {
    cause: 'The proposed change does not keep the rules, so nothing was pushed.',
    remedy: 'Read which rule it was, then comment `/assign-agent` with an instruction that keeps it.',
  },
  protected_path: {
    cause: 'The change touches files that an agent may not change (such as .github/workflows), so nothing was pushed.',
    remedy: 'Make that part of the change yourself, and assign the rest.',
  },
  proposal_too_large: {
    cause: 'The change is larger than 100 files, 4 MiB or 20 commits, so nothing was pushed.',
    remedy: 'Split the issue into smaller ones.',
  },
  secret_in_output: {
    cause: 'The change contains what looks like a secret, so nothing was pushed.',
    remedy: 'If it is a real one, revoke it; then comment `/assign-agent`.',
  },
  proposal_unchecked: { cause: 'The proposed change could not be checked.', remedy: again },
  base_moved: { cause: 'The base branch is not what it was when the run began.', remedy: again },
  publish_failed: {
    cause: 'GitHub did not accept the branch or the pull request.',
    remedy: "Check the repository's rules for branches under agent/, then comment `/assign-agent`.",
  },
  permission_lost: {
    cause: 'The person who asked has no write access any more.',
    remedy: 'Somebody with write access can comment `/assign-agent`.',
  },
  kill_switch: {
    cause: 'An admin has switched all agents off.',
    remedy: 'When they are on again, comment `/assign-agent`.',
  },
  ledger_full: { cause: 'The run reported more than a run may hold.', remedy: 'Read its log, then try again.' },
  pause_timeout: { cause: 'The run stayed paused for too long.', remedy: again },
  waiting_timeout: { cause: 'The run waited for its turn for too long.', remedy: again },
  issue_closed: {
    cause: 'The issue was closed while the run waited for its turn.',
    remedy: 'Open the issue again and comment `/assign-agent` if it is still wanted.',
  },
  needs_answer: { cause: 'The agent has a question.', remedy: 'Answer it on this issue.' },
  paused_by_person: { cause: 'Somebody paused the run.', remedy: 'Resume or cancel it.' },
  cancelled_by_person: { cause: 'Somebody cancelled the run.', remedy: again },
  label_removed: { cause: 'The label was taken off the issue.', remedy: 'Add it again to start a new run.' },
  kill: { cause: 'An admin stopped the run.', remedy: 'Ask the admin before you try again.' },
}

/**
 * As plain text, for the API, the dashboard and logs. The detail comes from outside and is made one inert line; `by` is
 * whoever paused or ended the Run, where that is known.
 */
export function reasonText(code: ReasonCode, detail: string | null, by: string | null = null): ReasonText {
  const { remedy, cause: general } = texts[code]
  const cause = by === null ? general : general.replace(/^Somebody\b/, () => inertLine(by, NAME_CHARS_MAX))
  const said = detail === null ? '' : withoutStop(inertLine(detail, DETAIL_CHARS_MAX))
  return { cause: said === '' ? cause : `${cause.replace(/\.$/, '')} (${said}).`, remedy }
}

/** As Markdown for GitHub: the detail stands in a code span. */
export function reasonMarkdown(code: ReasonCode, detail: string | null): ReasonText {
  const { cause, remedy } = texts[code]
  const said = detail === null ? '' : withoutStop(detail)
  return { cause: said === '' ? cause : `${cause.replace(/\.$/, '')}: ${codeSpan(said, DETAIL_CHARS_MAX)}.`, remedy }
}

/** A detail may be a whole sentence; the full stop is ours. */
function withoutStop(text: string): string {
  const trimmed = text.trim()
  return trimmed.endsWith('.') && !trimmed.endsWith('..') ? trimmed.slice(0, -1) : trimmed
}
