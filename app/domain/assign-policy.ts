/**
 * Which assignments are possible here, and what their options mean for the Run: what the grammar knows but nothing stands
 * behind yet is refused, not ignored.
 */
import type { AssignOptions, CommandProblem } from './assign-options.ts'
import type { RunRequest } from './change.ts'
import type { RepositoryRef } from './events.ts'
import { closest } from './suggest.ts'

/** The audit trail's name for `gate=none`, asked for (or kept, by a retry) with and without the right to it. */
export const GATES_BYPASS = 'gates.bypass'

export interface AssignPolicy {
  agents: readonly string[]
  defaultAgent: string
  /** The cap of `timeout=`. */
  timeoutMsMax: number
}

/** All problems of what could be read of a command, but those that only GitHub can tell of: see `placeProblems`. */
export function assignProblems(agent: string | null, options: AssignOptions, policy: AssignPolicy): CommandProblem[] {
  const problems: CommandProblem[] = []
  if (agent !== null && !policy.agents.includes(agent)) {
    problems.push({ code: 'unknown_agent', agent, suggestion: closest(agent, policy.agents), known: policy.agents })
  }
  if ((options.timeoutMs ?? 0) > policy.timeoutMsMax) {
    problems.push({ code: 'timeout_over_cap', capMs: policy.timeoutMsMax })
  }
  const { gate } = options
  // Until gates exist none are run, whoever asks; `none` says that this is meant, and marks what comes of it.
  if (gate !== undefined && gate !== 'none') {
    problems.push({ code: 'not_yet', option: `gate=${gate}`, instead: 'gate=none' })
  }
  const notYet = [
    [options.model !== undefined, 'model'],
    [options.plan, 'plan'],
  ] as const
  for (const [asked, option] of notYet) if (asked) problems.push({ code: 'not_yet', option })
  return problems
}

/** What GitHub says of the repository and of who asks, where an option makes it matter. */
export interface PlaceFacts {
  baseExists: boolean
  /** Maintain access or more. */
  mayAdminister: boolean
}

/** All problems of the options in this repository, for who asks. */
export function placeProblems(
  { base, gate, priority }: AssignOptions,
  { owner, name }: Pick<RepositoryRef, 'owner' | 'name'>,
  { baseExists, mayAdminister }: PlaceFacts,
): CommandProblem[] {
  const problems: CommandProblem[] = []
  if (base !== undefined && !baseExists) problems.push({ code: 'base_not_found', base })
  const repository = `${owner}/${name}`
  if (gate === 'none' && !mayAdminister) problems.push({ code: 'gate_needs_admin', repository })
  if (priority === 'high' && !mayAdminister) problems.push({ code: 'priority_needs_maintain', repository })
  return problems
}

/** Whether it matters if who asks has maintain access. */
export const isForMaintainers = ({ gate, priority }: AssignOptions): boolean => gate === 'none' || priority === 'high'

type FromOptions = Required<Pick<RunRequest, 'baseRef' | 'gatesOff' | 'draft' | 'dryRun' | 'priority'>> &
  Pick<RunRequest, 'clocks'>

/** What options without problems ask of the Run. */
export function runOptionsOf(
  { base, gate, timeoutMs, priority = 'normal', draft = false, dryRun }: AssignOptions,
  { defaultBranch }: Pick<RepositoryRef, 'defaultBranch'>,
): FromOptions {
  return {
    baseRef: base ?? defaultBranch,
    gatesOff: gate === 'none',
    priority,
    draft,
    dryRun: dryRun === true,
    // Who gives a Run half an hour does not mean that the agent has to be done after the usual five minutes.
    ...(timeoutMs === undefined ? {} : { clocks: { runMs: timeoutMs, agentMs: timeoutMs } }),
  }
}
