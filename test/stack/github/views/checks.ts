/** Check runs and their suites. */
import type { CheckRunRecord } from '../records.ts'
import type { World } from '../world.ts'
import { appView, isoOrNull, repositoryApi, repositoryHtml } from './common.ts'
import type { Json } from './common.ts'
import { openPullsAt, pullMinimalView } from './pull.ts'
import { minimalRepositoryView } from './repository.ts'

/** `check-run` */
export function checkRunView(world: World, check: CheckRunRecord): Json {
  const repository = world.repositoryById(check.repositoryId)
  const api = `${repositoryApi(world, repository)}/check-runs/${check.id}`
  return {
    id: check.id,
    name: check.name,
    node_id: check.nodeId,
    head_sha: check.headSha,
    external_id: check.externalId,
    url: api,
    html_url: `${repositoryHtml(world, repository)}/runs/${check.id}`,
    details_url: check.detailsUrl ?? `${world.url}/apps/${check.appSlug}`,
    status: check.status,
    conclusion: check.conclusion,
    started_at: isoOrNull(check.startedAt),
    completed_at: isoOrNull(check.completedAt),
    output: {
      ...check.output,
      annotations_count: check.annotations.length,
      annotations_url: `${api}/annotations`,
    },
    check_suite: { id: check.suiteId },
    app: appView(world, world.appBySlug(check.appSlug)),
    pull_requests: openPullsAt(world, repository.id, check.headSha).map((pull) => pullMinimalView(world, pull)),
  }
}

/** Payloads carry the whole suite. */
export function checkRunPayload(world: World, check: CheckRunRecord): Json {
  return { ...checkRunView(world, check), check_suite: suiteView(world, check) }
}

export function suiteView(world: World, check: CheckRunRecord): Json {
  const repository = world.repositoryById(check.repositoryId)
  const all = [...world.checkRuns.values()].filter((other) => other.suiteId === check.suiteId)
  const started = Math.min(...all.map((other) => other.startedAt ?? world.now()))
  const completed = all.every((other) => other.status === 'completed')
  const worst = all.find((other) => other.conclusion !== 'success')?.conclusion ?? 'success'
  return {
    id: check.suiteId,
    node_id: check.nodeId.replace(/^CR_/, 'CS_'),
    head_branch: openPullsAt(world, repository.id, check.headSha)[0]?.headRef ?? repository.defaultBranch,
    head_sha: check.headSha,
    status: completed ? 'completed' : 'in_progress',
    conclusion: completed ? worst : null,
    url: `${repositoryApi(world, repository)}/check-suites/${check.suiteId}`,
    before: null,
    after: check.headSha,
    pull_requests: openPullsAt(world, repository.id, check.headSha).map((pull) => pullMinimalView(world, pull)),
    app: appView(world, world.appBySlug(check.appSlug)),
    created_at: isoOrNull(started),
    updated_at: isoOrNull(check.completedAt ?? started),
    repository: minimalRepositoryView(world, repository),
  }
}
