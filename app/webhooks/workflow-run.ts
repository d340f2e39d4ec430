/**
 * How the workflow run of a Run stands, as GitHub's webhook tells it. Its name is text of whoever can run workflows in
 * the repository, so it has to be our own workflow file, on its own trigger, started by an App; and what it says shows
 * how the job stands, or hurries a question to GitHub, and decides nothing (`domain/ci.ts`).
 */
import { CALLER_PATH } from '../domain/caller-workflow.ts'
import type { Run } from '../domain/run.ts'
import { idsIn } from '../github/actions.ts'
import type { WorkflowRunEvent } from '../github/translate.ts'
import { ignored, processed, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

export async function onWorkflowRun({ engine, now }: Deps, event: WorkflowRunEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit a workflow run that began or ended')
  const { id: workflowRunId, attempt: runAttempt, status, conclusion, createdAt } = event
  if (event.path.split('@', 1)[0] !== CALLER_PATH || event.event !== 'repository_dispatch') {
    return ignored('not our workflow')
  }
  if (!event.byApp) return ignored('not started by an App')
  const [runId, ...more] = idsIn(event.title)
  if (runId === undefined || more.length > 0) return ignored('names no run')
  // Where a Run belongs never changes, so what this process saw of it is as good as the store.
  const run = engine.seen(runId) ?? (await engine.load(runId))
  if (!run || !isIn(run, event.repository)) return ignored('no run of this repository')
  const told = { type: 'workflow.changed', workflowRunId, runAttempt, status, conclusion, createdAt } as const
  const answer = await engine.submit(runId, { ...told, at: now() })
  return 'refused' in answer ? ignored(answer.message) : processed(`the job of ${runId}: ${status}`)
}

/** Runs are executed in their own repository, or in the one that is set for all, which is known by its name. */
function isIn({ executorRepository, repository }: Run, { id, owner, name }: WorkflowRunEvent['repository']): boolean {
  if (!executorRepository) return repository.id === id
  const is = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
  return is(executorRepository.owner, owner) && is(executorRepository.name, name)
}
