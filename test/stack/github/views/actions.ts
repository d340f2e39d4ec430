/** Workflow runs, their jobs and artifacts. */
import { readCommit } from '../git/objects.ts'
import type { ArtifactRecord, WorkflowJobRecord, WorkflowRunRecord } from '../records.ts'
import type { World } from '../world.ts'
import { iso, isoOrNull, repositoryApi, repositoryHtml, userView } from './common.ts'
import type { Json } from './common.ts'
import { nodeId } from '../ids.ts'
import { pullMinimalView } from './pull.ts'
import { minimalRepositoryView } from './repository.ts'

const actionsApi = (world: World, run: WorkflowRunRecord) =>
  `${repositoryApi(world, world.repositoryById(run.repositoryId))}/actions`
export const runHtml = (world: World, run: WorkflowRunRecord) =>
  `${repositoryHtml(world, world.repositoryById(run.repositoryId))}/actions/runs/${run.id}`

/** `workflow-run` */
export async function workflowRunView(world: World, run: WorkflowRunRecord): Promise<Json> {
  const repository = world.repositoryById(run.repositoryId)
  const api = actionsApi(world, run)
  const url = `${api}/runs/${run.id}`
  const actor = userView(world, world.userById(run.actorId))
  const commit = await readCommit(repository.gitDir, run.headSha)
  return {
    id: run.id,
    name: run.name,
    node_id: run.nodeId,
    check_suite_id: run.suiteId,
    check_suite_node_id: nodeId('CS', repository.id, run.suiteId),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflowPath,
    run_number: run.runNumber,
    run_attempt: run.attempt,
    referenced_workflows: [],
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflowId,
    url,
    html_url: runHtml(world, run),
    pull_requests: run.pullNumbers.map((number) => pullMinimalView(world, world.pull(repository.id, number))),
    created_at: iso(run.createdAt),
    updated_at: iso(run.updatedAt),
    actor,
    triggering_actor: actor,
    run_started_at: iso(run.runStartedAt),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryApi(world, repository)}/check-suites/${run.suiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${api}/workflows/${run.workflowId}`,
    display_title: run.displayTitle,
    head_commit: {
      id: run.headSha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: iso(commit.committer.at * 1000),
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    },
    repository: minimalRepositoryView(world, repository),
    head_repository: minimalRepositoryView(world, repository),
  }
}

/** `job` */
export function workflowJobView(world: World, record: WorkflowJobRecord): Json {
  const run = world.workflowRuns.get(record.runId) as WorkflowRunRecord
  const api = actionsApi(world, run)
  return {
    id: record.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${api}/runs/${run.id}`,
    run_attempt: record.attempt,
    node_id: record.nodeId,
    head_sha: run.headSha,
    url: `${api}/jobs/${record.id}`,
    html_url: `${runHtml(world, run)}/job/${record.id}`,
    status: record.status,
    conclusion: record.conclusion,
    created_at: iso(record.createdAt),
    started_at: iso(record.startedAt),
    completed_at: isoOrNull(record.completedAt),
    name: record.name,
    steps: record.steps.map(({ name, number, status, conclusion, startedAt, completedAt }) => ({
      name,
      status,
      conclusion,
      number,
      started_at: isoOrNull(startedAt),
      completed_at: isoOrNull(completedAt),
    })),
    check_run_url: `${repositoryApi(world, world.repositoryById(run.repositoryId))}/check-runs/${record.checkRunId}`,
    labels: record.labels,
    runner_id: record.runnerName === null ? null : 1,
    runner_name: record.runnerName,
    runner_group_id: record.runnerName === null ? null : 0,
    runner_group_name: record.runnerName === null ? null : 'GitHub Actions',
  }
}

/** `artifact` */
export function artifactView(world: World, artifact: ArtifactRecord): Json {
  const run = world.workflowRuns.get(artifact.runId) as WorkflowRunRecord
  const url = `${actionsApi(world, run)}/artifacts/${artifact.id}`
  return {
    id: artifact.id,
    node_id: artifact.nodeId,
    name: artifact.name,
    size_in_bytes: artifact.zip.byteLength,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expiresAt <= world.now(),
    digest: artifact.digest,
    created_at: iso(artifact.createdAt),
    updated_at: iso(artifact.createdAt),
    expires_at: iso(artifact.expiresAt),
    workflow_run: {
      id: run.id,
      repository_id: run.repositoryId,
      head_repository_id: run.repositoryId,
      head_branch: run.headBranch,
      head_sha: run.headSha,
    },
  }
}

/** `workflow`, as `workflow_run` payloads carry it. */
export function workflowView(world: World, run: WorkflowRunRecord): Json {
  const repository = world.repositoryById(run.repositoryId)
  return {
    id: run.workflowId,
    node_id: nodeId('W', repository.id, run.workflowId),
    name: run.name,
    path: run.workflowPath,
    state: 'active',
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.createdAt),
    url: `${actionsApi(world, run)}/workflows/${run.workflowId}`,
    html_url: `${repositoryHtml(world, repository)}/blob/${repository.defaultBranch}/${run.workflowPath}`,
    badge_url: `${repositoryHtml(world, repository)}/actions/workflows/${run.workflowPath.split('/').pop()}/badge.svg`,
  }
}
