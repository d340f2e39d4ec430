/** Asks GitHub what became of a dispatch that nobody has answered: `repository_dispatch` itself returns no run id. */
import { executorRepo } from './perform.ts'
import type { Perform } from './perform.ts'

export const inspectWorkflow: Perform = async (deps, { run }) => {
  const repo = await executorRepo(deps, run)
  const seen = await deps.github.findWorkflowRun(repo, run.id, run.dispatch.firstSentAt ?? run.createdAt)
  return { outcome: { type: 'workflow.observed', data: { dispatchId: run.dispatch.id, ...seen } } }
}
