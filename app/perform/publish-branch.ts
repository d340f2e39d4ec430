/**
 * Checks what the agent made and writes it: the app is the only one that holds a write token. The stored bundle is
 * checked here again, whatever the executor checked, and nothing is written outside `agent/`.
 */
import { renderCommitMessage } from '../domain/render/commit.ts'
import { judged } from './judged.ts'
import type { Perform } from './perform.ts'

export const publishBranch: Perform = async (deps, { run, retried }) => {
  const { github, urls } = deps
  const judgement = await judged(deps, run)
  if (judgement.refused) return { outcome: judgement.refused }
  const { proposal, baseSha } = judgement
  const { sha, commits } = await github.writeBranch(run.repository, {
    branch: run.branchName,
    base: baseSha,
    runId: run.id,
    commits: proposal.commits.map(({ message, files }) => ({
      message: renderCommitMessage(run, message, urls),
      files,
    })),
    retried,
  })
  return { outcome: { type: 'branch.published', data: { name: run.branchName, sha, commits } } }
}
