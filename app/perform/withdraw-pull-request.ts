/** Compensation: a Run that did not succeed has no open pull request, even if GitHub made one behind a lost answer. */
import { isTerminal } from '../contracts/status.ts'
import type { Perform } from './perform.ts'

export const withdrawPullRequest: Perform = async ({ github }, { run }) => {
  // Only a Run that ended without success has none; the branch of a later attempt is another one.
  const mayLook = isTerminal(run.status) && run.status !== 'succeeded'
  const found = mayLook ? github.findPullRequest(run.repository, run.branchName) : null
  const number = run.strayPullRequest ?? (await found)
  if (number === null) return { outcome: null }
  await github.closePullRequest(run.repository, number)
  return { outcome: { type: 'pull_request.withdrawn', data: { number } } }
}
