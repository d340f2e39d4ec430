/** Runs in the words of tools that call one a work order, for the paths that those tools know. */
import { z } from 'zod'

import { AssignRequest, INSTRUCTIONS_CHARS_MAX, LogLineBody, RunBody } from './api.ts'
import { MESSAGE_CHARS_MAX } from './callbacks.ts'
import { IsoTime, RunId } from './ids.ts'

export const workOrderStatuses = ['pending', 'running', 'completed', 'failed'] as const
const WorkOrderStatus = z.enum(workOrderStatuses)
export type WorkOrderStatus = z.infer<typeof WorkOrderStatus>
const Phase = z.enum(['planning', 'completed']).nullable()

const RepositoryUrl = z.url().max(300).describe('Address of the repository on GitHub')

export const WorkOrderRequest = z.strictObject({
  repository_url: RepositoryUrl,
  github_issue_number: z.string().regex(/^[1-9]\d{0,9}$/, 'a work order needs the number of an issue'),
  user_request: z.string().max(INSTRUCTIONS_CHARS_MAX).optional(),
  sandbox_type: z.string().max(64).optional().describe('Taken and not used: a setting of the app chooses'),
  workflow_type: z.literal('agent_workflow_plan').optional(),
})

export const WorkOrderQuery = z.strictObject({
  status: WorkOrderStatus.optional().describe('Only work orders in this state'),
})
/** `POST /agent-work-orders/{id}/prompt` */
export const WorkOrderPromptRequest = z.strictObject({
  agent_work_order_id: z.string().max(64).optional().describe('Taken and not used: the path names it'),
  prompt_text: z.string().min(1).max(MESSAGE_CHARS_MAX),
})
const digits = z.string().regex(/^\d{1,6}$/)
export const WorkOrderLogQuery = z.strictObject({
  limit: digits.optional().describe('How many lines at most, from 1 to 1000'),
  offset: digits.optional().describe('How many lines to leave out'),
})

export const WorkOrder = z.strictObject({
  agent_work_order_id: RunId,
  repository_url: z.string(),
  sandbox_identifier: z.string().nullable(),
  git_branch_name: z.string().nullable(),
  agent_session_id: z.null(),
  workflow_type: z.literal('agent_workflow_plan'),
  sandbox_type: z.string().nullable(),
  github_issue_number: z.string(),
  status: WorkOrderStatus,
  current_phase: Phase,
  created_at: IsoTime,
  updated_at: IsoTime,
  github_pull_request_url: z.string().nullable(),
  git_commit_count: z.int(),
  git_files_changed: z.int(),
  error_message: z.string().nullable(),
})
export type WorkOrder = z.infer<typeof WorkOrder>
export const WorkOrders = z.array(WorkOrder)

export const GitProgress = z.strictObject({
  agent_work_order_id: RunId,
  current_phase: Phase,
  git_commit_count: z.int(),
  git_files_changed: z.int(),
  latest_commit_message: z.string().nullable(),
})
export type GitProgress = z.infer<typeof GitProgress>

export const WorkOrderLog = z.strictObject({ agent_work_order_id: RunId, log_entries: z.array(LogLineBody) })
export type WorkOrderLog = z.infer<typeof WorkOrderLog>

/** `POST /github/verify-repository` */
export const VerifyRepositoryRequest = z.strictObject({ repository_url: RepositoryUrl })
export const VerifyRepositoryBody = z.strictObject({
  is_accessible: z.boolean(),
  repository: z.strictObject({ name: z.string(), owner: z.string(), defaultBranch: z.string() }).nullable(),
})
export type VerifyRepositoryBody = z.infer<typeof VerifyRepositoryBody>

/** `POST /agents/spawn` */
export const SpawnRequest = z.strictObject({
  repository: z
    .string()
    .max(140)
    .regex(/^[^/]+\/[^/]+$/, 'owner/name'),
  issue: z.int().min(1).max(9_999_999_999),
  ...AssignRequest.shape,
})
export const SpawnBody = z.strictObject({ agentId: RunId, run: RunBody })
export type SpawnBody = z.infer<typeof SpawnBody>
