/** Workflow runs, their jobs and artifacts, as the REST API shows and steers them. */
import { requestCancel, rerun } from '../acts/actions.ts'
import { ApiError, notFound } from '../errors.ts'
import type { ArtifactRecord, WorkflowRunRecord } from '../records.ts'
import { countedAnswer, noContent, numberOf, ok, onRepository, reads, text, writes } from '../route.ts'
import type { RepositoryCall, Routes } from '../route.ts'
import { signedPath } from '../signed-urls.ts'
import { artifactView, workflowJobView, workflowRunView } from '../views/actions.ts'

const DOWNLOAD_LIFETIME_MS = 60_000

function runOf(call: RepositoryCall): WorkflowRunRecord {
  const found = call.world.workflowRuns.get(numberOf(call, 'run_id'))
  if (!found || found.repositoryId !== call.repository.id) throw notFound()
  return found
}

/** `created`: `>=2024-01-01T00:00:00Z`, `<…`, `a..b` or one day. */
function createdWithin(run: WorkflowRunRecord, range: string): boolean {
  const at = run.createdAt
  const [from, to] = range.split('..')
  if (to !== undefined) return (from === '*' || at >= startOf(from ?? '')) && (to === '*' || at <= endOf(to))
  const [, operator = '', time = ''] = /^(>=|<=|>|<)?(.*)$/.exec(range) ?? []
  if (operator === '>=') return at >= startOf(time)
  if (operator === '>') return at > endOf(time)
  if (operator === '<=') return at <= endOf(time)
  if (operator === '<') return at < startOf(time)
  return at >= startOf(time) && at <= endOf(time)
}
const startOf = (time: string) => Date.parse(time)
/** A date without a time means the whole day; a time the whole second. */
const endOf = (time: string) => Date.parse(time) + (time.length <= 10 ? 24 * 60 * 60 * 1000 : 1_000) - 1

function filtered(call: RepositoryCall): WorkflowRunRecord[] {
  const { world, repository, query } = call
  const is = (name: string, value: unknown) => query[name] === undefined || query[name] === value
  return [...world.workflowRuns.values()]
    .filter((r) => r.repositoryId === repository.id)
    .filter((r) => is('event', r.event) && is('branch', r.headBranch) && is('head_sha', r.headSha))
    .filter((r) => is('actor', world.userById(r.actorId).login))
    .filter((r) => query['status'] === undefined || r.status === query['status'] || r.conclusion === query['status'])
    .filter((r) => query['created'] === undefined || createdWithin(r, text(query['created'])))
    .toReversed()
}

function runsOfWorkflow(call: RepositoryCall) {
  const wanted = text(call.params['workflow_id'])
  const all = filtered(call).filter((r) => String(r.workflowId) === wanted || r.workflowPath.endsWith(`/${wanted}`))
  return countedAnswer(call, 'workflow_runs', all, (run) => workflowRunView(call.world, run))
}

function cancel(force: boolean) {
  return onRepository(writes('actions'), (call) => {
    requestCancel(call.world, runOf(call), force)
    return { status: 202, body: {} }
  })
}
const again = onRepository(writes('actions'), (call) => {
  rerun(call.world, runOf(call))
  return { status: 201, body: {} }
})

function jobs(call: RepositoryCall) {
  const run = runOf(call)
  const every = call.query['filter'] === 'all'
  const all = call.world.jobsOf(run).filter((record) => every || record.attempt === run.attempt)
  return countedAnswer(call, 'jobs', all, (record) => workflowJobView(call.world, record))
}

function artifacts(call: RepositoryCall, all: readonly ArtifactRecord[]) {
  const name = call.query['name']
  const found = all.filter((artifact) => name === undefined || artifact.name === name).toReversed()
  return countedAnswer(call, 'artifacts', found, (artifact) => artifactView(call.world, artifact))
}

function artifactOf(call: RepositoryCall): ArtifactRecord {
  const found = call.world.artifacts.get(numberOf(call, 'artifact_id'))
  if (!found || found.repositoryId !== call.repository.id) throw notFound()
  return found
}

function download(call: RepositoryCall) {
  const { world } = call
  const artifact = artifactOf(call)
  if (call.params['archive_format'] !== 'zip') throw notFound()
  if (artifact.expiresAt <= world.now()) throw new ApiError(410, 'Artifact has expired')
  const path = signedPath(world, `/_artifacts/${artifact.id}`, world.now() + DOWNLOAD_LIFETIME_MS)
  return { status: 302, headers: { location: `${world.url}${path}` } }
}

function jobOf(call: RepositoryCall) {
  const found = call.world.workflowJobs.get(numberOf(call, 'job_id'))
  const run = found && call.world.workflowRuns.get(found.runId)
  if (!found || run?.repositoryId !== call.repository.id) throw notFound()
  return found
}

const actions = '/repos/{owner}/{repo}/actions'
const downloads = { ...reads('actions'), evenPublic: true }
export const actionRoutes: Routes = {
  [`GET ${actions}/runs`]: onRepository(reads('actions'), (call) =>
    countedAnswer(call, 'workflow_runs', filtered(call), (run) => workflowRunView(call.world, run)),
  ),
  [`GET ${actions}/workflows/{workflow_id}/runs`]: onRepository(reads('actions'), runsOfWorkflow),
  [`GET ${actions}/runs/{run_id}`]: onRepository(reads('actions'), async (call) =>
    ok(await workflowRunView(call.world, runOf(call))),
  ),
  [`POST ${actions}/runs/{run_id}/cancel`]: cancel(false),
  [`POST ${actions}/runs/{run_id}/force-cancel`]: cancel(true),
  [`POST ${actions}/runs/{run_id}/rerun`]: again,
  [`POST ${actions}/runs/{run_id}/rerun-failed-jobs`]: again,
  [`GET ${actions}/runs/{run_id}/jobs`]: onRepository(reads('actions'), jobs),
  [`GET ${actions}/jobs/{job_id}`]: onRepository(reads('actions'), (call) =>
    ok(workflowJobView(call.world, jobOf(call))),
  ),
  [`GET ${actions}/jobs/{job_id}/logs`]: onRepository(downloads, (call) => {
    const path = signedPath(call.world, `/_logs/${jobOf(call).id}`, call.world.now() + DOWNLOAD_LIFETIME_MS)
    return { status: 302, headers: { location: `${call.world.url}${path}` } }
  }),
  [`GET ${actions}/runs/{run_id}/artifacts`]: onRepository(reads('actions'), (call) =>
    artifacts(call, call.world.artifactsOf(runOf(call))),
  ),
  [`GET ${actions}/artifacts`]: onRepository(reads('actions'), (call) =>
    artifacts(
      call,
      [...call.world.artifacts.values()].filter((a) => a.repositoryId === call.repository.id),
    ),
  ),
  [`GET ${actions}/artifacts/{artifact_id}`]: onRepository(reads('actions'), (call) =>
    ok(artifactView(call.world, artifactOf(call))),
  ),
  [`DELETE ${actions}/artifacts/{artifact_id}`]: onRepository(writes('actions'), (call) => {
    call.world.artifacts.delete(artifactOf(call).id)
    return noContent
  }),
  [`GET ${actions}/artifacts/{artifact_id}/{archive_format}`]: onRepository(downloads, download),
}
