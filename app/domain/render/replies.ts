/** Every reply to a comment or label (surfaces.md 1.4). Foreign words stand in code spans. */
import { statusView } from '../../contracts/status.ts'
import type { StatusView } from '../../contracts/status.ts'
import type { Obstacle } from '../admission.ts'
import type { CommandProblem } from '../assign-options.ts'
import type { Verb } from '../commands.ts'
import { isProgram } from '../people.ts'
import { askerOf } from '../attempts.ts'
import type { Run } from '../run.ts'
import { codeSpan } from './inert.ts'
import { REPLY_MARKER, liveReplyMarker, noticeMarker } from './markers.ts'
import { reasonMarkdown } from './reasons.ts'
import { firstLine } from './status-comment.ts'
import { numbered } from '../waiting.ts'
import type { Urls } from './urls.ts'
import { duration } from './words.ts'

const WORD_CHARS_MAX = 80
/** Of more problems than these the reply tells how many there are. */
export const PROBLEMS_SHOWN_MAX = 10

/** What a reply answers; it stands hidden in the reply, so that the same question is not answered twice. */
export interface ReplyTo {
  kind: 'help' | 'error' | 'denied' | 'status' | 'cancel' | 'extra'
  /** Node id of the comment or event. */
  trigger: string
  userId: number
}

export const replyMark = ({ kind, trigger, userId }: ReplyTo): string =>
  `<!-- deckhand:v1 reply=${kind} user=${userId} to=${trigger.replace(/[^\w=:./-]/g, '_').replaceAll('--', '_')} -->`

/** Finds a refusal of the same person on the same issue, whatever it answered. */
export const deniedMark = (userId: number): string => `<!-- deckhand:v1 reply=denied user=${userId} `
/** Finds every reply to one person. */
export const personMark = (userId: number): string => ` user=${userId} to=`
export const helpMark = '<!-- deckhand:v1 reply=help '

/** Every reply ends with the same mark, so that nothing ever replies to one. */
export function withReplyMark(text: string, to: ReplyTo): string {
  return `${text}\n\n${replyMark(to)}\n${REPLY_MARKER}`
}

export function helpText(agents: readonly string[], defaultAgent: string, urls: Urls): string {
  const names = agents.map((name) => (name === defaultAgent ? `\`${name}\` (default)` : `\`${name}\``))
  return `Commands (write access needed unless marked):

| Command | What it does |
|---|---|
| \`/assign-agent [agent] [base=…] [timeout=…] [draft=true] [gate=none] [priority=…] [dry-run]\` | Start a run on this issue. Lines below are extra instructions |
| \`/agent status\` (read) | Show where the run is |
| \`/agent say <text>\` | Tell the agent something |
| \`/agent pause\` · \`resume\` · \`cancel\` · \`retry\` | Control the run |
| \`/agent kill\` (admin) | End the run and its sandbox at once |

Agents here: ${names.join(', ')}. [Dashboard](${urls.dashboard}) · [Docs](${urls.docs})`
}

export function deniedText(repo: { owner: string; name: string }): string {
  return `You need write access to ${repo.owner}/${repo.name} to assign an agent. A maintainer can comment \`/assign-agent\`.`
}

export function deniedVerbText(repo: { owner: string; name: string }, verb: Verb): string {
  const or = verb === 'cancel' ? ', or to have asked for the run' : ''
  return `You need write access to ${repo.owner}/${repo.name} for \`/agent ${verb}\`${or}.`
}

export function deniedDropText(repo: { owner: string; name: string }): string {
  return `You need write access to ${repo.owner}/${repo.name} to close the branch.`
}

/** Nothing of somebody else's is deleted with what is ours. */
export const branchMovedText = (name: string): string =>
  `Somebody has pushed to ${codeSpan(name, WORD_CHARS_MAX)} since, so it was left. Delete it on GitHub if nobody needs it.`

export const earlierCheckText =
  'This check is of an earlier attempt, and the branch of the present one is another. Use the button of the newest check.'

export function deniedKillText(repo: { owner: string; name: string }): string {
  return `You need maintain or admin access to ${repo.owner}/${repo.name} for \`/agent kill\`. \`/agent cancel\` stops the run at the next safe point.`
}

/** A retry keeps `gate=none`, by whichever way it is asked for. */
export function deniedGatesOffText(repo: { owner: string; name: string }): string {
  return `You need maintain or admin access to ${repo.owner}/${repo.name} for \`/agent retry\` of a run with \`gate=none\`. \`/assign-agent\` starts one without it.`
}

