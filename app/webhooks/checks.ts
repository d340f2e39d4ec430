/**
 * Buttons of check runs and GitHub's own "Re-run": each is a command of who pressed it. There is no comment to react
 * to, so a refusal stands above the check's summary (surfaces.md 1.6).
 */
import type { RepositoryRef } from '../domain/events.ts'
import type { CheckActionId } from '../domain/render/check.ts'
import { withNote } from '../domain/render/check.ts'
import * as say from '../domain/render/replies.ts'
import type { CheckEvent } from '../github/translate.ts'
import { denied, ignored, processed, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

export async function onCheck(deps: Deps, event: CheckEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit a press on a check')
  if (!event.check.ours || event.check.runId === null) return ignored('not our check')
  if (event.automatic) return ignored('a bot')
  const button = (event.button ?? 'retry_run') as CheckActionId
  if (button !== 'retry_run') return ignored('a button that we do not have')
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  const run = await deps.engine.load(event.check.runId)
  if (run?.repository.id !== repository.id) return ignored('no run of this repository')
  if (!(await deps.talk.mayWrite(repository, event))) {
    await note(deps, repository, event, say.deniedVerbText(repository, 'retry'))
    const act = { action: 'run.retry', target: `run:${run.id}`, issue: run.issue.number, via: 'check' } as const
    return denied(deps, repository, event, act)
  }
  // What follows shows the Run in the check again, and with it takes an earlier note away.
  const answer = await deps.engine.retry(run.id, event.by.login, event.by.id, { via: 'check' })
  if (!('refused' in answer)) return processed(`${answer.id} is in attempt ${answer.attempt}`)
  await note(deps, repository, event, answer.message)
  return processed('explained')
}

async function note({ github }: Deps, repository: RepositoryRef, event: CheckEvent, text: string): Promise<void> {
  const { id, title, summary } = event.check
  const noted = withNote(summary, event.by.login, text)
  // The same press again changes nothing.
  if (noted === summary) return
  await github.updateCheck(repository, id, { title, summary: noted })
}
