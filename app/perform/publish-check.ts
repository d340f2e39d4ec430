/**
 * The check run on the agent's commit (surfaces.md 1.6): never before the branch has a commit of its own. A later
 * attempt has another branch: until it has pushed it speaks through the check of the earlier one, which is then closed
 * as superseded.
 */
import { CHECK_NAME, checkAnnotations, renderCheck, supersededCheck } from '../domain/render/check.ts'
import type { Run } from '../domain/run.ts'
import { nothing } from './perform.ts'
import type { Perform, PerformDeps } from './perform.ts'

/** `<id> <head sha>` of the check that was written last, by whichever attempt. */
const LAST = 'check'

export const publishCheck: Perform = async (deps, { run, memo, retried }) => {
  const { github, urls } = deps
  const [id, sha] = memo[LAST]?.split(' ') ?? []
  const last = id && sha ? { id: Number(id), sha } : null
  if (!run.branch) {
    if (last) await github.updateCheck(run.repository, last.id, renderCheck(run, urls))
    return nothing
  }
  const moved = last !== null && last.sha !== run.branch.sha
  if (moved) await github.updateCheck(run.repository, last.id, supersededCheck(run, run.branch.sha, urls))
  const checkRunId = await github.publishCheck(run.repository, {
    headSha: run.branch.sha,
    name: CHECK_NAME,
    runId: run.id,
    detailsUrl: urls.shortRun(run.id),
    // By what was written last, because the Run may remember the answer to an earlier attempt.
    checkRunId: last === null ? run.checkRunId : moved ? null : last.id,
    // Once for each commit that has a check: what is sent again, GitHub shows twice.
    annotations: last?.sha === run.branch.sha ? [] : await annotationsOf(deps, run),
    retried,
    ...renderCheck(run, urls),
  })
  return {
    outcome: { type: 'check.published', data: { checkRunId } },
    memo: { [LAST]: `${checkRunId} ${run.branch.sha}` },
  }
}

async function annotationsOf(deps: PerformDeps, run: Run) {
  const proposal = run.proposal && (await deps.proposal(run.id, run.proposal.digest))
  return proposal ? checkAnnotations(proposal) : []
}
