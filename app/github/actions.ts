/** GitHub Actions as far as the app touches it: start, look for and cancel. */
import { DISPATCH_EVENT_TYPE } from '../contracts/executor.ts'
import type { Clients } from './client.ts'
import { hasStatus } from './error-mapping.ts'
import type { GitHubPort, WorkflowRunSighting } from './port.ts'

const PAGE = 100
const PAGES_MAX = 3
/** GitHub's clock and ours may differ. */
const CLOCK_SKEW_MS = 60_000

type ActionFunctions = Pick<GitHubPort, 'fireDispatch' | 'findWorkflowRun' | 'cancelWorkflowRun'>
const absent: WorkflowRunSighting = { state: 'absent', workflowRunId: null, conclusion: null }

export function actionsOf({ as }: Clients): ActionFunctions {
  return {
    fireDispatch: ({ owner, name, installationId }, payload) =>
      as(installationId, async (octokit, signal) => {
        await octokit.rest.repos.createDispatchEvent({
          owner,
          repo: name,
          event_type: DISPATCH_EVENT_TYPE,
          client_payload: { ...payload },
          request: { signal },
        })
      }),

    findWorkflowRun: ({ owner, name, installationId }, runId, since) =>
      as(installationId, async (octokit, signal) => {
        const sightings: WorkflowRunSighting[] = []
        for (let page = 1; page <= PAGES_MAX; page++) {
          const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({
            owner,
            repo: name,
            event: 'repository_dispatch',
            created: `>=${new Date(since - CLOCK_SKEW_MS).toISOString().slice(0, 19)}Z`,
            per_page: PAGE,
            page,
            request: { signal },
          })
          const ours = data.workflow_runs.filter((run) => run.display_title.split(/\s+/).includes(runId))
          sightings.push(...ours.map((run) => sighting(run.id, run.status, run.conclusion)))
          if (data.workflow_runs.length < PAGE) break
        }
        // A dispatch may have been fired twice: the one that is furthest and not over counts.
        const order = ['in_progress', 'queued', 'completed'] as const
        const states = order.map((state) => sightings.find((seen) => seen.state === state))
        return states.find((seen) => seen !== undefined) ?? absent
      }),

    cancelWorkflowRun: ({ owner, name, installationId }, workflowRunId, force) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, run_id: workflowRunId, request: { signal } }
        try {
          if (force) await octokit.rest.actions.forceCancelWorkflowRun(request)
          else await octokit.rest.actions.cancelWorkflowRun(request)
          return 'requested'
        } catch (error) {
          if (hasStatus(error, 404, 409)) return 'over'
          throw error
        }
      }),
  }
}

function sighting(workflowRunId: number, status: string | null, conclusion: string | null): WorkflowRunSighting {
  if (status === 'completed') return { state: 'completed', workflowRunId, conclusion }
  return { state: status === 'in_progress' ? 'in_progress' : 'queued', workflowRunId, conclusion: null }
}
