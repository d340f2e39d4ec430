/** Which Run a command means (surfaces.md 1.3): the one it names, or the newest of the issue or pull request. */
import type { RepositoryRef } from '../domain/events.ts'
import { isAskedAfter } from '../domain/obeyed.ts'
import { RUNS_LOOKED_THROUGH_MAX } from '../domain/policy.ts'
import { createdByRun } from '../domain/render/markers.ts'
import * as say from '../domain/render/replies.ts'
import type { Run } from '../domain/run.ts'
import type { IssueEvent } from '../github/translate.ts'
import type { Deps } from './deps.ts'

/**
 * The Run, or a sentence that says why there is none. Without an id it is the one that has not ended (an issue has at
 * most one), else the newest. A pull request has the Run that opened it: its mark says which, and our own record has to
 * say the same, because people can edit the text that the mark stands in. However it is named, a Run whose attempt was
 * asked for only after the command was written is not meant; `at` null, of a question, means the Run as it is now.
 */
export async function targetOf(
  { engine }: Deps,
  repository: RepositoryRef,
  { issue, at }: IssueEvent,
  runId: string | null,
): Promise<{ run: Run } | { run: null; text: string }> {
  const nothing = (text: string): { run: null; text: string } => ({ run: null, text })
  const inTime = (run: Run) => (isAskedAfter(run, at) ? nothing(say.writtenBeforeText(run)) : { run })
  const own = issue.isPullRequest ? await openedBy(engine, repository, issue) : null
  if (issue.isPullRequest && !own) return nothing(say.notOurPullRequestText)
  const number = own?.issue.number ?? issue.number
  if (runId !== null && runId !== own?.id) {
    const named = await engine.load(runId)
    const fits = named?.repository.id === repository.id && named.issue.number === number
    return fits ? inTime(named) : nothing(say.otherRunText(runId))
  }
  if (own) return inTime(own)
  const live = await engine.liveRun(repository.id, number)
  if (live && !isAskedAfter(live, at)) return { run: live }
  const runs = await engine.latestRuns(repository.id, number, RUNS_LOOKED_THROUGH_MAX)
  const run = runs.find((each) => !isAskedAfter(each, at))
  if (run) return { run }
  return nothing(runs[0] ? say.writtenBeforeText(runs[0]) : say.noRunText)
}

async function openedBy(
  engine: Deps['engine'],
  repository: RepositoryRef,
  pull: IssueEvent['issue'],
): Promise<Run | null> {
  const runId = createdByRun(pull.body)
  const run = runId === null ? null : await engine.load(runId)
  return run?.repository.id === repository.id && run.pullRequest?.number === pull.number ? run : null
}
