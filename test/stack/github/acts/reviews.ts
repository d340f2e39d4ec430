/** Reviews of pull requests: GitHub tells of the review and of each of its comments on a line by an event of its own. */
import type { Actor } from '../auth.ts'
import { nodeId } from '../ids.ts'
import type { PullRecord, ReviewRecord } from '../records.ts'
import { simplePullView } from '../views/pull.ts'
import { lineCommentView, reviewView } from '../views/review.ts'
import type { World } from '../world.ts'

export interface SubmitReview {
  body?: string
  state?: ReviewRecord['state']
  /** Texts of comments on the first line of the change. */
  lines?: readonly string[]
}

export function submitReview(
  world: World,
  actor: Actor,
  pull: PullRecord,
  { body, state = 'commented', lines = [] }: SubmitReview,
): { review: ReviewRecord; lines: ReviewRecord[] } {
  const write = (text: string | null, review: ReviewRecord | null): ReviewRecord => {
    const id = world.ids.take('review')
    const record: ReviewRecord = {
      id,
      nodeId: nodeId(review ? 'PRRC' : 'PRR', pull.repositoryId, id),
      repositoryId: pull.repositoryId,
      pullNumber: pull.number,
      userId: actor.user.id,
      body: text,
      state,
      commitSha: pull.headSha,
      reviewId: review?.id ?? null,
      createdAt: world.now(),
    }
    world.reviews.set(id, record)
    return record
  }
  const review = write(body ?? null, null)
  const told = lines.map((text) => write(text, review))
  emit(world, actor, pull, 'pull_request_review', 'submitted', { review: reviewView(world, review) })
  for (const line of told) {
    emit(world, actor, pull, 'pull_request_review_comment', 'created', { comment: lineCommentView(world, line) })
  }
  return { review, lines: told }
}

function emit(
  world: World,
  actor: Actor,
  pull: PullRecord,
  name: string,
  action: string,
  data: Record<string, unknown>,
): void {
  const repository = world.repositoryById(pull.repositoryId)
  const { user: sender, startsWorkflows } = actor
  const about = { ...data, pull_request: simplePullView(world, pull) }
  world.emit({ name, action, repository, sender, startsWorkflows, data: about })
}
