/**
 * The status comment: one per Run, edited in place (surfaces.md 1.5). A body that did not change is never sent, and a
 * comment that a person deleted is not made again.
 */
import { statusMarker, visibleText } from '../domain/render/markers.ts'
import { renderStatusComment } from '../domain/render/status-comment.ts'
import { NotYet, nothing } from './perform.ts'
import type { Perform } from './perform.ts'

const GONE = 'gone'
/** The state that the comment showed last: a new one is told at once, what moves inside of it in its turn. */
const STATE = 'commentState'

export const publishComment: Perform = async ({ github, urls, sha256, cadence, now }, { run, memo, retried }) => {
  if (memo['comment'] === GONE) return nothing
  const body = renderStatusComment(run, urls)
  const digest = sha256(visibleText(body))
  if (run.comment && memo['comment'] === digest) return nothing
  const state = `${run.status} ${run.stop?.kind ?? ''}`
  const waitMs = cadence.edit(run, { urgent: !run.comment || memo[STATE] !== state }, now())
  if (waitMs > 0) throw new NotYet('Progress of this installation was told a moment ago.', waitMs)
  const posted = await github.upsertStatusComment(run.repository, run.issue.number, {
    commentId: run.comment?.id ?? null,
    body,
    marker: statusMarker(run.id),
    retried,
    since: run.createdAt,
  })
  if (posted === 'gone') return { outcome: null, memo: { comment: GONE } }
  return { outcome: { type: 'status_comment.posted', data: posted }, memo: { comment: digest, [STATE]: state } }
}
