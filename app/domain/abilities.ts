/** What the action of a Run's job understands: actions are pinned by those who use them, so old ones meet newer apps. */
import type { ActionAbility } from '../contracts/executor.ts'
import type { Run } from './run.ts'

/** Whether the job that is bound said at its bind that it can do this. False while none is bound. */
export const jobCan = ({ dispatch }: Pick<Run, 'dispatch'>, ability: ActionAbility): boolean =>
  dispatch.binding?.abilities?.includes(ability) ?? false
