/** What the agent of a Run made, judged by the app's own policy, whatever the executor checked before. */
import type { Proposal } from '../contracts/executor.ts'
import type { Outcome } from '../domain/inputs.ts'
import { checkProposal } from '../domain/proposal.ts'
import type { Run } from '../domain/run.ts'
import type { PerformDeps } from './perform.ts'

type Judgement = { proposal: Proposal; baseSha: string; refused: Extract<Outcome, { type: 'proposal.refused' }> | null }

/** `refused` is what to answer where a rule is broken: nothing of the proposal may be written then. */
export async function judged(deps: PerformDeps, run: Run): Promise<Judgement> {
  const { baseSha } = run
  if (!run.proposal || !baseSha) throw new Error(`Run ${run.id} has no proposal to check`)
  const proposal = await deps.proposal(run.id, run.proposal.digest)
  if (!proposal) throw new Error(`The proposal ${run.proposal.digest} of Run ${run.id} is not in the store`)
  const knownSecrets = [...deps.knownSecrets, deps.nonceFor(run.dispatch.id)]
  const verdict = checkProposal(proposal, { baseSha, knownSecrets })
  if (verdict.ok) return { proposal, baseSha, refused: null }
  const { reason, detail } = verdict
  return { proposal, baseSha, refused: { type: 'proposal.refused', data: { reason, detail } } }
}
