/** What happened around an issue lately: its newest comments, and how the pull request of its newest Run stands. */
import { COMMENT_CHARS_MAX, IssueActivityBody } from '../../contracts/issues.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import { cut } from '../../domain/render/inert.ts'
import { MARK_CHARS_MAX, withoutMarks } from '../../domain/render/markers.ts'
import type { Run } from '../../domain/run.ts'
import { ProblemError } from '../problem.ts'
import { route } from '../route.ts'
import type { Route } from '../route.ts'
import { asking } from './answers.ts'
import { AssignParams } from './assign.ts'
import type { ApiPorts, CommentFacts } from './ports.ts'
import { readableRepository } from './repository.ts'

export function issueActivityRoute(ports: ApiPorts): Route {
  return route({
    method: 'GET',
    path: '/api/repos/:owner/:repo/issues/:number/activity',
    access: 'read',
    summary: 'The latest comments on an issue, and how the pull request of its newest Run stands',
    params: AssignParams,
    answer: IssueActivityBody,
    async handle({ who, params }) {
      const repository = await readableRepository(ports, who, params)
      const number = Number(params.number)
      const [said, newest] = await Promise.all([
        asking(ports.github.latestComments(repository, number)),
        ports.runs.latestRunOfIssue(repository.id, number),
      ])
      if (!said) throw new ProblemError('not_found')
      const { comments, more } = said
      const pullRequest = await pullRequestOf(ports, repository, newest)
      return { json: { comments: comments.map(commentBody), more, pullRequest } satisfies IssueActivityBody }
    },
  })
}

function commentBody({ id, author, body, url, createdAt }: CommentFacts): IssueActivityBody['comments'][number] {
  // Strangers write up to 65,536 characters, of which only those are looked through that can be shown.
  const start = cut(body, COMMENT_CHARS_MAX + MARK_CHARS_MAX)
  const seen = cut(withoutMarks(start).trim(), COMMENT_CHARS_MAX)
  return { id, author, body: seen, url, createdAt: new Date(createdAt).toISOString() }
}

/** The comments are of use without what GitHub does not tell of it. */
async function pullRequestOf(
  { github }: ApiPorts,
  repository: RepositoryRef,
  run: Run | null,
): Promise<IssueActivityBody['pullRequest']> {
  if (!run?.pullRequest) return null
  const { number, url } = run.pullRequest
  const stands = await github.pullRequest(repository, number).catch(() => null)
  const checks = stands && (await github.checksOf(repository, stands.headSha).catch(() => null))
  return { number, url, state: stands?.state ?? null, checks }
}
