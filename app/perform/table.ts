/** Every effect and the file that performs it: the one place that joins the domain's wishes with the outside world. */
import { cancelWorkflow } from './cancel-workflow.ts'
import { checkProposal } from './check-proposal.ts'
import { destroySandbox } from './destroy-sandbox.ts'
import { dispatch } from './dispatch.ts'
import { inspectWorkflow } from './inspect-workflow.ts'
import { notify } from './notify.ts'
import { openPullRequest } from './open-pull-request.ts'
import type { Perform, PerformTable } from './perform.ts'
import { publishBranch } from './publish-branch.ts'
import { publishCheck } from './publish-check.ts'
import { publishComment } from './publish-comment.ts'
import { react } from './react.ts'
import { removeLabel } from './remove-label.ts'
import { replyLive } from './reply-live.ts'
import { resolveBase } from './resolve-base.ts'
import { settleFromWorkflow } from './settle-from-workflow.ts'
import { withdrawPullRequest } from './withdraw-pull-request.ts'

/** For what says on GitHub how a Run goes: its agent's words are no proposal, so that nothing else has checked them. */
const inPublic =
  (perform: Perform): Perform =>
  (deps, performance) =>
    perform(deps, { ...performance, run: deps.inPublic(performance.run) })

export const performTable: PerformTable = {
  react,
  publishComment: inPublic(publishComment),
  publishCheck: inPublic(publishCheck),
  resolveBase,
  dispatch,
  inspectWorkflow,
  settleFromWorkflow,
  cancelWorkflow,
  publishBranch,
  checkProposal,
  openPullRequest,
  withdrawPullRequest,
  destroySandbox,
  notify: inPublic(notify),
  replyLive,
  removeLabel,
}
