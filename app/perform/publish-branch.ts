/**
 * Checks what the agent made and writes it: the app is the only one that holds a write token. The stored bundle is
 * checked here again, whatever the executor checked, and nothing is written outside `agent/`.
 */
import { checkProposal } from '../domain/proposal.ts'
import { renderCommitMessage } from '../domain/render/commit.ts'
import type { Perform } from './perform.ts'

export const publishBranch: Perform = async (deps, { run, retried }) => {
  const { github, urls, knownSecrets } = deps
  if (!run.proposal || !run.baseSha) throw new Error(`Run ${run.id} has no proposal to publish`)
  const proposal = await deps.proposal(run.id, run.proposal.digest)
  if (!proposal) throw new Error(`The proposal ${run.proposal.digest} of Run ${run.id} is not in the store`)

  const checked = checkProposal(proposal, {
    baseSha: run.baseSha,
    knownSecrets: [...knownSecrets, deps.nonceFor(run.dispatch.id)],
  })
  if (!checked.ok) {
    return { outcome: { type: 'proposal.refused', data: { reason: checked.reason, detail: checked.detail } } }
  }
  const { sha, commits } = await github.writeBranch(run.repository, {
    branch: run.branchName,
    base: run.baseSha,
    runId: run.id,
    commits: proposal.commits.map(({ message, files }) => ({
      message: renderCommitMessage(run, message, urls),
      files,
    })),
    retried,
  })
  return { outcome: { type: 'branch.published', data: { name: run.branchName, sha, commits } } }
}
