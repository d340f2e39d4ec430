/** The bench's command line: parsed and checked before anything starts. */
import { UsageError, readFlags } from '../stack/flags.ts'

interface BenchArgs {
  /** Names of what is measured. */
  only: readonly string[]
  full: boolean
  gate: boolean
}

export const usageOf = (names: readonly string[]): string => `Usage: npm run bench -- [flags]
  --only NAME[,NAME]  measure these and leave the others' last results standing: ${names.join(', ')}
  --full              also do what takes minutes (a million Runs, an hour of load)
  --gate              write nothing, and fail where a ratio to a peer got worse than the recorded one
  --help
Measures Deckhand beside peers and writes docs/performance.md. Ends with 0, 1 where the gate fails, 2 for a wrong use.`

const options = {
  only: { type: 'string' },
  full: { type: 'boolean', default: false },
  gate: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** @throws UsageError */
export function parseBenchArgs(argv: readonly string[], names: readonly string[]): BenchArgs | 'help' {
  const { help, full, gate, only: given } = readFlags(argv, options)
  if (help) return 'help'
  const only = given?.split(',') ?? names
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new UsageError(`There is no ${unknown.join(', ')}: choose from ${names.join(', ')}.`)
  return { only, full, gate }
}
