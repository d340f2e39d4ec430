/** Turns what Octokit throws into the few kinds of `GitHubError`. The request is left out: it may hold a nonce. */
import { GitHubError } from './errors.ts'
import type { GitHubErrorKind } from './errors.ts'

/** GitHub's advice for a secondary limit without `retry-after`. */
const SECONDARY_LIMIT_WAIT_MS = 60_000
const RETRY_AFTER_MS_MAX = 3_600_000
const MESSAGE_CHARS_MAX = 400

interface Answer {
  status?: unknown
  message?: unknown
  response?: { headers?: Record<string, string | undefined> }
  request?: { method?: string; url?: string }
}

export function toGitHubError(error: unknown, now: number): GitHubError {
  if (error instanceof GitHubError) return error
  const { status, message, response, request }: Answer = error instanceof Error ? error : {}
  const said = typeof message === 'string' ? message.slice(0, MESSAGE_CHARS_MAX) : 'GitHub failed in an unknown way'
  const asked = request?.url ? `${request.method} ${pathOf(request.url)}: ` : ''
  // A lost connection carries a made-up 500 and no response.
  const answered = typeof status === 'number' && response !== undefined ? status : null
  const headers = response?.headers ?? {}
  const kind = answered === null ? 'unavailable' : kindOf(answered, said, headers)
  return new GitHubError(kind, `${asked}${answered === null ? '' : `${answered} `}${said}`, {
    status: answered,
    retryAfterMs: kind === 'rate_limited' || headers['retry-after'] ? retryAfterMs(headers, now) : null,
  })
}

function kindOf(status: number, message: string, headers: Record<string, string | undefined>): GitHubErrorKind {
  const limited = headers['x-ratelimit-remaining'] === '0' || /secondary rate|rate limit|abuse detection/i.test(message)
  if (status === 429 || (status === 403 && (limited || headers['retry-after'] !== undefined))) return 'rate_limited'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 401 || status === 403 || status === 451) return 'forbidden'
  return status >= 500 || status === 408 ? 'unavailable' : 'invalid'
}

function retryAfterMs(headers: Record<string, string | undefined>, now: number): number {
  const seconds = Number(headers['retry-after'])
  if (headers['retry-after'] !== undefined && Number.isFinite(seconds)) {
    return Math.min(Math.max(0, seconds * 1_000), RETRY_AFTER_MS_MAX)
  }
  const reset = Number(headers['x-ratelimit-reset'])
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) {
    // One second more, because the reset is rounded down.
    return Math.min(Math.max(0, reset * 1_000 + 1_000 - now), RETRY_AFTER_MS_MAX)
  }
  return SECONDARY_LIMIT_WAIT_MS
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url.split('?')[0]!
}

/** Runs a request whose "not there" is an answer and not a failure. */
export async function orNull<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request
  } catch (error) {
    if (toGitHubError(error, 0).kind === 'not_found') return null
    throw error
  }
}

/** True for an error of these HTTP states. */
export function hasStatus(error: unknown, ...states: readonly number[]): boolean {
  const { status }: Answer = error instanceof Error ? error : {}
  return typeof status === 'number' && states.includes(status)
}

/** Text of a failed validation, from GitHub's `message` and `errors`. */
export function validationText(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