/** All problems of a command at once, as a list with an end. An unknown verb gets the help instead, collapsed. */
export function invalidText(
  problems: readonly CommandProblem[],
  command: 'assign-agent' | 'agent',
  help: string,
): string {
  const [first] = problems
  if (first?.code === 'unknown_verb') {
    const guess = first.suggestion === null ? '.' : `, did you mean \`/agent ${first.suggestion}\`?`
    const known = `I do not know ${codeSpan(`/agent ${first.verb}`, WORD_CHARS_MAX)}${guess}`
    return `${known}\n\n<details><summary>Help</summary>\n\n${help}\n\n</details>`
  }
  const opening = command === 'assign-agent' ? 'I did not start a run:' : 'I did nothing:'
  const lines = problems.slice(0, PROBLEMS_SHOWN_MAX).map(problemText)
  if (problems.length > lines.length) lines.push(`and ${problems.length - lines.length} more`)
  return `${opening}\n\n${lines.map((line) => `- ${line}`).join('\n')}`
}

/** One problem as a sentence. */
export function problemText(problem: CommandProblem): string {
  const code = (text: string): string => codeSpan(text, WORD_CHARS_MAX)
  const guess = (suggestion: string | null): string => (suggestion === null ? '.' : `, did you mean \`${suggestion}\`?`)
  switch (problem.code) {
    case 'bad_value':
      return `${code(`${problem.option}=${problem.value}`)} is not valid. Use ${problem.expected}.`
    case 'unknown_option':
      return `unknown option ${code(problem.option)}${guess(problem.suggestion)}`
    case 'repeated_option':
      return `${code(problem.option)} is given more than once. Give it once.`
    case 'unexpected_word':
      return `unexpected ${code(problem.word)}: put instructions on the next line`
    case 'open_quote':
      return 'a quotation mark is not closed.'
    case 'line_too_long':
      return `the command line is longer than ${problem.max} characters: put instructions on the next line`
    case 'instructions_too_long':
      return `the text below the command is longer than ${problem.max.toLocaleString('en-US')} characters. Shorten it.`
    case 'unknown_verb':
      return `I do not know ${code(`/agent ${problem.verb}`)}${guess(problem.suggestion)}`
    case 'bad_run_id':
      return `${code(problem.given)} is not the id of a run. It looks like \`r_8k2f0q7w3z\`.`
    case 'unknown_agent':
      return `unknown agent ${code(problem.agent)}${guess(problem.suggestion)} Agents here: ${problem.known.map(code).join(', ')}.`
    case 'timeout_over_cap':
      return `\`timeout\` is over the cap of ${duration(problem.capMs)}. Use at most that.`
    case 'base_not_found':
      return `${code(`base=${problem.base}`)} is not a branch of this repository.`
    case 'gate_needs_admin':
      return `\`gate=none\` needs maintain or admin access to ${problem.repository}.`
    case 'priority_needs_maintain':
      return `\`priority=high\` needs maintain or admin access to ${problem.repository}.`
    case 'not_yet':
      return `${code(problem.option)} does not work yet. Leave it out${orUse(problem.instead)}.`
  }
}

const orUse = (instead: string | undefined): string => (instead === undefined ? '' : `, or use \`${instead}\``)

/** Verbs of the grammar that nothing stands behind yet. */
export function verbNotYetText(verb: Verb): string {
  return `\`/agent ${verb}\` does not work yet. Use \`/agent status\`, \`/agent cancel\` or \`/agent help\`.`
}
/** What the API says at paths that other tools know. */
export const notWaitingText = (runId: string): string =>
  `Run ${runId} does not wait for its turn, so there is nothing to advance.`
export const stillBlockedText = (runId: string, issues: readonly number[]): string =>
  `Run ${runId} waits for ${numbered(issues)}. It starts by itself when ${issues.length === 1 ? 'that is' : 'they are'} closed.`
export const inLineText = (runId: string, position: number): string =>
  `Run ${runId} is at position ${position} of the line. It starts by itself when it is its turn.`
/** Why an issue is not moved in a tree. */
export const oneSiblingText = 'Say after or before, one of them: the number of the issue to stand next to.'
export const noParentText = (number: number): string =>
  `#${number} is not a sub-issue of an issue that you can read, so it has no place among others.`
export const notASiblingText = (sibling: number | string, number: number): string =>
  `${typeof sibling === 'number' ? `#${sibling}` : sibling} is not a sub-issue of the same issue as #${number}.`
export const sameIssueText = 'An issue cannot stand next to itself. Name another one.'
export const moveRefusedText =
  'GitHub did not move it: somebody may have changed the tree meanwhile. Look again, then retry.'

