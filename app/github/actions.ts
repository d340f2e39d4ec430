/** GitHub Actions as far as the app touches it: start, look for and cancel. */
import { DISPATCH_EVENT_TYPE } from '../contracts/executor.ts'
import { RunId } from '../contracts/ids.ts'
import { CLOCK_SKEW_MS } from '../domain/policy.ts'
import type { Clients, Octokit } from './client.ts'
import { hasStatus, orNull } from './error-mapping.ts'
import type { GitHubPort, Repo, WorkflowRunSighting } from './port.ts'

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

    findWorkflowRun: (repo, runId, since, formerId) =>
      as(repo.installationId, async (octokit, signal) => {
        const listed = withoutFormer(await dispatchedSince(octokit, signal, repo, since), formerId)
        const sightings = listed.filter((run) => idsIn(run.display_title).includes(runId)).map(sighting)
        // A dispatch may have been fired twice: the one that is furthest and not over counts.
        const order = ['in_progress', 'queued', 'completed'] as const
        const states = order.map((state) => sightings.find((seen) => seen.state === state))
        const unstarted = listed.find(neverStarted)
        return states.find((seen) => seen !== undefined) ?? (unstarted ? sighting(unstarted) : absent)
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

/** What dispatches started since then, the newest first. */
async function dispatchedSince(
  octokit: Octokit,
  signal: AbortSignal,
  { owner, name }: Repo,
  since: number,
): Promise<ListedRun[]> {
  const listed: ListedRun[] = []
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
    listed.push(...data.workflow_runs)
    if (data.workflow_runs.length < PAGE) break
  }
  return listed
}

/**
 * All jobs of a Run have the same name, and the list reaches back to where the former job may have begun. That one is
 * left out, and so is what was made before it, for still earlier jobs. GitHub promises of the ids only that they are
 * unique, so the age is told by its own clock; it counts whole seconds, and what was made in the same one stays.
 */
function withoutFormer(listed: readonly ListedRun[], formerId: number | undefined): readonly ListedRun[] {
  const former = listed.find(({ id }) => id === formerId)
  if (!former) return listed
  const madeAt = Date.parse(former.created_at)
  return listed.filter((run) => run !== former && Date.parse(run.created_at) >= madeAt)
}

/** The Runs that the name of a workflow run names. */
export const idsIn = (title: string): string[] => title.split(/\s+/).filter((word) => RunId.safeParse(word).success)

/**
 * GitHub renders no `run-name` of a workflow file that it cannot start, so such a run names no Run. One that an App's
 * dispatch caused at the time of ours stands for ours: the file is the same, and it fails for every Run.
 */
function neverStarted(run: ListedRun): boolean {
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

interface ListedRun extends WorkflowRun {
  display_title: string
  created_at: string
  triggering_actor?: { type: string }
}

function sighting({ id, status, conclusion, run_attempt: runAttempt }: WorkflowRun): WorkflowRunSighting {
  const which = { workflowRunId: id, ...(runAttempt === undefined ? {} : { runAttempt }) }
  if (status === 'completed') return { state: 'completed', ...which, conclusion }
  return { state: status === 'in_progress' ? 'in_progress' : 'queued', ...which, conclusion: null }
}
