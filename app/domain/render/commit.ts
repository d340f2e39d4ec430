/** The final message of a commit that the app makes of an agent's (surfaces.md 1.8): subject, body, our trailers. */
import { askerOf } from '../attempts.ts'
import { isProgram } from '../people.ts'
import type { Run } from '../run.ts'
import { inertLine, neutral, visible } from './inert.ts'
import type { Urls } from './urls.ts'

const SUBJECT_CHARS_MAX = 72
/** commitlint's `body-max-line-length`: longer trailers break other people's checks. */
const TRAILER_CHARS_MAX = 100
const BODY_CHARS_MAX = 8_000

/** Trailers that only the app may write; an agent's own are dropped, so that none can be forged. One turns checks off. */
const RESERVED = /^\s*(?:agent-[a-z-]+|refs|co-authored-by|signed-off-by|reviewed-by|acked-by|skip-checks)\s*:/i

/** Subject of an agent's message: one inert line; never empty. */
export function commitSubject(message: string): string {
  const first = visible(message)
    .split('\n')
    .find((line) => line.trim() !== '' && !RESERVED.test(line))
  return inertLine(first ?? '', SUBJECT_CHARS_MAX) || 'Update files'
}

/** The whole message. `Closes` stands in the pull request, never here: a cherry-pick would close the issue. */
export function renderCommitMessage(run: Run, message: string, urls: Urls): string {
  const lines = visible(message).split('\n')
  const start = lines.findIndex((line) => line.trim() !== '' && !RESERVED.test(line))
  const kept = start < 0 ? [] : lines.slice(start + 1).filter((line) => !RESERVED.test(line))
  const body = neutral(kept.join('\n').trim()).slice(0, BODY_CHARS_MAX).toWellFormed().trimEnd()
  const asker = askerOf(run)
  const trailers = [
    `Refs: #${run.issue.number}`,
    isProgram(asker) ? '' : `Co-authored-by: ${asker.login} <${urls.noReply(asker)}>`,
    agentRunIdTrailer(run.id),
    `Agent-Name: ${run.agent}`,
    `Agent-Logs-Url: ${urls.shortRun(run.id)}`,
  ].filter((trailer) => trailer !== '' && trailer.length <= TRAILER_CHARS_MAX)
  return [commitSubject(message), body, trailers.join('\n')].filter((part) => part !== '').join('\n\n')
}

/** By this line a commit, and with it the branch, is known to be a Run's. */
export function agentRunIdTrailer(runId: string): string {
  return `Agent-Run-Id: ${runId}`
}
