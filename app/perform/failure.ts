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
  /** True when GitHub is down, unreachable or too slow, whoever asks. */
  away: boolean
}

const finalKinds: ReadonlySet<GitHubErrorKind> = new Set(['forbidden', 'invalid', 'not_found', 'conflict'])

/** What of an error goes into a Run and its ledger. */
export const FAILURE_DETAIL_CHARS_MAX = 500

/** GitHub says when to come back, and what it refused for good is not repeated. */
export function failure(error: unknown): Failure {
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, FAILURE_DETAIL_CHARS_MAX)
  const failed = { ok: false, detail, retryAfterMs: null, final: false, waits: false, away: false } as const
  if (error instanceof NotYet) return { ...failed, retryAfterMs: error.retryAfterMs, waits: true }
  if (error instanceof GitHubError) {
    const { kind, retryAfterMs } = error
    const final = finalKinds.has(kind)
    return { ...failed, retryAfterMs, final, waits: kind === 'rate_limited', away: kind === 'unavailable' }
  }
  return failed
}
