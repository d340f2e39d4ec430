/**
 * Cancels the job on GitHub. Never the kill itself: from request to end it takes from ten seconds to five minutes, so
 * the sandbox dies by its provider meanwhile (design.md "The Run").
 */
import { executorRepo, nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const cancelWorkflow: Perform = async (deps, { run }) => {
  const repo = await executorRepo(deps, run)
  const since = run.dispatch.firstSentAt ?? run.createdAt
  const id = run.workflowRunId ?? (await deps.github.findWorkflowRun(repo, run.id, since)).workflowRunId
  if (id === null) return nothing
  await deps.github.cancelWorkflowRun(repo, id, run.stop?.kind === 'kill')
  return nothing
}
