/** What a Run waits for that is queued, and which issues hold up the one of a page. Pure. */
import type { RunBody } from '#contracts/api.ts'
import type { BlockingIssue } from '#contracts/issues.ts'
import { isTerminal } from '#contracts/status.ts'

import { waitingWords } from '../words/waiting.ts'

type Waiting = Pick<RunBody, 'waitingFor'>

/** `Waiting for #101, #102` or `Position 3 in line`; null for a Run that does not wait. */
export function waitsFor({ waitingFor }: Waiting): string | null {
  if (!waitingFor) return null
  const { issues, position } = waitingFor
  return position === null ? waitingWords.issues(issues) : waitingWords.position(position)
}

/** The same in whole sentences, with what comes of it. */
export function waitingSentence(run: Waiting): string | null {
  const what = waitsFor(run)
  const { issues = [] } = run.waitingFor ?? {}
  return what && (issues.length > 0 ? `${what}. ${waitingWords.starts(issues)}` : `${what}.`)
}

/**
 * Whether it still holds the issue up. What the newest Run of that was found to wait for is newer than what the page
 * has read of GitHub; one that works waits for nothing.
 */
export function holdsUp({ number, state }: BlockingIssue, newest: RunBody | undefined): boolean {
  if (newest?.waitingFor) return newest.waitingFor.issues.includes(number)
  if (newest && !isTerminal(newest.status) && newest.status !== 'queued') return false
  return state === 'open'
}
