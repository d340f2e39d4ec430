/** Check runs: made and changed by apps; a completed one says so by an event of its own. */
import type { Actor } from '../auth.ts'
import { nodeId } from '../ids.ts'
import type { CheckRunRecord, RepositoryRecord } from '../records.ts'
import { checkRunPayload } from '../views/checks.ts'
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
