/** Issues and labels. */
import type { Label } from '../domain/labels.ts'
import type { Clients, Octokit } from './client.ts'
import { hasStatus, orNull } from './error-mapping.ts'
import { hasSubIssues, labelNames } from './issue-fields.ts'
import type { GitHubPort } from './port.ts'
import { smallMemory } from './small-memory.ts'

const LABELS_KNOWN_MAX = 10_000

export function issuesOf({ as }: Clients): Pick<GitHubPort, 'issue' | 'createIssue' | 'addLabels' | 'removeLabel'> {
  /** Labels that a repository is known to have, so that most Runs need not ask. */
  const made = smallMemory<string, true>(LABELS_KNOWN_MAX)
  return {
    issue: ({ owner, name, installationId }, number) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, issue_number: number, request: { signal } }
        const { data } = await octokit.rest.issues.get(request)
        return {
          number: data.number,
          title: data.title,
          body: data.body ?? '',
          url: data.html_url,
          state: data.state === 'closed' ? 'closed' : 'open',
          locked: data.locked,
          isPullRequest: data.pull_request !== undefined,
          labels: labelNames(data),
          isBlocked: data.issue_dependencies_summary ? data.issue_dependencies_summary.blocked_by > 0 : null,
          hasSubIssues: hasSubIssues(data),
        }
      }),

    createIssue: ({ owner, name, installationId }, { title, body }) =>
      as(installationId, async (octokit, signal) => {
        const { data } = await octokit.rest.issues.create({ owner, repo: name, title, body, request: { signal } })
        return { number: data.number, url: data.html_url }
      }),

    addLabels: ({ owner, name, installationId }, number, labels) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, request: { signal } }
        for (const label of labels) {
          const key = `${owner}/${name} ${label.name}`
          if (!made.get(key)) await makeLabel(octokit, at, label)
          made.set(key, true)
        }
        await octokit.rest.issues.addLabels({ ...at, issue_number: number, labels: labels.map((label) => label.name) })
      }),

    removeLabel: ({ owner, name, installationId }, number, label) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, issue_number: number, name: label, request: { signal } }
        await orNull(octokit.rest.issues.removeLabel(request))
      }),
  }
}

/** What is there already is refused, and keeps its colour; a look first would cost the first Run a call more. */
async function makeLabel(
  octokit: Octokit,
  at: { owner: string; repo: string; request: { signal: AbortSignal } },
  { name, color, description }: Label,
): Promise<void> {
  try {
    await octokit.rest.issues.createLabel({ ...at, name, color, description })
  } catch (error) {
    if (!hasStatus(error, 422)) throw error
  }
}
