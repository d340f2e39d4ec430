/**
 * What happens around an issue, for pages that show it: the latest comments, how a pull request stands and what was
 * checked of it. Pages read it again and again, so answers are kept for a while.
 */
import type { Clients, Octokit } from './client.ts'
import { orNull } from './error-mapping.ts'
import type { GitHubPort, IssueComment, LatestComments, ReportedChecks } from './port.ts'
import { remembered } from './remembered.ts'

const PAGE = 100
const COMMENTS_MAX = 20
const FRESH_MS = 30_000
const KEPT_MAX = 500

type Activity = Pick<GitHubPort, 'latestComments' | 'pullRequest' | 'checksOf'>
type CommentsRequest = NonNullable<Parameters<Octokit['rest']['issues']['listComments']>[0]>
type GitHubComment = Awaited<ReturnType<Octokit['rest']['issues']['listComments']>>['data'][number]

export function activityOf({ as }: Clients): Activity {
  const comments = remembered<LatestComments | null>(KEPT_MAX, FRESH_MS)
  const pulls = remembered<Awaited<ReturnType<Activity['pullRequest']>>>(KEPT_MAX, FRESH_MS)
  const checks = remembered<ReportedChecks | null>(KEPT_MAX, FRESH_MS)

  return {
    latestComments: ({ owner, name, installationId }, number) =>
      comments.read(`${owner}/${name}#${number}`.toLowerCase(), (headers) =>
        as(installationId, (octokit, signal) =>
          latestOf(octokit, { owner, repo: name, issue_number: number, headers, request: { signal } }),
        ),
      ),

    pullRequest: ({ owner, name, installationId }, number) =>
      pulls.read(`${owner}/${name}#${number}`.toLowerCase(), (headers) =>
        as(installationId, async (octokit, signal) => {
          const request = { owner, repo: name, pull_number: number, headers, request: { signal } }
          const answer = await orNull(octokit.rest.pulls.get(request))
          if (!answer) return { etag: undefined, value: null }
          const { merged, state, draft, head } = answer.data
          const open = draft ? 'draft' : 'open'
          const stands = merged ? 'merged' : state === 'closed' ? 'closed' : open
          return { etag: answer.headers.etag, value: { state: stands, headSha: head.sha } }
        }),
      ),

    checksOf: ({ owner, name, installationId }, sha) =>
      checks.read(`${owner}/${name}@${sha}`.toLowerCase(), (headers) =>
        as(installationId, async (octokit, signal) => {
          const request = { owner, repo: name, ref: sha, per_page: PAGE, headers, request: { signal } }
          const answer = await orNull(octokit.rest.checks.listForRef(request))
          if (!answer) return { etag: undefined, value: null }
          const { check_runs: runs, total_count: total } = answer.data
          const found = runs.map((run) => {
            const status = run.status === 'completed' ? ('completed' as const) : ('running' as const)
            return { name: run.name, status, conclusion: run.conclusion ?? null, url: run.html_url }
          })
          return { etag: answer.headers.etag, value: { checks: found, more: total > runs.length } }
        }),
      ),
  }
}

/**
 * GitHub lists comments from the oldest on, so the latest stand on the last page, and where that has few of them on the
 * one before it. Its ETag is that of the first page, which stays the same when others grow or come: once it is full there
 * is none.
 */
async function latestOf(octokit: Octokit, request: CommentsRequest) {
  const read = (page: number) => octokit.rest.issues.listComments({ ...request, per_page: PAGE, page })
  const first = await orNull(read(1))
  if (!first) return { etag: undefined, value: null }
  const last = lastPage(first.headers.link)
  let found: GitHubComment[] = first.data
  if (last > 1) {
    const { headers: _, ...anew } = request
    const at = (page: number) => octokit.rest.issues.listComments({ ...anew, per_page: PAGE, page })
    found = (await at(last)).data
    if (found.length < COMMENTS_MAX) found = [...(last === 2 ? first.data : (await at(last - 1)).data), ...found]
  }
  const value = { comments: found.slice(-COMMENTS_MAX).map(commentOf), more: last > 1 || found.length > COMMENTS_MAX }
  return { etag: first.data.length < PAGE ? first.headers.etag : undefined, value }
}

/** Addresses that GitHub makes have no comma. */
function lastPage(link = ''): number {
  const address = link
    .split(',')
    .find((part) => part.includes('rel="last"'))
    ?.split(';', 1)[0]
    ?.trim()
  return Number((address && URL.parse(address.slice(1, -1))?.searchParams.get('page')) ?? 1)
}

function commentOf({ id, user, body, html_url: url, created_at: createdAt }: GitHubComment): IssueComment {
  return { id, author: user?.login ?? null, body: body ?? '', url, createdAt: Date.parse(createdAt) }
}
