/**
 * What a Run that failed has left on its branch: whoever may retry it may have the branch deleted instead (surfaces.md
 * 1.6, "Close the branch"). Of a Run that succeeded it belongs to the pull request.
 */
import type { DraftEvent } from './events.ts'
import type { Input, Refusal } from './inputs.ts'
import type { Run } from './run.ts'

/** The branch that may be deleted, or why there is none. */
export function branchToDrop({ id, status, branch }: Run): { name: string; sha: string } | Refusal {
  const refuse = (message: string): Refusal => ({ refused: 'not_allowed_now', message })
  if (status !== 'failed') return refuse(`Run ${id} has not failed, so its branch is kept.`)
  return branch ?? refuse(`Run ${id} has no branch.`)
}

export function decideDrop(
  run: Run,
  { by, via, name, at }: Extract<Input, { type: 'branch.drop' }>,
): DraftEvent[] | Refusal {
  const branch = branchToDrop(run)
  if ('refused' in branch) return branch
  if (branch.name !== name) return { refused: 'not_allowed_now', message: `Run ${run.id} has another branch by now.` }
  return [{ type: 'branch.dropped', data: { name, by, via }, at, actor: by }]
}
