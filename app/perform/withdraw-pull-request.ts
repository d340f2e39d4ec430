/** Compensation: a Run that did not succeed has no open pull request, even if GitHub made one behind a lost answer. */
import type { Perform } from './perform.ts'

export const withdrawPullRequest: Perform = async ({ github }, { run }) => {
  const number = run.strayPullRequest ?? (await github.findPullRequest(run.repository, run.branchName))
  if (number === null) return { outcome: null }
  await github.closePullRequest(run.repository, number)
  return { outcome: { type: 'pull_request.withdrawn', data: { number } } }
}