export const issueClosedText = 'This issue is closed, so there is nothing to assign. Reopen it first.'
export const issueLockedText = 'This issue is locked, so there is nothing to assign. Unlock it first.'
export const pullRequestText = 'This is a pull request, so there is nothing to assign. Assign an agent on an issue.'
export const extraCommandsText = 'I only read the first command of a comment; the others were not run.'
/** While the kill switch is on. */
export function switchedOffText(via: 'comment' | 'label' | 'api'): string {
  const again = via === 'label' ? 'add the label again' : 'comment `/assign-agent` again'
  return `An admin has switched all agents off, so I did not start a run. When they are on again, ${again}.`
}
/** Of a Run that is paused, or was to have its next attempt. */
export function staysOffText({ id, status }: Run): string {
  const still = status === 'paused' ? `Run ${id} stays paused` : `Run ${id} has no new attempt`
  return `An admin has switched all agents off, so ${still}.`
}
/** A request that would be one too many. */
export function notAdmittedText({ code, max }: Obstacle): string {
  return code === 'quota_used'
    ? `This repository has used its ${max} runs for today. The limit resets at 00:00 UTC.`
    : `${max} runs of this repository stand in line already. Try again when some of them have started.`
}
export const notOurPullRequestText =
  'This pull request is not one of mine, so `/agent` has nothing to do here. Use it on the issue.'
export const noRunText = 'No run has worked on this issue. Comment `/assign-agent` to start one.'
/** A late delivery of what can only have meant something that is over. */
export const writtenBeforeText = ({ id, attempt }: Run): string =>
  `This was written before ${attempt > 1 ? `attempt ${attempt} of Run ${id}` : `Run ${id}`} was asked for, so it changes nothing. Write it again if you mean that one.`
export const otherRunText = (given: string): string =>
  `Run ${codeSpan(given, WORD_CHARS_MAX)} is not a run of this issue.`

const states: Record<StatusView['key'], string> = {
  queued: 'is still queued',
  running: 'is still running',
  paused: 'is paused',
  waiting: 'is waiting for an answer',
  succeeded: 'already succeeded',
  failed: 'already failed',
  cancelled: 'was cancelled already',
  timed_out: 'already timed out',
}
/** A verb that the Run's state does not allow. */
export const notAllowedText = (run: Run, verb: Verb): string =>
  `Run ${run.id} ${states[statusView(run.status, run.reason).key]}, so there is nothing to ${verb}.`
export const stoppedAlreadyText = (run: Run): string => `Run ${run.id} is being stopped already.`
/** `reference`: a short id of the delivery, which the log has too. */
export const ownFailureText = (reference: string): string =>
  `Something broke on my side and no run was started. Reference: ${reference}.`

/** One line. `commentUrl`: of the status comment, null where it is gone. */
export function statusText(run: Run, urls: Urls, commentUrl = run.comment?.url ?? null): string {
  const view = statusView(run.status, run.reason)
  const comment = commentUrl === null ? '' : ` [Status comment](${commentUrl}).`
  return `${view.emoji} Run [${run.id}](${urls.shortRun(run.id)}): ${view.word.toLowerCase()}.${comment}`
}

/** The answer to the same command again while a Run is live; once per Run. */
export function renderLiveReply(run: Run, urls: Urls): { body: string; marker: string } {
  const marker = liveReplyMarker(run.id)
  const text = `A run is already working on this issue: ${urls.shortRun(run.id)}. Use /agent cancel first, or wait.`
  return { body: `${text}\n\n${marker}\n${REPLY_MARKER}`, marker }
}

/**
 * The one kind of text that mentions somebody: a person is needed. `gone`: somebody deleted the status comment, so that
 * the link leads to the Run's page.
 */
export function renderNotice(run: Run, urls: Urls, gone = false): { body: string; marker: string } {
  const marker = noticeMarker(run)
  const link = (gone ? null : run.comment?.url) ?? urls.shortRun(run.id)
  const asker = askerOf(run)
  const sentence = what(run)
  // Behind a name it goes on; alone it begins the comment.
  const alone = sentence.charAt(0).toUpperCase() + sentence.slice(1)
  const text = `${isProgram(asker) ? alone : `@${asker.login} ${sentence}`} ${link}`
  return { body: `${text}\n\n${marker}\n${REPLY_MARKER}`, marker }
}

/** The last word on a Run that needs nobody, where the status comment is gone or every end is to be told. */
export function renderEnd(run: Run, urls: Urls): { body: string; marker: string } {
  const marker = noticeMarker(run)
  return { body: `${firstLine(run, urls)}\n\n${marker}\n${REPLY_MARKER}`, marker }
}

function what(run: Run): string {
  const line = run.reason === null ? '' : reasonMarkdown(run.reason, run.reasonDetail).cause
  if (run.status === 'paused') return `the run needs your answer.`
  if (run.reason === 'run_timeout') return `the run timed out after ${duration(run.clocks.runMs)}.`
  return line === '' ? 'the run failed.' : `the run failed: ${line}`
}
