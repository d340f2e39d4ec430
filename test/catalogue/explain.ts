/** Asks MongoDB how it answers a command, and what that cost: the keys and documents that it looked at. */
import type { StoreConnection } from '../../app/store/connect.ts'
import type { Command } from './shape.ts'

export interface Cost {
  keys: number
  docs: number
  stages: string[]
}

/** What belongs to the connection and not to the command. */
const ENVELOPE = new Set(['lsid', '$db', '$clusterTime', 'txnNumber', 'writeConcern', 'readConcern', '$readPreference'])
const EXPLAINED = new Set(['find', 'findAndModify', 'update', 'delete', 'aggregate', 'count', 'distinct'])

/** Null for what has no plan: inserts, and change streams, which follow the log and not the data. */
export async function costOf(connection: StoreConnection, name: string, command: Command): Promise<Cost | null> {
  if (!EXPLAINED.has(name) || JSON.stringify(command['pipeline'] ?? null).includes('$changeStream')) return null
  const explain = Object.fromEntries(Object.entries(command).filter(([key]) => !ENVELOPE.has(key)))
  const answer: unknown = await connection.db!.command({ explain, verbosity: 'executionStats' })
  return {
    keys: sumOf(answer, 'totalKeysExamined'),
    docs: sumOf(answer, 'totalDocsExamined'),
    stages: [...new Set(stagesOf(answer))],
  }
}

function sumOf(value: unknown, field: string): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (key === field ? Number(inner) : sumOf(inner, field)),
    0,
  )
}

/** Names of the stages of the plan that won. */
function stagesOf(value: unknown, inside = false): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'rejectedPlans' || key === 'command') return []
    if (inside && key === 'stage' && typeof inner === 'string') return [inner]
    if (key === '$sort') return ['SORT']
    return stagesOf(inner, inside || key === 'winningPlan')
  })
}
