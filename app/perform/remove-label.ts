/** Takes the trigger label off at the end of the Run, so that adding it again means "again" (surfaces.md 1.2). */
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const TRIGGER_LABEL = 'agent'

export const removeLabel: Perform = async ({ github }, { run }) => {
  await github.removeLabel(run.repository, run.issue.number, TRIGGER_LABEL)
  await github.removeLabel(run.repository, run.issue.number, `${TRIGGER_LABEL}:${run.agent}`)
  return nothing
}
