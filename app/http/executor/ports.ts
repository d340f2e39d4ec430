/** What the executor's routes need of the rest of the app; passed in, so that tests can stand in for its edges. */
import type { AgentReading } from '../../contracts/onboarding.ts'
import type { Callback } from '../../engine.ts'
import type { RepositoryRef } from '../../domain/events.ts'
import type { Input, Refusal } from '../../domain/inputs.ts'
import type { Run } from '../../domain/run.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { StateListener } from '../../store/feed.ts'
import type { LogStore } from '../../store/logs.ts'
import type { ProposalStore } from '../../store/proposals.ts'

/** The part of the engine that executors reach. */
interface EnginePort {
  submit(runId: string, input: Input): Promise<Run | Refusal>
  load(runId: string): Promise<Run | null>
  seen(runId: string): Run | null
  seenAt(runId: string, lastHash: string): Run | null
  acceptCallback(runId: string, callback: Callback): Promise<{ run: Run; replay: boolean } | Refusal>
  heartbeat(runId: string, at: number): Promise<void>
}

/** A released reusable workflow whose jobs may report: `ref` is a full commit id (`pinned`) or a git ref. */
export interface ExecutorWorkflow {
  owner: string
  name: string
  file: string
  ref: string
  pinned: boolean
}

export interface OidcSettings {
  issuer: string
  workflows: readonly ExecutorWorkflow[]
  allowSelfHostedRunners: boolean
}

export interface ExecutorDeps {
  /** Origin without a trailing slash; every `aud` is built from it and never from what a request says. */
  publicUrl: string
  githubUrl: string
  oidc: OidcSettings
  engine: EnginePort
  /** The repository whose workflow works on this Run: its own, or the central one. */
  executorRepository: (run: Run) => Promise<{ id: number; defaultBranch: string }>
  /** The nonce that the dispatch with this id was sent with. */
  nonceFor: (dispatchId: string) => string
  /** The kill switch: while it is on, or nobody can tell, no job begins. */
  switchedOff: () => Promise<boolean>
  /** A token that can read this one repository's contents and nothing else. */
  readToken: (repository: RepositoryRef) => Promise<{ value: string; expiresAt: string }>
  /** What the agent is given to read besides the issue; null when nothing. */
  reading: (run: Run) => Promise<AgentReading | null>
  sandbox: { owner: string; isolation: 'auto' | 'none' }
  feed: { onState(runId: string, listener: StateListener): () => void }
  proposals: Pick<ProposalStore, 'putProposal' | 'getProposal'>
  logs: Pick<LogStore, 'appendLogs'>
  audit: (event: AuditEvent) => Promise<void>
  now: () => number
}
