/**
 * Cancels the job on GitHub. Never the kill itself: from request to end it takes from ten seconds to five minutes, so
 * the sandbox dies by its provider meanwhile (design.md "The Run").
 */
import { isTerminal } from '../contracts/status.ts'
import { owesSandbox } from '../domain/effects.ts'
import type { Run } from '../domain/run.ts'
import { executorRepo, listedWorkflowRun, nothing } from './perform.ts'
import type { Perform, PerformDeps } from './perform.ts'

export const cancelWorkflow: Perform = async (deps, { run }) => {
  const repo = await executorRepo(deps, run)
  const id = run.workflowRunId ?? (await listedWorkflowRun(deps, repo, run)).workflowRunId
  if (id === null) return nothing
  const force = run.stop?.kind === 'kill' && !(await isOnlyItsRunners(deps, run))
  await deps.github.cancelWorkflowRun(repo, id, force)
  return nothing
}

/**
 * True while the job itself has to end the sandbox and report its death, because nobody else reaches it: a forced cancel
 * would end the job before it could, and leave the app to wait for the sandbox's lifetime.
 */
async function isOnlyItsRunners(deps: PerformDeps, run: Run): Promise<boolean> {
  if (isTerminal(run.status) || !owesSandbox(run)) return false
  return (await deps.provider(run.sandbox!.provider)).reach !== 'anywhere'
}
