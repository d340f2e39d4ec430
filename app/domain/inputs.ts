/** Everything that the outside world can tell a Run. The only way in; `decide` turns an input into events or a refusal. */
import type { ExecutorEvent } from '../contracts/callbacks.ts'
import type { ReasonCode, WorkflowStatus } from '../contracts/status.ts'
import type { AppEventData, Binding, CallbackMark, PauseVia, Person, RetryVia, SayVia } from './events.ts'

/** Where a person's request came from: the address of the client, and what names it, where something does. */
export interface Asked {
  ip?: string | undefined
  command?: string | undefined
}

/** The same command again changes nothing. */
type Command = Pick<Asked, 'command'>

export type Input =
  /** The same issue was assigned again while the Run is live. */
  | { type: 'request.repeated'; by: Person; triggerId: string; at: number }
  | (Command & {
      type: 'cancel'
      by: string
      reason: string | null
      via: 'comment' | 'label' | 'api' | 'actions'
      at: number
    })
  | (Command & { type: 'kill'; by: string; reason: string | null; via?: 'comment' | 'api'; at: number })
  /** Ends the job at its next checkpoint and keeps what it did. */
  | (Command & { type: 'pause'; by: string; via: PauseVia; at: number })
  /** Goes on from the checkpoint, with a dispatch of its own. */
  | (Command & { type: 'resume'; by: string; via: PauseVia; dispatchId: string; at: number })
  /** Opens the next attempt of a Run that failed or was cancelled. */
  | (Command & {
      type: 'retry'
      by: string
      byId?: number
      via?: RetryVia
      dispatchId: string
      /** Instead of those that the agent had. */
      instructions?: string
      /** When it was asked for, by GitHub's clock. */
      askedAt?: number
      at: number
    })
  /** A message to the agent. The same `id` again is the same message. */
  | { type: 'say'; id: string; by: string; text: string; via: SayVia; at: number }
  /** The branch of a Run that failed was deleted, because somebody asked for it. */
  | { type: 'branch.drop'; by: string; via: 'check'; name: string; at: number }
  | { type: 'bind'; dispatchId: string; binding: Binding; at: number }
  | {
      type: 'callback'
      dispatchId: string
      bind: string
      jkt: string
      mark: CallbackMark
      event: ExecutorEvent
      at: number
    }
  /** A webhook tells of a workflow run that bears the Run's name; `createdAt` is when GitHub made it. */
  | {
      type: 'workflow.changed'
      workflowRunId: number
      runAttempt: number
      status: WorkflowStatus
      conclusion: string | null
      createdAt: number
      at: number
    }
  /** The sweep: `heartbeatAt` is the newest heartbeat, which is a field of its own and not an event. */
  | { type: 'tick'; heartbeatAt: number | null; at: number }
  /** What an effect brought back; `null` where it changes nothing but its own record. */
  | { type: 'outcome'; outcome: Outcome | null; at: number }
  | { type: 'effect.abandoned'; effect: string; detail: string; at: number }

/** What the outside did, as told by an effect that was performed. */
export type Outcome =
  | { type: 'base.resolved'; data: AppEventData['base.resolved'] }
  /** It is not its turn: the effect is kept and performed again. */
  | { type: 'run.waits'; data: AppEventData['run.waits'] }
  | { type: 'run.dispatched'; data: AppEventData['run.dispatched'] }
  | { type: 'workflow.observed'; data: AppEventData['workflow.observed'] }
  /** The job of a Run is over and left no report that ends it. */
  | { type: 'executor.gone'; data: { conclusion: string | null } }
  | { type: 'status_comment.posted'; data: AppEventData['status_comment.posted'] }
  | { type: 'check.published'; data: AppEventData['check.published'] }
  | { type: 'branch.published'; data: AppEventData['branch.published'] }
  | { type: 'proposal.refused'; data: AppEventData['proposal.refused'] }
  /** It keeps the rules, and a dry run wants no more of it. */
  | { type: 'proposal.accepted'; data: Record<string, never> }
  | { type: 'pull_request.opened'; data: AppEventData['pull_request.opened'] }
  | { type: 'pull_request.withdrawn'; data: AppEventData['pull_request.withdrawn'] }
  | { type: 'sandbox.reaped'; data: AppEventData['sandbox.reaped'] }
  /** An effect found that the Run may not go on (no permission any more, the branch is not ours, …). */
  | { type: 'refused'; data: { reason: ReasonCode; detail: string | null } }

/** Why an input changed nothing. `code` is stable; the sentence is for logs and problem bodies. */
export interface Refusal {
  refused:
    | 'unknown_input'
    | 'ended'
    | 'not_allowed_now'
    | 'already_bound'
    | 'not_bound'
    | 'foreign_job'
    | 'duplicate'
    | 'expected_seq'
    | 'fork'
    | 'past_deadline'
    | 'only_destroyed'
    | 'ledger_full'
  message: string
  expectedSeq?: number
}
