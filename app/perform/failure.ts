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
}

const finalKinds: ReadonlySet<GitHubErrorKind> = new Set(['forbidden', 'invalid', 'not_found', 'conflict'])

/** GitHub says when to come back, and what it refused for good is not repeated. */
export function failure(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof NotYet) return { ok: false, detail, retryAfterMs: error.retryAfterMs, final: false }
  if (error instanceof GitHubError) {
    return { ok: false, detail, retryAfterMs: error.retryAfterMs, final: finalKinds.has(error.kind) }
  }
  return { ok: false, detail, retryAfterMs: null, final: false }
}
