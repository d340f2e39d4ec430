/** What the agent of a Run made, judged by the app's own policy, whatever the executor checked before. */
import type { Proposal } from '../contracts/executor.ts'
import type { Outcome } from '../domain/inputs.ts'
import { NoProposal, checkProposal } from '../domain/proposal.ts'
import type { Run } from '../domain/run.ts'
import type { PerformDeps } from './perform.ts'

type Refused = Extract<Outcome, { type: 'proposal.refused' }>
type Judgement = { refused: Refused } | { refused: null; proposal: Proposal; baseSha: string }

/** `refused` is what to answer where a rule is broken: nothing of the proposal may be written then. */
export async function judged(deps: PerformDeps, run: Run): Promise<Judgement> {
  const { baseSha } = run
  if (!run.proposal || !baseSha) throw new Error(`Run ${run.id} has no proposal to check`)
  const proposal = await readable(deps, run.id, run.proposal.digest)
  if (proposal instanceof NoProposal) return refusal(proposal.reason, proposal.message)
  if (!proposal) throw new Error(`The proposal ${run.proposal.digest} of Run ${run.id} is not in the store`)
  const knownSecrets = [...deps.knownSecrets, deps.nonceFor(run.dispatch.id)]
  const verdict = checkProposal(proposal, { baseSha, knownSecrets })
  return verdict.ok ? { refused: null, proposal, baseSha } : refusal(verdict.reason, verdict.detail)
}

const refusal = (reason: Refused['data']['reason'], detail: string): Judgement => ({
  refused: { type: 'proposal.refused', data: { reason, detail } },
})

const readable = ({ proposal }: PerformDeps, runId: string, digest: string): Promise<Proposal | NoProposal | null> =>
  proposal(runId, digest).catch((error: unknown) => {
    if (error instanceof NoProposal) return error
    throw error
  })
