/** Asks GitHub what became of a dispatch that nobody has answered: `repository_dispatch` itself returns no run id. */
import type { Run } from '../domain/run.ts'
import type { Repo, WorkflowRunSighting } from '../github/port.ts'
import { executorRepo, listedWorkflowRun } from './perform.ts'
import type { Perform, PerformDeps } from './perform.ts'

export const inspectWorkflow: Perform = async (deps, { run }) => {
  const seen = await look(deps, await executorRepo(deps, run), run)
  return { outcome: { type: 'workflow.observed', data: { dispatchId: run.dispatch.id, ...seen } } }
}

/**
 * GitHub's list of workflow runs may lag behind its webhooks, and one that it does not show yet would be dispatched a
 * second time. So what a webhook told of is asked for by its id. Where that is over, the list may know of another one:
 * a dispatch whose answer was lost is sent twice.
 */
async function look(deps: PerformDeps, repo: Repo, run: Run): Promise<WorkflowRunSighting> {
  const told = run.ci ? await deps.github.workflowRun(repo, run.ci.workflowRunId) : null
  if (told && isAlive(told)) return told
  const listed = await listedWorkflowRun(deps, repo, run)
  return told?.state === 'completed' && !isAlive(listed) ? told : listed
}

const isAlive = ({ state }: WorkflowRunSighting): boolean => state === 'queued' || state === 'in_progress'
