/** Workflow runs, their jobs and artifacts: what the local Actions runner reports, with the events that go with it. */
import { createHash } from 'node:crypto'

import { createCheckRun, updateCheckRun } from './checks.ts'
import type { Actor } from '../auth.ts'
import { ApiError } from '../errors.ts'
import { nodeId } from '../ids.ts'
import type { ArtifactRecord, WorkflowJobRecord, WorkflowRunRecord } from '../records.ts'
import type { ActionsService, CreateWorkflowRun } from '../types.ts'
import { runHtml, workflowJobView, workflowRunView, workflowView } from '../views/actions.ts'
import type { World } from '../world.ts'

const ARTIFACT_LIFETIME_MS = 90 * 24 * 60 * 60 * 1000

function actionsActor(world: World): Actor {
  return { user: world.actionsBot, viaApp: world.actionsApp.slug, startsWorkflows: false }
}

function workflowRunOf(world: World, id: number): WorkflowRunRecord {
  const run = world.workflowRuns.get(id)
  if (!run) throw new Error(`The local GitHub has no workflow run ${id}.`)
  return run
}

export function createWorkflowRun(world: World, wanted: CreateWorkflowRun): WorkflowRunRecord {
  const repository = world.repository(wanted.repository)
  const id = world.ids.take('workflowRun')
  const at = world.now()
  const workflowId = world.workflowId(repository.id, wanted.workflowPath)
  const actor = wanted.actor === undefined ? world.userById(repository.ownerId) : world.user(wanted.actor)
  const run: WorkflowRunRecord = {
    id,
    nodeId: nodeId('WFR', repository.id, id),
    repositoryId: repository.id,
    workflowId,
    workflowPath: wanted.workflowPath,
    name: wanted.name,
    displayTitle: wanted.displayTitle ?? wanted.name,
    event: wanted.event,
    headSha: wanted.headSha,
    headBranch: wanted.headBranch,
    runNumber: [...world.workflowRuns.values()].filter((r) => r.workflowId === workflowId).length + 1,
    attempt: 1,
    status: wanted.status ?? 'queued',
    conclusion: null,
    // Each workflow run has a check suite of its own.
    suiteId: world.ids.take('suite'),
    actorId: actor.id,
    createdAt: at,
    updatedAt: at,
    runStartedAt: at,
    cancelRequestedAt: null,
    pullNumbers: wanted.pullRequests ?? [],
  }
  world.workflowRuns.set(id, run)
  emitRun(world, run, 'requested')
  return run
}

function emitRun(world: World, run: WorkflowRunRecord, action: string): void {
  const repository = world.repositoryById(run.repositoryId)
  const workflow = workflowView(world, run)
  // The head commit has to be asked of git; the run is shown as it is now, not as it is then.
  const data = workflowRunView(world, { ...run }).then((view) => ({ workflow_run: view, workflow }))
  world.emit({
    name: 'workflow_run',
    action,
    repository,
    sender: world.userById(run.actorId),
    data,
    startsWorkflows: false,
  })
}

export function updateWorkflowRun(
  world: World,
  id: number,
  change: Parameters<ActionsService['updateWorkflowRun']>[1],
): WorkflowRunRecord {
  const run = workflowRunOf(world, id)
  const before = run.status
  if (change.displayTitle !== undefined) run.displayTitle = change.displayTitle
  if (change.status !== undefined) run.status = change.status
  if (change.conclusion !== undefined) run.conclusion = change.conclusion
  if (run.conclusion !== null) run.status = 'completed'
  if (run.status === 'completed' && run.conclusion === null)
    throw new Error('A completed workflow run needs a conclusion.')
  run.updatedAt = world.now()
  if (run.status !== before && (run.status === 'in_progress' || run.status === 'completed'))
    emitRun(world, run, run.status)
  return run
}

