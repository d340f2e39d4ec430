/** The check run on the agent's commit (surfaces.md 1.6): never before the branch has a commit of its own. */
import { checkConclusion, checkName, checkSummary, checkTitle } from '../domain/render/check.ts'
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const publishCheck: Perform = async ({ github, urls }, { run, retried }) => {
  if (!run.branch) return nothing
  const checkRunId = await github.publishCheck(run.repository, {
    headSha: run.branch.sha,
    name: checkName,
    runId: run.id,
    detailsUrl: urls.shortRun(run.id),
    status: run.endedAt === null ? 'in_progress' : 'completed',
    conclusion: checkConclusion(run),
    title: checkTitle(run),
    summary: checkSummary(run, urls),
    checkRunId: run.checkRunId,
    retried,
  })
  return { outcome: { type: 'check.published', data: { checkRunId } } }
}
