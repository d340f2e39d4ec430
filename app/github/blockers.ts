/**
 * Which issues block another one. Only those of its own repository are heard of: of others the App may not be told when
 * they are closed, and their names are not everybody's to read.
 */
import type { Clients } from './client.ts'
import type { TreeIssue } from '../domain/issue-facts.ts'
import { toGitHubError } from './error-mapping.ts'
import type { GitHubPort, Repo } from './port.ts'
import { remembered } from './remembered.ts'
import { treeIssueOf } from './sub-issues.ts'

/** One answer of GitHub's; who waits for this many is told of the others once these are closed. */
const BLOCKERS_MAX = 100
const FRESH_MS = 30_000
const ISSUES_KEPT_MAX = 500

export function blockersOf({ as }: Clients): Pick<GitHubPort, 'openBlockers' | 'blockedBy'> {
  const kept = remembered<TreeIssue[]>(ISSUES_KEPT_MAX, FRESH_MS)

  const ask = ({ owner, name, installationId }: Repo, number: number, headers: { 'if-none-match'?: string } = {}) =>
    as(installationId, async (octokit, signal) => {
      const place = { owner, repo: name, issue_number: number, per_page: BLOCKERS_MAX }
      try {
        const answer = await octokit.rest.issues.listDependenciesBlockedBy({ ...place, headers, request: { signal } })
        const here = `${owner}/${name}`.toLowerCase()
        const value = answer.data
          .map(treeIssueOf)
          .filter((issue) => `${issue.owner}/${issue.name}`.toLowerCase() === here)
          .toSorted((a, b) => a.number - b.number)
        return { etag: answer.headers.etag, value }
      } catch (error) {
        const { kind } = toGitHubError(error, 0)
        if (kind === 'not_found' || kind === 'forbidden') return { etag: undefined, value: [] }
        throw error
      }
    })

  return {
    openBlockers: async (repo, number) =>
      (await ask(repo, number)).value.filter(({ state }) => state === 'open').map((issue) => issue.number),
    blockedBy: (repo, number) =>
      kept.read(`${repo.owner}/${repo.name}#${number}`.toLowerCase(), (headers) => ask(repo, number, headers)),
  }
}