export function createWorkflowJob(
  world: World,
  runId: number,
  wanted: { name: string; labels?: readonly string[] },
): WorkflowJobRecord {
  const run = workflowRunOf(world, runId)
  const id = world.ids.take('check')
  const at = world.now()
  const record: WorkflowJobRecord = {
    id,
    checkRunId: id,
    nodeId: nodeId('CR', run.repositoryId, id),
    runId,
    attempt: run.attempt,
    name: wanted.name,
    labels: wanted.labels ?? ['ubuntu-latest'],
    status: 'queued',
    conclusion: null,
    createdAt: at,
    startedAt: at,
    completedAt: null,
    steps: [],
    runnerName: null,
    logs: '',
  }
  world.workflowJobs.set(id, record)
  createCheckRun(world, actionsActor(world), world.repositoryById(run.repositoryId), {
    appSlug: world.actionsApp.slug,
    id,
    suiteId: run.suiteId,
    name: wanted.name,
    headSha: run.headSha,
    detailsUrl: `${runHtml(world, run)}/job/${id}`,
  })
  emitJob(world, run, record, 'queued')
  return record
}

function emitJob(world: World, run: WorkflowRunRecord, record: WorkflowJobRecord, action: string): void {
  const repository = world.repositoryById(run.repositoryId)
  const data = { workflow_job: workflowJobView(world, record) }
  world.emit({
    name: 'workflow_job',
    action,
    repository,
    sender: world.userById(run.actorId),
    data,
    startsWorkflows: false,
  })
}

export function updateWorkflowJob(
  world: World,
  id: number,
  change: Parameters<ActionsService['updateWorkflowJob']>[1],
): WorkflowJobRecord {
  const record = world.workflowJobs.get(id)
  if (!record) throw new Error(`The local GitHub has no workflow job ${id}.`)
  const before = record.status
  for (const [key, value] of Object.entries(change)) if (value !== undefined) Object.assign(record, { [key]: value })
  if (record.conclusion !== null) record.status = 'completed'
  if (record.status === before) return record
  if (record.status === 'in_progress') record.startedAt = world.now()
  if (record.status === 'completed') record.completedAt = world.now()
  const check = world.checkRuns.get(record.checkRunId)
  const { status, conclusion } = record
  if (check) updateCheckRun(world, actionsActor(world), check, { status, ...(conclusion ? { conclusion } : {}) })
  emitJob(world, workflowRunOf(world, record.runId), record, status)
  return record
}

export function addArtifact(world: World, runId: number, name: string, zip: Uint8Array): ArtifactRecord {
  const run = workflowRunOf(world, runId)
  const id = world.ids.take('artifact')
  const artifact: ArtifactRecord = {
    id,
    nodeId: nodeId('A', run.repositoryId, id),
    runId,
    repositoryId: run.repositoryId,
    name,
    zip,
    digest: `sha256:${createHash('sha256').update(zip).digest('hex')}`,
    createdAt: world.now(),
    expiresAt: world.now() + ARTIFACT_LIFETIME_MS,
  }
  world.artifacts.set(id, artifact)
  return artifact
}

/** Asked, not done: the runner hears it and ends the run, which on github.com takes from seconds to five minutes. */
export function requestCancel(world: World, run: WorkflowRunRecord, force: boolean): void {
  if (run.status === 'completed') throw new ApiError(409, 'Cannot cancel a workflow run that is completed.')
  run.cancelRequestedAt ??= world.now()
  for (const listener of world.onCancel) listener(run.id, force)
}

export function rerun(world: World, run: WorkflowRunRecord): void {
  if (run.status !== 'completed') throw new ApiError(403, 'This workflow is already running')
  Object.assign(run, { attempt: run.attempt + 1, status: 'queued', conclusion: null, cancelRequestedAt: null })
  run.runStartedAt = world.now()
  emitRun(world, run, 'requested')
  for (const listener of world.onRerun) listener(run.id, run.attempt)
}
