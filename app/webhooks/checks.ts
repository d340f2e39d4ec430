/**
 * Buttons of check runs and GitHub's own "Re-run": each is a command of who pressed it. There is no comment to react
 * to, so a refusal stands above the check's summary (surfaces.md 1.6).
 */
import type { Act } from '../domain/acts.ts'
import { branchToDrop } from '../domain/branch.ts'
import type { RepositoryRef } from '../domain/events.ts'
import type { CheckActionId } from '../domain/render/check.ts'
import { renderCheck, withNote } from '../domain/render/check.ts'
import * as say from '../domain/render/replies.ts'
import type { Run } from '../domain/run.ts'
import { runOfBranch } from '../domain/slug.ts'
import type { CheckEvent, PersonEvent, SuiteEvent } from '../github/translate.ts'
import { mayRetry } from './admins.ts'
import { DENIED, denied, ignored, processed, refused } from './deps.ts'
import type { DeliveryOutcome, Deps } from './deps.ts'

/** A press has no id of its own: that of its delivery, which stays when it is delivered again, stands for it. */
type Press = PersonEvent & { delivery: string; checkId?: number }

interface Button {
  action: Act['action']
  denied: (repository: RepositoryRef) => string
  /** What came of it, or what its presser is told. Whatever is done shows the Run in the check again, without a note. */
  press: (deps: Deps, repository: RepositoryRef, event: Press, run: Run) => Promise<{ done: string } | string>
}

const buttons: Record<CheckActionId, Button> = {
  retry_run: { action: 'run.retry', denied: (repository) => say.deniedVerbText(repository, 'retry'), press: retry },
  drop_branch: { action: 'run.drop_branch', denied: say.deniedDropText, press: dropBranch },
}

export async function onCheck(deps: Deps, event: CheckEvent | null, delivery: string): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit a press on a check')
  if (!event.check.ours || event.check.runId === null) return ignored('not our check')
  if (event.automatic) return ignored('a bot')
  const pressed = event.button ?? 'retry_run'
  if (!isOurs(pressed)) return ignored('a button that we do not have')
  return obey(
    deps,
    { ...event, delivery, checkId: event.check.id },
    { runId: event.check.runId, button: buttons[pressed], shown: () => event.check },
  )
}

/** "Re-run all checks": a Run has one at a time, and its branch says whose it is. */
export async function onSuite(deps: Deps, event: SuiteEvent | null, delivery: string): Promise<DeliveryOutcome> {
  if (!event) return refused('the payload does not fit a press on all checks')
  const runId = event.ours && event.branch !== null ? runOfBranch(event.branch) : null
  if (runId === null) return ignored('not our checks')
  if (event.automatic) return ignored('a bot')
  const shown = (run: Run): Shown | null =>
    run.checkRunId === null ? null : { id: run.checkRunId, ...renderCheck(deps.inPublic(run), deps.urls) }
  return obey(deps, { ...event, delivery }, { runId, button: buttons.retry_run, shown })
}

type Shown = Pick<CheckEvent['check'], 'id' | 'title' | 'summary'>
interface Pressed {
  runId: string
  button: Button
  /** The check as it stands, which takes a refusal; null where there is none. */
  shown: (run: Run) => Shown | null
}

async function obey(deps: Deps, event: Press, { runId, button, shown }: Pressed): Promise<DeliveryOutcome> {
  const repository = await deps.talk.admit(event)
  if (!repository) return ignored('unknown or suspended installation, or another repository')
  const run = await deps.engine.load(runId)
  if (run?.repository.id !== repository.id) return ignored('no run of this repository')
  const note = (text: string) => noteOn(deps, repository, shown(run), event.by.login, text)
  if (!(await deps.talk.mayWrite(repository, event))) {
    await note(button.denied(repository))
    const act = { action: button.action, target: `run:${run.id}`, issue: run.issue.number, via: 'check' } as const
    return denied(deps, repository, event, act)
  }
  if (button === buttons.retry_run && !(await mayRetry(deps, repository, event, run, 'check'))) {
    await note(say.deniedGatesOffText(repository))
    return DENIED
  }
  const answer = await button.press(deps, repository, event, run)
  if (typeof answer !== 'string') return processed(answer.done)
  await note(answer)
  return processed('explained')
}

const isOurs = (identifier: string): identifier is CheckActionId => Object.hasOwn(buttons, identifier)

async function retry({ engine }: Deps, _: RepositoryRef, { by, delivery }: Press, run: Run) {
  const answer = await engine.retry(run.id, by.login, by.id, { via: 'check', command: delivery })
  return 'refused' in answer ? answer.message : { done: `${answer.id} is in attempt ${answer.attempt}` }
}

/** The branch goes before the Run says so: a press that is handled again finds it absent. */
async function dropBranch({ engine, github, now }: Deps, repository: RepositoryRef, { by, checkId }: Press, run: Run) {
  const branch = branchToDrop(run)
  if ('refused' in branch) return branch.message
  // Its page may have been open since an earlier attempt, or its delivery be late.
  if (checkId !== run.checkRunId) return say.earlierCheckText
  const { name, sha } = branch
  if ((await github.deleteBranch(repository, { branch: name, sha })) === 'moved') return say.branchMovedText(name)
  const dropped = { type: 'branch.drop', by: by.login, via: 'check', name, at: now() } as const
  const answer = await engine.submit(run.id, dropped)
  return 'refused' in answer ? answer.message : { done: `the branch of ${run.id} is gone` }
}

async function noteOn(
  { github }: Deps,
  repository: RepositoryRef,
  shown: Shown | null,
  login: string,
  text: string,
): Promise<void> {
  if (!shown) return
  const { id, title, summary } = shown
  const noted = withNote(summary, login, text)
  // The same press again changes nothing.
  if (noted === summary) return
  await github.updateCheck(repository, id, { title, summary: noted })
}
