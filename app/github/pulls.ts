/** Pull requests: one per branch of a Run, found again by head branch and marker. */
import type { Clients, Octokit } from './client.ts'
import { hasStatus, validationText } from './error-mapping.ts'
import { GitHubError } from './errors.ts'
import type { GitHubPort, OpenedPullRequest, PullRequestToOpen, Repo } from './port.ts'

type PullFunctions = Pick<GitHubPort, 'openPullRequest' | 'findPullRequest' | 'closePullRequest' | 'requestReviewer'>
interface Found {
  number: number
  html_url: string
  body: string | null
  state: string
  draft?: boolean | undefined
}

export function pullsOf({ as }: Clients): PullFunctions {
  return {
    openPullRequest: (repo, pull) =>
      as(repo.installationId, async (octokit, signal) => {
        if (pull.retried) {
          const found = await adoptable(octokit, signal, repo, pull)
          if (found) return found
        }
        try {
          return await create(octokit, signal, repo, pull)
        } catch (error) {
          if (!hasStatus(error, 422)) throw error
          // Private repositories of some plans have no drafts; what there is to look at stands in the text all the same.
          const draftless = pull.draft && /draft pull requests are not supported/i.test(validationText(error))
          if (draftless) return create(octokit, signal, repo, { ...pull, draft: false })
          return await explain(error, octokit, signal, repo, pull)
        }
      }),

    findPullRequest: (repo, head, marker) =>
      as(repo.installationId, async (octokit, signal) => {
        const found = await withHead(octokit, signal, repo, head, 'open')
        return marked(found, marker)?.number ?? null
      }),

    closePullRequest: ({ owner, name, installationId }, number) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, pull_number: number, request: { signal } }
        await octokit.rest.pulls.update({ ...request, state: 'closed' })
      }),

    requestReviewer: ({ owner, name, installationId }, number, login) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, pull_number: number, request: { signal } }
        try {
          await octokit.rest.pulls.requestReviewers({ ...request, reviewers: [login] })
        } catch (error) {
          if (!hasStatus(error, 422)) throw error
        }
      }),
  }
}

async function create(
  octokit: Octokit,
  signal: AbortSignal,
  { owner, name }: Repo,
  pull: PullRequestToOpen,
): Promise<OpenedPullRequest> {
  const { head, base, title, body, draft } = pull
  const request = { owner, repo: name, head, base, title, body, draft, request: { signal } }
  const { data } = await octokit.rest.pulls.create(request)
  return { number: data.number, url: data.html_url, adopted: false, draft: data.draft ?? false }
}

async function withHead(
  octokit: Octokit,
  signal: AbortSignal,
  { owner, name }: Repo,
  head: string,
  state: 'open' | 'all',
): Promise<Found[]> {
  const request = { owner, repo: name, head: `${owner}:${head}`, state, request: { signal } }
  const { data } = await octokit.rest.pulls.list(request)
  // GitHub ignores a `head` that it does not understand and then lists everything.
  return data.filter((pull) => pull.head.ref === head)
}

/** The one that carries the mark. Without it a pull request is somebody else's, or a person rewrote its text. */
const marked = (found: readonly Found[], marker: string): Found | undefined =>
  found.find(({ body }) => body?.includes(marker))

/** This Run's own pull request. Rejects when somebody else's stands on the branch. */
async function adoptable(
  octokit: Octokit,
  signal: AbortSignal,
  repo: Repo,
  pull: PullRequestToOpen,
): Promise<OpenedPullRequest | null> {
  const found = await withHead(octokit, signal, repo, pull.head, 'all')
  const ours = marked(found, pull.marker)
  if (ours) return { number: ours.number, url: ours.html_url, adopted: true, draft: ours.draft ?? false }
  const foreign = found.find((candidate) => candidate.state === 'open')
  if (!foreign) return null
  throw new GitHubError(
    'conflict',
    `Pull request #${foreign.number} has the branch ${pull.head} and is not of this run.`,
  )
}

/** A refusal with a name: it exists already (then it is adopted), or there is nothing in it. */
async function explain(
  error: unknown,
  octokit: Octokit,
  signal: AbortSignal,
  repo: Repo,
  pull: PullRequestToOpen,
): Promise<OpenedPullRequest> {
  const text = validationText(error)
  if (/no commits between/i.test(text)) {
    throw new GitHubError(
      'invalid',
      `${pull.head} has no commit that ${pull.base} lacks, so there is nothing to review.`,
    )
  }
  const found = /already exists/i.test(text) ? await adoptable(octokit, signal, repo, pull) : null
  if (!found) throw error
  return found
}
