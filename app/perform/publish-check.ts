/** The check run on the agent's commit (surfaces.md 1.6): never before the branch has a commit of its own. */
import { CHECK_NAME, renderCheck } from '../domain/render/check.ts'
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const publishCheck: Perform = async ({ github, urls }, { run, retried }) => {
  if (!run.branch) return nothing
  const checkRunId = await github.publishCheck(run.repository, {
    headSha: run.branch.sha,
    name: CHECK_NAME,
    runId: run.id,
    detailsUrl: urls.shortRun(run.id),
    checkRunId: run.checkRunId,
    retried,
    ...renderCheck(run, urls),
  })
  return { outcome: { type: 'check.published', data: { checkRunId } } }
}
