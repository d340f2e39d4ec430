/** How an agent did lately: counted from its Runs, so that no second book has to be kept in step with the first. */
import type { RunStatus } from '../contracts/status.ts'

export const FIGURES_DAYS = 30
export const FIGURES_MS = FIGURES_DAYS * 86_400_000

/** What is read of each Run. */
export interface AgentRun {
  agent: string
  repositoryId: number
  status: RunStatus
  startedAt: number | null
  endedAt: number | null
}

export interface AgentFigures {
  runs: number
  succeeded: number
  failed: number
  /** Part of those that succeeded or failed, from 0 to 1; a cancelled Run tells nothing of its agent. */
  successRate: number | null
  /** From the job's first report to the end, of those that succeeded. */
  medianMs: number | null
  repositories: number
}

export function agentFigures(runs: readonly AgentRun[]): AgentFigures {
  const succeeded = runs.filter(({ status }) => status === 'succeeded')
  const failed = runs.filter(({ status }) => status === 'failed').length
  const judged = succeeded.length + failed
  return {
    runs: runs.length,
    succeeded: succeeded.length,
    failed,
    successRate: judged === 0 ? null : succeeded.length / judged,
    medianMs: median(
      succeeded.flatMap((r) => (r.startedAt === null || r.endedAt === null ? [] : [r.endedAt - r.startedAt])),
    ),
    repositories: new Set(runs.map(({ repositoryId }) => repositoryId)).size,
  }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : Math.round((sorted[middle - 1]! + upper) / 2)
}
