/** 🚀 on the triggering comment: the Run exists (surfaces.md 1.4). GitHub answers a second reaction of the same kind with the first. */
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const react: Perform = async ({ github }, { run }) => {
  if (run.trigger.commentId !== null) await github.addReaction(run.repository, run.trigger.commentId, 'rocket')
  return nothing
}
