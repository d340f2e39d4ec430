/** The Runs of agents since a moment, for their figures; read from one index alone, never from the Runs themselves. */
import type { AgentRun } from '../domain/agent-figures.ts'
import type { StoreConnection } from './connect.ts'
import type { RunDocument } from './run-models.ts'

/** Figures over more Runs than these would not say more. */
export const AGENT_RUNS_MAX = 10_000
const QUERY_MS_MAX = 5_000

export interface AgentRunsFilter {
  agents: readonly string[]
  repositoryIds: readonly number[]
  /** ms since the epoch */
  since: number
}

export function agentRuns(connection: StoreConnection) {
  const runs = connection.collection<RunDocument>('runs')
  return async ({ agents, repositoryIds, since }: AgentRunsFilter): Promise<AgentRun[]> => {
    const filter = {
      agent: { $in: [...agents] },
      repositoryId: { $in: [...repositoryIds] },
      createdAt: { $gte: since },
    }
    const projection = { _id: 0, agent: 1, repositoryId: 1, status: 1, 'run.startedAt': 1, 'run.endedAt': 1 }
    const found = await runs
      .find(filter, { projection, hint: 'figures', maxTimeMS: QUERY_MS_MAX })
      .limit(AGENT_RUNS_MAX)
      .toArray()
    return found.map(({ agent, repositoryId, status, run }) => ({
      agent,
      repositoryId,
      status,
      startedAt: run.startedAt,
      endedAt: run.endedAt,
    }))
  }
}
