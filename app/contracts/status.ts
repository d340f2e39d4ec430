/**
 * The one vocabulary of a Run's state. It stands in the contracts, so that the app, the action and the web client
 * cannot drift apart, and so that a word shown anywhere is derived in one place.
 */
import { z } from 'zod'

export const runStatuses = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const
export const RunStatus = z.enum(runStatuses)
export type RunStatus = z.infer<typeof RunStatus>

/** Finer truth inside a status: where in its life the Run is. */
export const phases = [
  'admitting',
  'dispatching',
  'acquiring_sandbox',
  'preparing',
  'executing',
  'gating',
  'publishing',
  'cancelling',
] as const
export const Phase = z.enum(phases)
export type Phase = z.infer<typeof Phase>

/** GitHub's words for how a workflow run stands, in the order in which it goes through them. */
export const workflowStatuses = ['queued', 'in_progress', 'completed'] as const
export const WorkflowStatus = z.enum(workflowStatuses)
export type WorkflowStatus = z.infer<typeof WorkflowStatus>

/** Stable codes for why a Run ended (or waits). Their sentences stand in `domain/render/reasons.ts`. */
export const reasonCodes = [
  'pull_request_opened',
  'no_changes',
  'dry_run',
  'dispatch_failed',
  'dispatch_timeout',
  'action_too_old',
  'sandbox_acquire_timeout',
  'sandbox_rate_limited',
  'sandbox_unauthorized',
  'sandbox_provider_error',
  'heartbeat_lost',
  'agent_failed',
  'agent_timeout',
  'run_timeout',
  'executor_failed',
  'proposal_refused',
  'protected_path',
  'proposal_too_large',
  'secret_in_output',
  'proposal_unchecked',
  'base_moved',
  'publish_failed',
  'permission_lost',
  'kill_switch',
  'ledger_full',
  'pause_timeout',
  'waiting_timeout',
  'issue_closed',
  'needs_answer',
  'paused_by_person',
  'cancelled_by_person',
  'label_removed',
  'kill',
] as const
export const ReasonCode = z.enum(reasonCodes)
export type ReasonCode = z.infer<typeof ReasonCode>

export const terminalStatuses: readonly RunStatus[] = ['succeeded', 'failed', 'cancelled']

/** True when nothing but a retry can change the Run's result any more. */
export function isTerminal(status: RunStatus): boolean {
  return terminalStatuses.includes(status)
}

/** How one state is shown: the word first, so that icon and colour never carry the meaning alone (WCAG 1.4.1). */
export interface StatusView {
  key: 'queued' | 'running' | 'paused' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'timed_out'
  word: string
  octicon: string
  variant: 'secondary' | 'accent' | 'attention' | 'success' | 'danger'
  emoji: string
}

const views: Record<StatusView['key'], StatusView> = {
  queued: { key: 'queued', word: 'Queued', octicon: 'clock', variant: 'secondary', emoji: '⚪' },
  running: { key: 'running', word: 'Running', octicon: 'sync', variant: 'accent', emoji: '🔵' },
  paused: { key: 'paused', word: 'Paused', octicon: 'pause', variant: 'attention', emoji: '🟡' },
  waiting: { key: 'waiting', word: 'Needs you', octicon: 'comment-discussion', variant: 'attention', emoji: '🟡' },
  succeeded: { key: 'succeeded', word: 'Succeeded', octicon: 'check-circle-fill', variant: 'success', emoji: '🟢' },
  failed: { key: 'failed', word: 'Failed', octicon: 'x-circle-fill', variant: 'danger', emoji: '🔴' },
  cancelled: { key: 'cancelled', word: 'Cancelled', octicon: 'skip', variant: 'secondary', emoji: '⚫' },
  timed_out: { key: 'timed_out', word: 'Timed out', octicon: 'clock', variant: 'danger', emoji: '🔴' },
}

/** Turns a stored (status, reason) into what people see. Everything that shows a Run uses this one function. */
export function statusView(status: RunStatus, reason: ReasonCode | null): StatusView {
  if (status === 'paused' && reason === 'needs_answer') return views.waiting
  if (status === 'failed' && reason === 'run_timeout') return views.timed_out
  return views[status]
}
