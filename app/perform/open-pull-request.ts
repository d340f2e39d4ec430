/** Opens the pull request of a published branch; one that exists already for it is adopted, never doubled (R2). */
import { askerOf } from '../domain/attempts.ts'
import { GATES_OFF_LABEL, PULL_REQUEST_LABEL } from '../domain/labels.ts'
import { isProgram } from '../domain/people.ts'
import { madeOf, renderPullRequest } from '../domain/render/pull-request.ts'
import type { Run } from '../domain/run.ts'
import type { Perform, PerformDeps } from './perform.ts'

export const openPullRequest: Perform = async (deps, { run, retried }) => {
  const proposal = run.proposal && (await deps.proposal(run.id, run.proposal.digest))
  if (!proposal) throw new Error(`Run ${run.id} has no proposal to open a pull request for`)
  const earlier = await deps.earlierPullRequests(run)
  const text = renderPullRequest(run, madeOf(proposal), deps.urls, { earlier })
  const pull = await deps.github.openPullRequest(run.repository, {
    head: run.branchName,
    base: run.baseRef,
    ...text,
    retried,
  })
  await decorate(deps, run, pull.number)
  return { outcome: { type: 'pull_request.opened', data: pull } }
}

/** Label and reviewer are courtesies: GitHub refusing one of them does not undo the pull request. */
async function decorate({ github, log }: PerformDeps, run: Run, number: number): Promise<void> {
  const labels = run.gatesOff ? [PULL_REQUEST_LABEL, GATES_OFF_LABEL] : [PULL_REQUEST_LABEL]
  const courtesies = [
    () => github.addLabels(run.repository, number, labels),
    async () => {
      const asker = askerOf(run)
      if (!isProgram(asker)) await github.requestReviewer(run.repository, number, asker.login)
    },
  ]
  for (const courtesy of courtesies) {
    try {
      await courtesy()
    } catch (error) {
      log.warn({ runId: run.id, pullRequest: number, err: error }, 'pull_request_courtesy_failed')
    }
  }
}
