/**
 * The webhooks of workflow runs: lost, doubled and out of order, and asked for again by nobody. What the app does with
 * one ends in the engine, so that is where they go; that a delivery waits in the inbox is another delivery's story.
 */
import type { WorkflowStatus } from '../../app/contracts/status.ts'
import type { Engine } from '../../app/engine.ts'
import type { FaultRates } from './faults.ts'
import type { Scheduler } from './scheduler.ts'

interface WorkflowNewsDeps {
  scheduler: Scheduler
  faults: FaultRates
  quiet: () => boolean
  /** Any living replica; rejects when its answer is lost. */
  app: <T>(ask: (app: { engine: Engine }) => Promise<T>) => Promise<T>
}

interface News {
  runId: string
  workflowRunId: number
  state: WorkflowStatus
  conclusion: string | null
  createdAt: number
}

const SOON_MS = [50, 3_000] as const
const LATE_MS = [1_000, 60_000] as const

export function createWorkflowNews({ scheduler, faults, quiet, app }: WorkflowNewsDeps) {
  function send({ runId, workflowRunId, state: status, conclusion, createdAt }: News, afterMs: number): void {
    const told = { type: 'workflow.changed', workflowRunId, runAttempt: 1, status, conclusion, createdAt } as const
    scheduler.after(afterMs, () => {
      app(({ engine }) => engine.submit(runId, { ...told, at: scheduler.now })).catch(() => {})
    })
  }

  /** GitHub tells of a workflow run as it stands now. */
  return (news: News): void => {
    const happens = (rate: number): boolean => !quiet() && scheduler.happens(rate)
    if (happens(faults.dropDelivery)) return
    const [low, high] = happens(faults.reorderDelivery) ? LATE_MS : SOON_MS
    send(news, scheduler.between(low, high))
    if (happens(faults.duplicateDelivery)) send(news, scheduler.between(...LATE_MS))
  }
}
