/**
 * Buttons of check runs and GitHub's own "Re-run": each is a command of who pressed it. There is no comment to react
 * to, so a refusal stands above the check's summary (surfaces.md 1.6).
 */
import type { Act } from '../domain/acts.ts'
import { branchToDrop } from '../domain/branch.ts'
import type { RepositoryRef } from '../domain/events.ts'
import type { CheckActionId } from '../domain/render/check.ts'
import { withNote } from '../domain/render/check.ts'
import * as say from '../domain/render/replies.ts'
import type { Run } from '../domain/run.ts'
import type { CheckEvent } from '../github/translate.ts'
import { denied, ignored, processed, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

interface Button {
  action: Act['action']
  denied: (repository: RepositoryRef) => string
  /** What came of it, or what its presser is told. Whatever is done shows the Run in the check again, without a note. */
  press: (deps: Deps, repository: RepositoryRef, event: CheckEvent, run: Run) => Promise<{ done: string } | string>
}

const buttons: Record<CheckActionId, Button> = {
  retry_run: { action: 'run.retry', denied: (repository) => say.deniedVerbText(repository, 'retry'), press: retry },
  drop_branch: { action: 'run.drop_branch', denied: say.deniedDropText, press: dropBranch },
}

export async function onCheck(deps: Deps, event: CheckEvent | null): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit a press on a check')
  if (!event.check.ours || event.check.runId === null) return ignored('not our check')
  if (event.automatic) return ignored('a bot')
  const pressed = event.button ?? 'retry_run'
  if (!isOurs(pressed)) return ignored('a button that we do not have')
  const button = buttons[pressed]
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  const run = await deps.engine.load(event.check.runId)
  if (run?.repository.id !== repository.id) return ignored('no run of this repository')
  if (!(await deps.talk.mayWrite(repository, event))) {
    await note(deps, repository, event, button.denied(repository))
    const act = { action: button.action, target: `run:${run.id}`, issue: run.issue.number, via: 'check' } as const
    return denied(deps, repository, event, act)
  }
  const answer = await button.press(deps, repository, event, run)
  if (typeof answer !== 'string') return processed(answer.done)
  await note(deps, repository, event, answer)
  return processed('explained')
}

const isOurs = (identifier: string): identifier is CheckActionId => Object.hasOwn(buttons, identifier)

async function retry({ engine }: Deps, _: RepositoryRef, { by }: CheckEvent, run: Run) {
  const answer = await engine.retry(run.id, by.login, by.id, { via: 'check' })
  return 'refused' in answer ? answer.message : { done: `${answer.id} is in attempt ${answer.attempt}` }
}

/** The branch goes before the Run says so: a press that is handled again finds it absent. */
async function dropBranch({ engine, github, now }: Deps, repository: RepositoryRef, { by }: CheckEvent, run: Run) {
  const branch = branchToDrop(run)
  if ('refused' in branch) return branch.message
  const { name, sha } = branch
  if ((await github.deleteBranch(repository, { branch: name, sha })) === 'moved') return say.branchMovedText(name)
  const dropped = { type: 'branch.drop', by: by.login, via: 'check', name, at: now() } as const
  const answer = await engine.submit(run.id, dropped)
  return 'refused' in answer ? answer.message : { done: `the branch of ${run.id} is gone` }
}

async function note({ github }: Deps, repository: RepositoryRef, event: CheckEvent, text: string): Promise<void> {
  const { id, title, summary } = event.check
  const noted = withNote(summary, event.by.login, text)
  // The same press again changes nothing.
  if (noted === summary) return
  await github.updateCheck(repository, id, { title, summary: noted })
}
