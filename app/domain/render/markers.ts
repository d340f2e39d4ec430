/**
 * The hidden marks by which the app finds its own comments and pull requests again. They stand last in a text, because
 * GitHub's "Reference in new issue" copies the start of a comment into the title.
 */

/** A part of the status comment's mark that no other text of ours has. */
export const statusMarker = (runId: string): string => `<!-- deckhand:v1 run=${runId} seq=`
/** Of the comment that says a person is needed, or that it is over; one for each state of each attempt. */
export const noticeMarker = (run: { id: string; attempt: number; status: string }): string =>
  `<!-- deckhand:v1 run=${run.id} notice=${run.attempt}.${run.status} -->`
/** Of the answer to a second request while the Run is live. */
export const liveReplyMarker = (runId: string): string => `<!-- deckhand:v1 run=${runId} reply=live -->`
/** Of the pull request. */
export const pullRequestMarker = (runId: string): string => `<!-- deckhand:v1 created_by_run_id=${runId} `
const CREATED_BY = /<!-- deckhand:v1 created_by_run_id=(r_[0-9a-z]{10}) /
/** The Run whose mark a pull request carries, or null. Who reads it has to compare: people can edit the text. */
export const createdByRun = (body: string): string | null => CREATED_BY.exec(body)?.[1] ?? null
/** Ends every reply. */
export const REPLY_MARKER = '<!-- deckhand:reply -->'

/** No mark of ours is longer. */
export const MARK_CHARS_MAX = 520
const MARK = /<!-- deckhand:[^>]{0,500}>/g
/** What people see on GitHub of a text that carries marks; blank lines before them stay, for who reads it to trim. */
export const withoutMarks = (body: string): string => body.replace(MARK, '')

const SEQ = /(<!-- deckhand:v1 run=r_[0-9a-z]{10} seq=)(\d{1,7}) -->\s*$/

/**
 * What people see of a status comment. `seq` is left out: it counts events, and many of them change nothing that is
 * shown; a body whose visible text is unchanged is not sent again.
 */
export function visibleText(body: string): string {
  return body.replace(SEQ, '$1 -->')
}

/** The `seq` that a status comment was rendered at, or null. A text never replaces one with a higher number. */
export function seqOf(body: string): number | null {
  const match = SEQ.exec(body)
  return match ? Number(match[2]) : null
}
