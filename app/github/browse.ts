/** What pages read of GitHub besides single issues. It is the same for every reader, so each answer is kept for a while. */
import type { Clients, Octokit } from './client.ts'
import { orNull } from './error-mapping.ts'
import { GitHubError } from './errors.ts'
import { hasSubIssues, labelNames } from './issue-fields.ts'
import type { OpenIssue } from '../domain/issue-facts.ts'
import type { GitHubPort } from './port.ts'
import { remembered } from './remembered.ts'

const PAGE = 100
const ISSUES_FRESH_MS = 30_000
const INSTALLED_FRESH_MS = 300_000
const REPOSITORIES_KEPT_MAX = 500
/** More are not listed; each can still be opened by its address. */
const INSTALLATIONS_MAX = 20

type Browse = Pick<GitHubPort, 'installedRepositories' | 'openIssues' | 'grantedPermissions'>
type Installed = Awaited<ReturnType<Browse['installedRepositories']>>

export function browseOf({ app, as }: Clients): Browse {
  const issuesOf = remembered<OpenIssue[]>(REPOSITORIES_KEPT_MAX, ISSUES_FRESH_MS)
  let installed: { found: Installed; at: number } | null = null

  return {
    openIssues: ({ owner, name, installationId }) =>
      issuesOf.read(`${owner}/${name}`.toLowerCase(), (headers) =>
        as(installationId, (octokit, signal) =>
          openIssuesOf(octokit, { owner, repo: name, headers, request: { signal } }),
        ),
      ),

    async installedRepositories() {
      if (installed && Date.now() - installed.at < INSTALLED_FRESH_MS) return installed.found
      const { data } = await app((octokit, signal) =>
        octokit.rest.apps.listInstallations({ per_page: PAGE, request: { signal } }),
      )
      const active = data.filter((one) => !one.suspended_at)
      const asked = active.slice(0, INSTALLATIONS_MAX)
      const lists = await Promise.all(asked.map(({ id }) => repositoriesOf(id).catch(noneWhereForbidden)))
      const more = active.length > asked.length || lists.some((each) => each.more)
      installed = { found: { repositories: lists.flatMap(({ repositories }) => repositories), more }, at: Date.now() }
      return installed.found
    },

    async grantedPermissions(owner, name) {
      const found = await app((octokit, signal) =>
        orNull(octokit.rest.apps.getRepoInstallation({ owner, repo: name, request: { signal } })),
      )
      if (!found) return null
      const { permissions, suspended_at: suspendedAt, html_url: url } = found.data
      return { permissions, suspended: Boolean(suspendedAt), url }
    },
  }

  function repositoriesOf(installationId: number): Promise<Installed> {
    return as(installationId, async (octokit, signal) => {
      const request = { per_page: PAGE, request: { signal } }
      const { data } = await octokit.rest.apps.listReposAccessibleToInstallation(request)
      const repositories = data.repositories.map((each) => ({
        id: each.id,
        owner: each.owner.login,
        name: each.name,
        private: each.private,
        defaultBranch: each.default_branch,
        installationId,
      }))
      return { repositories, more: data.total_count > repositories.length }
    })
  }
}

/** The newest open issues of one repository, and the ETag of that list. */
async function openIssuesOf(octokit: Octokit, request: Parameters<Octokit['rest']['issues']['listForRepo']>[0]) {
  const { data, headers } = await octokit.rest.issues.listForRepo({
    ...request!,
    state: 'open',
    sort: 'updated',
    direction: 'desc',
    per_page: PAGE,
  })
  const value: OpenIssue[] = data
    .filter((issue) => issue.pull_request === undefined)
    .map((issue) => ({
      id: issue.id,
      number: issue.number,
      title: issue.title,
      url: issue.html_url,
      labels: labelNames(issue),
      updatedAt: Date.parse(issue.updated_at),
      hasSubIssues: hasSubIssues(issue),
      isSubIssue: Boolean(issue.parent_issue_url),
    }))
  return { etag: headers.etag, value }
}

/** An installation that ended while it was asked has no repositories. */
function noneWhereForbidden(error: unknown): Installed {
  if (error instanceof GitHubError && (error.kind === 'not_found' || error.kind === 'forbidden')) {
    return { repositories: [], more: false }
  }
  throw error
}
