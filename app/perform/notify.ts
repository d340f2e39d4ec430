/** A new comment beside the edited one, because edits notify nobody and a person is needed (surfaces.md 1.5). */
import { renderNotice } from '../domain/render/replies.ts'
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'
import { isGone } from './publish-comment.ts'

export const notify: Perform = async ({ github, urls, notify: level }, { run, memo, retried }) => {
  if (level === 'none') return nothing
  await github.postNotice(run.repository, run.issue.number, {
    ...renderNotice(run, urls, isGone(memo)),
    retried,
    since: run.createdAt,
  })
  return nothing
}
