/** What an error of a performance means: when to come back, or that it was refused for good. */
import { GitHubError } from '../github/errors.ts'
import type { GitHubErrorKind } from '../github/errors.ts'
import { NotYet } from './perform.ts'

export interface Failure {
  ok: false
  detail: string
  retryAfterMs: number | null
  /** True when trying again cannot help. */
  final: boolean
  /** True when nothing failed: it was not its turn yet, or GitHub's limits leave no room now. */
  waits: boolean
}

const finalKinds: ReadonlySet<GitHubErrorKind> = new Set(['forbidden', 'invalid', 'not_found', 'conflict'])

/** GitHub says when to come back, and what it refused for good is not repeated. */
export function failure(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof NotYet) return { ok: false, detail, retryAfterMs: error.retryAfterMs, final: false, waits: true }
  if (error instanceof GitHubError) {
    const final = finalKinds.has(error.kind)
    return { ok: false, detail, retryAfterMs: error.retryAfterMs, final, waits: error.kind === 'rate_limited' }
  }
  return { ok: false, detail, retryAfterMs: null, final: false, waits: false }
}
