/** GitHub Actions as far as the app touches it: start, look for and cancel. */
import { DISPATCH_EVENT_TYPE } from '../contracts/executor.ts'
import { RunId } from '../contracts/ids.ts'
import { CLOCK_SKEW_MS } from '../domain/policy.ts'
import type { Clients } from './client.ts'
import { hasStatus, orNull } from './error-mapping.ts'
import type { GitHubPort, WorkflowRunSighting } from './port.ts'

const PAGE = 100
const PAGES_MAX = 3

type ActionFunctions = Pick<GitHubPort, 'fireDispatch' | 'findWorkflowRun' | 'workflowRun' | 'cancelWorkflowRun'>
const absent: WorkflowRunSighting = { state: 'absent', workflowRunId: null, conclusion: null }

export function actionsOf({ as }: Clients): ActionFunctions {
  return {
    fireDispatch: ({ owner, name, installationId }, payload, beforeSend) =>
      as(installationId, async (octokit, signal) => {
        await octokit.rest.repos.createDispatchEvent({
          owner,
          repo: name,
          event_type: DISPATCH_EVENT_TYPE,
          client_payload: { ...payload },
          request: { signal, ...(beforeSend ? { fetch: fetchAfter(beforeSend) } : {}) },
        })
      }),

    findWorkflowRun: ({ owner, name, installationId }, runId, since) =>
      as(installationId, async (octokit, signal) => {
        const sightings: WorkflowRunSighting[] = []
        let unstarted: WorkflowRunSighting | undefined
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
          const ours = data.workflow_runs.filter((run) => idsIn(run.display_title).includes(runId))
          sightings.push(...ours.map(sighting))
          const failed = data.workflow_runs.find(neverStarted)
          if (failed) unstarted ??= sighting(failed)
          if (data.workflow_runs.length < PAGE) break
        }
        // A dispatch may have been fired twice: the one that is furthest and not over counts.
        const order = ['in_progress', 'queued', 'completed'] as const
        const states = order.map((state) => sightings.find((seen) => seen.state === state))
        return states.find((seen) => seen !== undefined) ?? unstarted ?? absent
      }),

    workflowRun: ({ owner, name, installationId }, workflowRunId) =>
      as(installationId, async (octokit, signal) => {
        const request = { owner, repo: name, run_id: workflowRunId, request: { signal } }
        const found = await orNull(octokit.rest.actions.getWorkflowRun(request))
        return found ? sighting(found.data) : absent
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

/** The Runs that the name of a workflow run names. */
export const idsIn = (title: string): string[] => title.split(/\s+/).filter((word) => RunId.safeParse(word).success)

/**
 * GitHub renders no `run-name` of a workflow file that it cannot start, so such a run names no Run. One that an App's
 * dispatch caused at the time of ours stands for ours: the file is the same, and it fails for every Run.
 */
function neverStarted(run: {
  display_title: string
  conclusion: string | null
  triggering_actor?: { type: string }
}): boolean {
  const unnamed = idsIn(run.display_title).length === 0
  return run.conclusion === 'startup_failure' && unnamed && run.triggering_actor?.type === 'Bot'
}

/** Octokit may hold a request back until GitHub's limits allow it; this runs when it leaves. */
function fetchAfter(beforeSend: () => Promise<void>): typeof fetch {
  return async (...args) => {
    await beforeSend()
    return fetch(...args)
  }
}

interface WorkflowRun {
  id: number
  status: string | null
  conclusion: string | null
  run_attempt?: number
}

function sighting({ id, status, conclusion, run_attempt: runAttempt }: WorkflowRun): WorkflowRunSighting {
  const which = { workflowRunId: id, ...(runAttempt === undefined ? {} : { runAttempt }) }
  if (status === 'completed') return { state: 'completed', ...which, conclusion }
  return { state: status === 'in_progress' ? 'in_progress' : 'queued', ...which, conclusion: null }
}
