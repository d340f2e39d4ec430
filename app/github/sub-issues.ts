/**
 * The tree of issues, which is GitHub's own: an issue has sub-issues in an order that people set, and may be one itself.
 * Pages read it again and again, so answers are kept for a while; a move forgets the order that it changed.
 */
import type { Clients, Octokit } from './client.ts'
import { orNull } from './error-mapping.ts'
import type { TreeIssue } from '../domain/issue-facts.ts'
import type { GitHubPort, Repo } from './port.ts'
import { hasSubIssues } from './issue-fields.ts'
import { remembered } from './remembered.ts'

/** GitHub lets an issue have no more sub-issues than this, and gives as many in one answer. */
const SUB_ISSUES_MAX = 100
const FRESH_MS = 30_000
const ISSUES_KEPT_MAX = 2_000

type SubIssues = Awaited<ReturnType<GitHubPort['subIssues']>>
type GitHubIssue = Awaited<ReturnType<Octokit['rest']['issues']['getParent']>>['data']

export function subIssuesOf({ as }: Clients): Pick<GitHubPort, 'subIssues' | 'parentIssue' | 'moveSubIssue'> {
  const children = remembered<SubIssues>(ISSUES_KEPT_MAX, FRESH_MS)
  const parents = remembered<TreeIssue | null>(ISSUES_KEPT_MAX, FRESH_MS)

  const subIssues: GitHubPort['subIssues'] = (repo, number, when) => {
    if (when === 'now') children.forget(keyOf(repo, number))
    return children.read(keyOf(repo, number), (headers) =>
      as(repo.installationId, async (octokit, signal) => {
        const request = { ...placeOf(repo, number), per_page: SUB_ISSUES_MAX, headers, request: { signal } }
        const answer = await octokit.rest.issues.listSubIssues(request)
        const issues = answer.data.filter((issue) => issue.pull_request === undefined).map(treeIssueOf)
        return { etag: answer.headers.etag, value: { issues, more: /rel="next"/.test(answer.headers.link ?? '') } }
      }),
    )
  }

  const parentIssue: GitHubPort['parentIssue'] = (repo, number, when) => {
    if (when === 'now') parents.forget(keyOf(repo, number))
    return parents.read(keyOf(repo, number), (headers) =>
      as(repo.installationId, async (octokit, signal) => {
        const request = { ...placeOf(repo, number), headers, request: { signal } }
        const answer = await orNull(octokit.rest.issues.getParent(request))
        return { etag: answer?.headers.etag, value: answer && treeIssueOf(answer.data) }
      }),
    )
  }

  return {
    subIssues,
    parentIssue,

    moveSubIssue: (repo, parent, { id, ...next }) =>
      as(repo.installationId, async (octokit, signal) => {
        const to = 'after' in next ? { after_id: next.after } : { before_id: next.before }
        const request = { ...placeOf(repo, parent), sub_issue_id: id, ...to, request: { signal } }
        await octokit.rest.issues.reprioritizeSubIssue(request)
        children.forget(keyOf(repo, parent))
      }),
  }
}

const keyOf = ({ owner, name }: Repo, number: number): string => `${owner}/${name}#${number}`.toLowerCase()
const placeOf = ({ owner, name }: Repo, number: number) => ({ owner, repo: name, issue_number: number })

export function treeIssueOf(issue: GitHubIssue): TreeIssue {
  // The only part of an issue that always says where it is.
  const [owner = '', name = ''] = new URL(issue.repository_url).pathname.split('/').slice(-2)
  return {
    id: issue.id,
    owner: decodeURIComponent(owner),
    name: decodeURIComponent(name),
    number: issue.number,
    title: issue.title,
    url: issue.html_url,
    state: issue.state === 'closed' ? 'closed' : 'open',
    hasSubIssues: hasSubIssues(issue),
  }
}
