/**
 * The sandbox interface: an isolated machine for one attempt of a Run. The action acquires and uses sandboxes; the app
 * lists, kills and reaps them. The metadata goes with the create call itself, so that a half-made sandbox can be found.
 */
import type { acquireFailures } from '#contracts/callbacks.ts'
import type { Isolation } from '#contracts/ids.ts'

export type { Isolation }

export interface AcquireSpec {
  /** The installation of Deckhand that made it (the app's id and host); what `list` filters by. */
  owner: string
  runId: string
  attemptId: string
  template?: string
  env?: Record<string, string>
  /** Lifetime that the provider itself enforces, even if we die; extended while heartbeats go well. */
  ttlMs: number
  /** One deadline over all tries. */
  acquireTimeoutMs: number
  network?: 'none' | 'all' | { allow: string[] }
  signal?: AbortSignal
}

export interface ExecOptions {
  cwd?: string
  env?: Record<string, string>
  /** Kills the whole process tree; the result then has `timedOut: true`. */
  timeoutMs?: number
  signal?: AbortSignal
  stdin?: string | Uint8Array
  onStdout?: (text: string) => void
  onStderr?: (text: string) => void
}

export interface ExecResult {
  /** Null when a signal, the time limit or an abort ended it. */
  exitCode: number | null
  /** The last `OUTPUT_BYTES_MAX` bytes, as text. */
  stdout: string
  stderr: string
  timedOut: boolean
  aborted: boolean
  durationMs: number
}
export const OUTPUT_BYTES_MAX = 1024 * 1024
/** The largest file that `read` hands over. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024

export interface Sandbox extends AsyncDisposable {
  readonly id: string
  readonly workdir: string
  readonly isolation: Isolation
  /** Time-out and abort kill the whole tree and resolve; rejects only if the sandbox itself failed. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  read(path: string): Promise<Uint8Array>
  write(path: string, data: string | Uint8Array): Promise<void>
  extend(ttlMs: number): Promise<void>
  /**
   * Stops it as it is and keeps it: it has no lifetime until `attach` brings it back, so whoever pauses it owes its end.
   * Only where the provider can. Rejects when it may still run.
   */
  pause?(): Promise<void>
  /** Idempotent; a sandbox that is gone already is fine; a failing provider rejects. */
  destroy(): Promise<void>
}

export interface SandboxRef {
  id: string
  owner: string
  runId: string
  attemptId: string
  startedAt: Date
  endsAt: Date | null
}

export interface SandboxProvider {
  readonly name: string
  /** `anywhere`: the app can kill it by id. `runner`: only the machine that made it can. */
  readonly reach: 'anywhere' | 'runner'
  check(): Promise<{ ok: boolean; isolation: Isolation; detail: string }>
  /** Rejects with `SandboxAcquireError` only. */
  acquire(spec: AcquireSpec): Promise<Sandbox>
  /**
   * Also brings back a paused one. With `ttlMs` it lives that long from now on. Null when it is gone; rejects when that
   * is not known, so that nothing is lost by another try.
   */
  attach(id: string, ttlMs?: number): Promise<Sandbox | null>
  list(owner: string): AsyncIterable<SandboxRef>
  /** Idempotent, like `Sandbox.destroy`. */
  destroy(id: string): Promise<void>
  /**
   * Waits, at most `withinMs`, until the sandboxes that an `acquire` of unknown outcome may have left were looked for
   * and killed. Never rejects; `pending: true` says that the search was still going on. Whoever may exit soon after a
   * failed `acquire` calls it; a provider without it leaves nothing behind.
   */
  settle?(withinMs: number): Promise<{ killed: string[]; pending: boolean }>
}

export type AcquireFailure = (typeof acquireFailures)[number]

/** Why no sandbox could be had, in the words of the ledger. */
export class SandboxAcquireError extends Error {
  readonly reason: AcquireFailure
  constructor(reason: AcquireFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SandboxAcquireError'
    this.reason = reason
  }
}

/** What a provider needs from outside; given by whoever builds the table, never read from `process.env`. */
export interface ProviderSettings {
  e2bApiKey?: string | undefined
  e2bApiUrl?: string | undefined
  e2bSandboxUrl?: string | undefined
  localIsolation?: 'auto' | 'none' | undefined
  /** Where local sandboxes and their records live; `deckhand-sandboxes` in the system's temporary folder by default. */
  localDir?: string | undefined
}
