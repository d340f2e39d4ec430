/** Compensation: a Run that did not succeed has no open pull request, even if GitHub made one behind a lost answer. */
import { isTerminal } from '../contracts/status.ts'
import { pullRequestMarker } from '../domain/render/markers.ts'
import { NotYet } from './perform.ts'
import type { Perform } from './perform.ts'

const LOOK_AGAIN_MS = 2_000

export const withdrawPullRequest: Perform = async ({ github }, { run }) => {
  const over = isTerminal(run.status)
  // A cancel that waits for its job may still be overtaken by the pull request, and then the Run succeeds.
  if (run.stop !== null && !over) throw new NotYet(`Run ${run.id} has not ended yet.`, LOOK_AGAIN_MS)
  // Only a Run that ended without success has none; the branch of a later attempt is another one.
  const mayLook = over && run.status !== 'succeeded'
  // People open pull requests for the branch as well, and rewrite ours: what lacks the Run's mark may be theirs, and
  // stays open rather than being closed under their hands.
  const marker = pullRequestMarker(run.id)
  const look = () => (mayLook ? github.findPullRequest(run.repository, run.branchName, marker) : null)
  const number = run.strayPullRequest ?? (await look())
  if (number === null) return { outcome: null }
  await github.closePullRequest(run.repository, number)
  return { outcome: { type: 'pull_request.withdrawn', data: { number } } }
}
