/** What performing an effect means: the ports that it may use, what it is told, and what it may answer. */
import type { Proposal } from '../contracts/executor.ts'
import type { EffectType } from '../domain/effects.ts'
import type { Outcome } from '../domain/inputs.ts'
import type { NotifyLevel } from '../contracts/browse.ts'
import type { Urls } from '../domain/render/urls.ts'
import type { Run } from '../domain/run.ts'
import type { GitHubPort, Repo, WorkflowRunSighting } from '../github/port.ts'
import type { SandboxProvider } from '../sandboxes/provider.ts'
import type { Cadence } from './cadence.ts'
import type { Turns } from './turns.ts'

/** One JSON line per event; a pino logger fits. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What a job left in its artifact because it could not reach us. */
export interface Undelivered {
  /** One `{jws, payload}` a line, in order. */
  lines: readonly string[]
  /** Proposals by their digest; who reads them compares. */
  proposals: ReadonlyMap<string, Uint8Array>
}

export interface PerformDeps {
  github: GitHubPort
  /** The providers by name, as the Run remembers which one it used. */
  provider: (name: string) => Promise<SandboxProvider>
  /** The stored bundle, or null when the digest is unknown. Rejects with `NoProposal` when it is none. */
  proposal: (runId: string, digest: string) => Promise<Proposal | null>
  /** Numbers of the pull requests that other Runs opened for the same issue, oldest first. */
  earlierPullRequests: (run: Run) => Promise<number[]>
  /** Takes what a job left as if it arrived now. */
  takeUndelivered: (runId: string, left: Undelivered) => Promise<void>
  /** The one-time secret of a dispatch: a keyed function of its id, so that nothing secret has to be stored. */
  nonceFor: (dispatchId: string) => string
  sha256: (text: string) => string
  /** Whether the kill switch is on. Rejects when nobody can tell; then nothing may be started. */
  switchedOff: () => Promise<boolean>
  /** Secrets of the installation itself, which may never leave in a change. */
  knownSecrets: readonly string[]
  /** The Run as it may stand on GitHub: without the words of its agent that hold a secret. */
  inPublic: (run: Run) => Run
  /** Marks the sandboxes of this installation at the provider. */
  sandboxOwner: string
  urls: Urls
  /** Which new comments are posted beside the edited one. */
  notify: NotifyLevel
  /** The trigger label. */
  label: string
  /** Who may start, and who stands in line. */
  turns: Pick<Turns, 'take'>
  /** When the status comments of an installation may be edited. */
  cadence: Cadence
  /** Base of the executor's routes of a Run: `${PUBLIC_URL}/api/runs/${runId}`. */
  callbackUrl: (runId: string) => string
  log: Log & { debug: Log['info'] }
  now: () => number
}

export interface Performance {
  run: Run
  /** An earlier try may have gone through: look before making. */
  retried: boolean
  memo: Record<string, string>
}

export interface Performed {
  outcome: Outcome | null
  memo?: Record<string, string>
  /** It could do nothing yet: it is kept, and performed again after so long. */
  againAfterMs?: number
}

export type Perform = (deps: PerformDeps, performance: Performance) => Promise<Performed>
export type PerformTable = Record<EffectType, Perform>

/** Not an error: the effect has to wait for something and looks again later. */
export class NotYet extends Error {
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.name = 'NotYet'
    this.retryAfterMs = retryAfterMs
  }
}

/** Where the workflow runs: the target itself, or one central repository by a setting. */
export async function executorRepo(deps: PerformDeps, run: Run): Promise<Repo> {
  const { executorRepository, repository } = run
  if (!executorRepository) return repository
  const found = await deps.github.repository(executorRepository.owner, executorRepository.name)
  if (!found) {
    const name = `${executorRepository.owner}/${executorRepository.name}`
    throw new Error(`The App is not installed on the executor repository ${name}: install it there.`)
  }
  return found
}

/** The workflow run of the present dispatch, as GitHub's list has it. */
export const listedWorkflowRun = ({ github }: PerformDeps, repo: Repo, run: Run): Promise<WorkflowRunSighting> =>
  github.findWorkflowRun(repo, run.id, run.dispatch.firstSentAt ?? run.createdAt, run.formerWorkflowRunId)

export const nothing: Performed = { outcome: null }
