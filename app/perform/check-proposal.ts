/** The end of a dry run: what the agent made is judged as it would be before it is written, and nothing is written. */
import { judged } from './judged.ts'
import type { Perform } from './perform.ts'

export const checkProposal: Perform = async (deps, { run }) => {
  const { refused } = await judged(deps, run)
  return { outcome: refused ?? { type: 'proposal.accepted', data: {} } }
}
