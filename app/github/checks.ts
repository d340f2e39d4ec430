/** Check runs, found again by `external_id`, which is the Run's id. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import type { GitHubPort } from './port.ts'

export function checksOf({ as, appId }: Clients): Pick<GitHubPort, 'publishCheck'> {
  return {
    publishCheck: ({ owner, name, installationId }, check) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, request: { signal } }
        const content = {
          name: check.name,
          details_url: check.detailsUrl,
          external_id: check.runId,
          output: { title: check.title, summary: check.summary },
          ...(check.status === 'completed' && check.conclusion !== null
            ? { status: 'completed' as const, conclusion: check.conclusion }
            : { status: check.status === 'queued' ? ('queued' as const) : ('in_progress' as const) }),
        }
        let id = check.checkRunId
        if (id === null && check.retried) {
          const request = { ...at, ref: check.headSha, check_name: check.name, app_id: appId }
          const { data } = await octokit.rest.checks.listForRef(request)
          id = data.check_runs.find((found) => found.external_id === check.runId)?.id ?? null
        }
        if (id !== null) {
          const updated = await orNull(octokit.rest.checks.update({ ...at, check_run_id: id, ...content }))
          if (updated) return updated.data.id
        }
        const made = await octokit.rest.checks.create({ ...at, head_sha: check.headSha, ...content })
        return made.data.id
      }),
  }
}
