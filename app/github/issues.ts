/** Issues and labels. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import type { GitHubPort } from './port.ts'

export function issuesOf({ as }: Clients): Pick<GitHubPort, 'issue' | 'addLabels' | 'removeLabel'> {
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
          labels: data.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
        }
      }),

    addLabels: ({ owner, name, installationId }, number, labels) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, issue_number: number, labels: [...labels], request: { signal } }
        await octokit.rest.issues.addLabels(request)
      }),

    removeLabel: ({ owner, name, installationId }, number, label) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, issue_number: number, name: label, request: { signal } }
        await orNull(octokit.rest.issues.removeLabel(request))
      }),
  }
}
