/** The few ways in which GitHub says no, so that nobody outside this folder reads status codes. */

export type GitHubErrorKind =
  /** The thing is not there, or the App may not see it. */
  | 'not_found'
  /** The App lacks a permission, is suspended, or the account's rules forbid it. */
  | 'forbidden'
  /** Primary or secondary limit; try again after `retryAfterMs`. */
  | 'rate_limited'
  /** GitHub understood and refused; the same request will be refused again. */
  | 'invalid'
  /** Something that is not ours is in the way. */
  | 'conflict'
  /** GitHub is down, unreachable or too slow; the act may have happened. */
  | 'unavailable'

export class GitHubError extends Error {
  readonly kind: GitHubErrorKind
  readonly status: number | null
  readonly retryAfterMs: number | null
  constructor(
    kind: GitHubErrorKind,
    message: string,
    options: ErrorOptions & { status?: number | null; retryAfterMs?: number | null } = {},
  ) {
    super(message, options)
    this.name = 'GitHubError'
    this.kind = kind
    this.status = options.status ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}
