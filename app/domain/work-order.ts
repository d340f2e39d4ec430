/** A Run as a work order; see `contracts/work-orders.ts`. */
import type { RunBody } from '../contracts/api.ts'
import type { RunStatus } from '../contracts/status.ts'
import type { GitProgress, WorkOrder, WorkOrderStatus } from '../contracts/work-orders.ts'

const statuses: Record<RunStatus, WorkOrderStatus> = {
  queued: 'pending',
  running: 'running',
  paused: 'running',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
}

/** The states of a Run that a work order calls by this name. */
export function runStatusesOf(status: WorkOrderStatus): RunStatus[] {
  return (Object.keys(statuses) as RunStatus[]).filter((each) => statuses[each] === status)
}

export function toWorkOrder(run: RunBody, githubUrl: string): WorkOrder {
  const { latest_commit_message: _, ...progress } = toGitProgress(run)
  const status = statuses[run.status]
  return {
    ...progress,
    repository_url: `${githubUrl}/${run.repository.owner}/${run.repository.name}`,
    sandbox_identifier: run.sandbox?.id ?? null,
    git_branch_name: run.branch?.name ?? null,
    agent_session_id: null,
    workflow_type: 'agent_workflow_plan',
    sandbox_type: run.sandbox?.provider ?? null,
    github_issue_number: String(run.issue.number),
    status,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    github_pull_request_url: run.pullRequest?.url ?? null,
    error_message: status === 'failed' ? (run.reason?.cause ?? null) : null,
  }
}

export function toGitProgress(run: RunBody): GitProgress {
  const status = statuses[run.status]
  return {
    agent_work_order_id: run.id,
    current_phase: status === 'completed' ? 'completed' : status === 'pending' ? null : 'planning',
    git_commit_count: run.git.commits,
    git_files_changed: run.git.files,
    latest_commit_message: run.git.latestCommitMessage,
  }
}
