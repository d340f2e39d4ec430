/**
 * What an agent is: something that works in a checkout inside a sandbox and leaves commits. It sees the sandbox through
 * this interface only, gets no credentials, and whatever it prints or returns is data to everybody else.
 */
import type { AgentMessage, Handoff } from '#contracts/callbacks.ts'
import type { BindAnswer } from '#contracts/executor.ts'
import type { ContextKind } from '#contracts/onboarding.ts'

export interface AgentExecOptions {
  env?: Record<string, string>
  stdin?: string
  timeoutMs?: number
  /** Ends the command early; the hard stop of the Run always does. */
  signal?: AbortSignal
}

export interface AgentExecResult {
  exitCode: number | null
  stdout: string
  stderr: string
  timedOut: boolean
  aborted: boolean
}

export interface AgentStep {
  /** From 1. */
  step: number
  of: number
  title: string
  state: 'started' | 'completed' | 'failed'
}

/** One thing that the agent is given to read besides the issue. */
export interface Reading {
  /** As it was named: `deckhand:dev`, `docs/service-x.md`, `recentLogs:5`. */
  ref: string
  /** How far it is to be trusted, and `origin` says it in a sentence that belongs before the text. */
  kind: ContextKind
  origin: string
  /** Of a document of Deckhand; null otherwise. */
  version: number | null
  bytes: number
  text: string
  /** Where it lies inside the sandbox, outside of the checkout. */
  path: string
}

export interface AgentContext {
  runId: string
  /** The issue as it was when the Run was requested. */
  issue: BindAnswer['issue']
  instructions: string
  /** The onboarding document and the context packs, in the order in which the agent is to read them. */
  readings: readonly Reading[]
  /** The root of the checkout inside the sandbox, on a branch of its own, with a commit identity set. */
  workdir: string
  /** When the agent has to be done. */
  deadline: Date
  /** Fires when the Run is to stop or to pause: come to the end of the step; after a grace, commands are killed. */
  signal: AbortSignal
  /** The last step that is done already, before a pause: the checkout is as it was after it. 0 is a fresh start. */
  resumedAfter: number
  /** Runs a command in the checkout inside the sandbox; its output goes to the Run's log. Rejects if the sandbox broke. */
  exec(argv: readonly string[], options?: AgentExecOptions): Promise<AgentExecResult>
  /** Reports a step. Titles are shown to people: at most 120 characters. Also a checkpoint: throws when the Run stops or pauses. */
  progress(step: AgentStep): void
  /** What people said that the agent saw before a pause, in order. */
  told: readonly AgentMessage[]
  /**
   * Takes what people have said since it was last asked, in order; an agent that listens asks before each step, and the
   * Run says that it has seen them. Also a checkpoint: throws when the Run stops or pauses.
   */
  messages(): readonly AgentMessage[]
  log(level: 'info' | 'warn' | 'error', text: string): void
}

/** What the agent says of its work; what it did are the commits in the checkout. */
export interface AgentOutcome {
  /** Markdown, at most 4,000 characters. */
  summary: string
  risks: string[]
  handoff: Handoff
}

export interface Agent {
  readonly name: string
  /** @throws AgentError when it gave up. */
  run(context: AgentContext): Promise<AgentOutcome>
}

/** The agent gave up, with a reason for people. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly exitCode: number | null
  constructor(message: string, exitCode: number | null = null) {
    super(message)
    this.exitCode = exitCode
  }
}
