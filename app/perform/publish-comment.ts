/**
 * The status comment: one per Run, edited in place (surfaces.md 1.5). A body that did not change is never sent, and a
 * comment that a person deleted is not made again: then only the end is told, in a comment of its own.
 */
import { isTerminal } from '../contracts/status.ts'
import { statusMarker, visibleText } from '../domain/render/markers.ts'
import { renderEnd } from '../domain/render/replies.ts'
import { renderStatusComment } from '../domain/render/status-comment.ts'
import type { Run } from '../domain/run.ts'
import { NotYet, nothing } from './perform.ts'
import type { Perform, PerformDeps, Performance } from './perform.ts'

const GONE = 'gone'
/** The state that the comment showed last: a new one is told at once, what moves inside of it in its turn. */
const STATE = 'commentState'
/** The attempt whose end was told in a comment of its own. */
const END = 'end'

export const isGone = (memo: Performance['memo']): boolean => memo['comment'] === GONE

export const publishComment: Perform = async (deps, performance) => {
  const { github, urls, sha256, cadence, now } = deps
  const { run, memo, retried } = performance
  if (isGone(memo)) return { outcome: null, memo: await tellEnd(deps, performance, true) }
  const body = renderStatusComment(run, urls)
  const digest = sha256(visibleText(body))
  if (run.comment && memo['comment'] === digest) return nothing
  const state = `${run.status} ${run.stop?.kind ?? (run.waits ? 'waits' : '')}`
  const waitMs = cadence.edit(run, { urgent: !run.comment || memo[STATE] !== state }, now())
  if (waitMs > 0) throw new NotYet('Progress of this installation was told a moment ago.', waitMs)
  const posted = await github.upsertStatusComment(run.repository, run.issue.number, {
    commentId: run.comment?.id ?? null,
    body,
    marker: statusMarker(run.id),
    retried,
    since: run.createdAt,
  })
  const end = await tellEnd(deps, performance, posted === 'gone')
  if (posted === 'gone') return { outcome: null, memo: { comment: GONE, ...end } }
  return { outcome: { type: 'status_comment.posted', data: posted }, memo: { comment: digest, [STATE]: state, ...end } }
}

/** Failures have a notice of their own, whatever became of the comment. */
function owesEnd({ notify }: PerformDeps, run: Run, gone: boolean): boolean {
  if (!isTerminal(run.status) || run.status === 'failed') return false
  return notify === 'all' || (gone && notify === 'needs-me')
}

async function tellEnd(
  deps: PerformDeps,
  { run, memo, retried }: Performance,
  gone: boolean,
): Promise<Record<string, string>> {
  const attempt = String(run.attempt)
  if (!owesEnd(deps, run, gone) || memo[END] === attempt) return {}
  await deps.github.postNotice(run.repository, run.issue.number, {
    ...renderEnd(run, deps.urls),
    retried,
    since: run.createdAt,
  })
  return { [END]: attempt }
}
