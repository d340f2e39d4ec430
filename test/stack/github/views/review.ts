/** Reviews of pull requests, and their comments on lines. */
import type { ReviewRecord } from '../records.ts'
import type { World } from '../world.ts'
import { association, iso, pullHtml, repositoryApi, userView } from './common.ts'
import type { Json } from './common.ts'
import { rollup } from './issue.ts'

function common(world: World, record: ReviewRecord, fragment: string): Json {
  const repository = world.repositoryById(record.repositoryId)
  const pull = world.pull(record.repositoryId, record.pullNumber)
  const user = world.userById(record.userId)
  const pullUrl = `${repositoryApi(world, repository)}/pulls/${record.pullNumber}`
  const html = `${pullHtml(world, pull)}#${fragment}`
  return {
    id: record.id,
    node_id: record.nodeId,
    user: userView(world, user),
    body: record.body,
    commit_id: record.commitSha,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: association(world, user, repository),
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
  }
}

export function reviewView(world: World, review: ReviewRecord): Json {
  const at = iso(review.createdAt)
  const view = common(world, review, `pullrequestreview-${review.id}`)
  return { ...view, state: review.state, submitted_at: at, updated_at: at }
}

/** `pull-request-review-comment`, always on the first line of the change. */
export function lineCommentView(world: World, line: ReviewRecord): Json {
  const api = repositoryApi(world, world.repositoryById(line.repositoryId))
  const url = `${api}/pulls/comments/${line.id}`
  const { _links, ...view } = common(world, line, `discussion_r${line.id}`)
  return {
    ...view,
    url,
    pull_request_review_id: line.reviewId,
    diff_hunk: '@@ -0,0 +1 @@',
    path: 'README.md',
    position: 1,
    original_position: 1,
    original_commit_id: line.commitSha,
    created_at: iso(line.createdAt),
    updated_at: iso(line.createdAt),
    _links: { ...(_links as Json), self: { href: url } },
    start_line: null,
    original_start_line: null,
    original_line: 1,
    line: 1,
    start_side: null,
    side: 'RIGHT',
    subject_type: 'line',
    reactions: rollup(world, 'review', line.id, url),
  }
}
