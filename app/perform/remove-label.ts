/** Takes the trigger label off at the end of the Run, so that adding it again means "again" (surfaces.md 1.2). */
import { nothing } from './perform.ts'
import type { Perform } from './perform.ts'

export const removeLabel: Perform = async ({ github, label }, { run }) => {
  await github.removeLabel(run.repository, run.issue.number, label)
  await github.removeLabel(run.repository, run.issue.number, `${label}:${run.agent}`)
  return nothing
}
