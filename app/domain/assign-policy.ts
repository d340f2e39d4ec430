/** Which assignments are possible here: what the grammar knows but nothing stands behind yet is refused, not ignored. */
import type { AssignOptions, CommandProblem } from './assign-options.ts'
import { closest } from './suggest.ts'

export interface AssignPolicy {
  agents: readonly string[]
  defaultAgent: string
  /** The cap of `timeout=`. */
  timeoutMsMax: number
}

/** All problems of what could be read of a command. Whether a branch exists is GitHub's to say. */
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
    [options.priority !== undefined && options.priority !== 'normal', 'priority'],
    [options.model !== undefined, 'model'],
    [options.dryRun, 'dry-run'],
    [options.plan, 'plan'],
  ] as const
  for (const [asked, option] of notYet) if (asked) problems.push({ code: 'not_yet', option })
  return problems
}
