/** Check runs: made and changed by apps; a completed one says so by an event of its own. */
import type { Actor } from '../auth.ts'
import { readCommit, readRef } from '../git/objects.ts'
import { nodeId } from '../ids.ts'
import type { CheckRunRecord, RepositoryRecord } from '../records.ts'
import { checkRunPayload, suiteView } from '../views/checks.ts'
import { iso } from '../views/common.ts'
import type { Json } from '../views/common.ts'
import type { World } from '../world.ts'

export type CheckChange = Partial<
  Pick<
    CheckRunRecord,
    | 'name'
    | 'externalId'
    | 'detailsUrl'
    | 'status'
    | 'conclusion'
    | 'startedAt'
    | 'completedAt'
    | 'output'
    | 'annotations'
    | 'actions'
  >
>

export function createCheckRun(
  world: World,
  actor: Actor,
  repository: RepositoryRecord,
  wanted: { appSlug: string; name: string; headSha: string; suiteId?: number; id?: number } & CheckChange,
): CheckRunRecord {
  const id = wanted.id ?? world.ids.take('check')
  const check: CheckRunRecord = {
    id,
    nodeId: nodeId('CR', repository.id, id),
    repositoryId: repository.id,
    suiteId: wanted.suiteId ?? world.suiteId(repository.id, wanted.headSha, wanted.appSlug),
    appSlug: wanted.appSlug,
    name: wanted.name,
    headSha: wanted.headSha,
    externalId: wanted.externalId ?? '',
    detailsUrl: wanted.detailsUrl ?? null,
    status: 'queued',
    conclusion: null,
    startedAt: world.now(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
  }
  world.checkRuns.set(id, check)
  const change = completed(world, wanted)
  Object.assign(check, change)
  emitCheck(world, actor, check, 'created')
  if (check.status === 'completed') emitCheck(world, actor, check, 'completed')
  return check
}

export function updateCheckRun(world: World, actor: Actor, check: CheckRunRecord, change: CheckChange): void {
  const before = check.status
  Object.assign(check, completed(world, change))
  // A run that is taken up again has no end.
  if (check.status !== 'completed') Object.assign(check, { conclusion: null, completedAt: null })
  if (check.status === 'completed' && before !== 'completed') emitCheck(world, actor, check, 'completed')
}

/** A conclusion means completed, and completed has a time; fields that are absent stay as they are. */
function completed(world: World, change: CheckChange): CheckChange {
  const keys = [
    'name',
    'externalId',
    'detailsUrl',
    'status',
    'conclusion',
    'startedAt',
    'completedAt',
    'output',
    'annotations',
    'actions',
  ] as const
  const given: Json = {}
  for (const key of keys) if (change[key] !== undefined) given[key] = change[key]
  if (given['conclusion']) {
    given['status'] = 'completed'
    given['completedAt'] ??= world.now()
  }
  return given
}

export function emitCheck(world: World, actor: Actor, check: CheckRunRecord, action: string, extra: Json = {}): void {
  world.emit({
    name: 'check_run',
    action,
    repository: world.repositoryById(check.repositoryId),
    sender: actor.user,
    startsWorkflows: false,
    data: { check_run: checkRunPayload(world, check), ...extra },
  })
}

/** "Re-run all checks" on the tip of a branch: of the App's checks there. */
export function rerequestSuite(world: World, actor: Actor, repository: RepositoryRecord, branch: string): void {
  const data = suitePayload(world, repository, branch).then((suite) => ({ check_suite: suite }))
  const event = { name: 'check_suite', action: 'rerequested', startsWorkflows: false } as const
  world.emit({ ...event, repository, sender: actor.user, data })
}

async function suitePayload(world: World, repository: RepositoryRecord, branch: string): Promise<Json> {
  const ref = await readRef(repository.gitDir, `refs/heads/${branch}`)
  const ours = [...world.checkRuns.values()].filter((c) => c.headSha === ref?.sha && c.appSlug === world.app.slug)
  const [first] = ours
  if (!first) throw new Error(`The App has no check on ${branch}.`)
  const view = suiteView(world, first)
  const { tree, message, author, committer } = await readCommit(repository.gitDir, first.headSha)
  return {
    ...view,
    head_branch: branch,
    latest_check_runs_count: ours.length,
    check_runs_url: `${String(view['url'])}/check-runs`,
    head_commit: {
      id: first.headSha,
      tree_id: tree,
      message,
      timestamp: iso(committer.at * 1000),
      author: { name: author.name, email: author.email },
      committer: { name: committer.name, email: committer.email },
    },
  }
}
