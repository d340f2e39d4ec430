/** What the phases of one bound job share, and the two ways in which a phase fails on purpose. */
import { COUNT_MAX } from '#contracts/callbacks.ts'
import type { ExecutorEvent } from '#contracts/callbacks.ts'
import type { BindAnswer } from '#contracts/executor.ts'
import type { ProviderSettings, Sandbox, SandboxProvider } from '#sandboxes/provider.ts'

import type { Agent } from './agents/agent.ts'
import type { Commands } from './commands.ts'
import type { Inputs } from './inputs.ts'
import type { Link } from './link.ts'
import type { Level } from './logs.ts'
import type { Mailbox } from './mailbox.ts'
import type { Redactor } from './redact.ts'
import type { Timing } from './timing.ts'
import type { Workspace } from './workspace.ts'

/** Everything from outside that the phases need; the entry builds it, and a test builds its own. */
export interface World {
  inputs: Inputs
  commands: Commands
  redactor: Redactor
  timing: Timing
  providerFor: (name: BindAnswer['sandbox']['provider'], settings: ProviderSettings) => Promise<SandboxProvider>
  agentFor: (name: string) => Promise<Agent | undefined>
  /** Calls back when the runner asks the job to stop; returns how to stop listening. */
  onStopSignal: (listener: () => void) => () => void
}

/** What the agent made, when the app could not take it. */
export interface LeftProposal {
  digest: string
  body: Uint8Array
}

interface Held {
  sandbox: Sandbox | null
  provider: string
  /** The sandbox is the one that a pause had put away. */
  attached: boolean
  workspace: Workspace | null
  /** The agent's last step that is done, and when it began in this job. */
  step: number
  agentStartedAt: number | null
}

export interface Stage {
  world: World
  run: BindAnswer
  link: Link
  /** The sandbox as soon as there is one; the clean-up works from here. */
  held: Held
  /** What people say to the agent. */
  mailbox: Mailbox
  /** Queues an event; secrets are taken out of its texts. */
  report(event: ExecutorEvent): void
  /** Waits until the app has taken all reports so far, for a while; not when the job is to stop. */
  told(): Promise<void>
  /** A remark of our own, in the Run's log and in the runner's. */
  say(level: Level, text: string): void
  /** Enters a phase: a checkpoint, and the name that heartbeats carry. */
  enter(phase: string): void
  /** The app cannot be reached: the proposal, and every event from now on, waits for it in the artifact. */
  leave(proposal: LeftProposal): void
}

/** The agent did not make it. It has been reported already. */
export class AgentFailed extends Error {
  override readonly name = 'AgentFailed'
}

/** The change is one that we may not hand over. `reason` is null when `agent.failed` has told it already. */
export class PolicyRefusal extends Error {
  override readonly name = 'PolicyRefusal'
  readonly reason: 'executor_failed' | null
  constructor(message: string, reason: 'executor_failed' | null = null) {
    super(message)
    this.reason = reason
  }
}

export const msSince = (start: number): number => Math.max(0, Math.round(performance.now() - start))

/** A count for an event's field: one that the contract does not take would cost the job all its work. */
export const clipCount = (count: number): number => Math.min(count, COUNT_MAX)

/** Shortens a text for an event's field, with a mark that it was shortened. */
export const clip = (text: string, charsMax: number): string =>
  text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`
