/** Check runs, found again by `external_id`, which is the Run's id. */
import type { Clients } from './client.ts'
import { orNull } from './error-mapping.ts'
import type { CheckChange, GitHubPort } from './port.ts'

export function checksOf({ as, appId }: Clients): Pick<GitHubPort, 'publishCheck' | 'updateCheck'> {
  return {
    publishCheck: ({ owner, name, installationId }, check) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, request: { signal } }
        const { headSha } = check
        const content = {
          name: check.name,
          details_url: check.detailsUrl,
          external_id: check.runId,
          ...contentOf(check),
        }
        let id = check.checkRunId
        if (id === null && check.retried) {
          const request = { ...at, ref: headSha, check_name: check.name, app_id: appId }
          const { data } = await octokit.rest.checks.listForRef(request)
          id = data.check_runs.find((found) => found.external_id === check.runId)?.id ?? null
        }
        if (id !== null) {
          const updated = await orNull(octokit.rest.checks.update({ ...at, check_run_id: id, ...content }))
          if (updated) return updated.data.id
        }
        const made = await octokit.rest.checks.create({ ...at, head_sha: headSha, ...content })
        return made.data.id
      }),

    updateCheck: ({ owner, name, installationId }, checkRunId, change) =>
      as(installationId, async (octokit, signal) => {
        const at = { owner, repo: name, check_run_id: checkRunId, request: { signal } }
        await orNull(octokit.rest.checks.update({ ...at, ...contentOf(change) }))
      }),
  }
}

function contentOf({ status, conclusion, title, summary, actions }: CheckChange) {
  const state =
    status === 'completed' && conclusion
      ? { status: 'completed' as const, conclusion }
      : status && status !== 'completed'
        ? { status }
        : {}
  return { output: { title, summary }, ...(actions ? { actions: [...actions] } : {}), ...state }
}
