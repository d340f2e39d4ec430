/** Refusals of the HTTP API as RFC 9457 problem bodies: one catalogue, never a stack, never which check of a proof failed. */
import { problems } from '../contracts/problems.ts'
import type { Problem, ProblemCode } from '../contracts/problems.ts'

export interface ProblemFacts {
  /** What was wrong and what to do, for people. Leave it out where it would help an attacker. */
  detail?: string
  expectedSeq?: number
  runId?: string
  errors?: { path: string; message: string }[]
}

export interface ProblemOptions extends ProblemFacts {
  headers?: Record<string, string>
  /** A low-cardinality word for the counter of refusals; it is not told to the caller. */
  reason?: string
  cause?: unknown
}

/** Throw it from anywhere below a route; the server turns it into the answer. */
export class ProblemError extends Error {
  readonly code: ProblemCode
  readonly facts: ProblemFacts
  readonly headers: Record<string, string>
  readonly reason: string

  constructor(code: ProblemCode, { headers = {}, reason = code, cause, ...facts }: ProblemOptions = {}) {
    super(facts.detail ?? problems[code].title, { cause })
    this.name = 'ProblemError'
    this.code = code
    this.facts = facts
    this.headers = headers
    this.reason = reason
  }

  get status(): number {
    return problems[this.code].status
  }
}

export const PROBLEM_TYPE = 'application/problem+json'

/** The body that goes over the wire. */
export function problemBody(error: ProblemError, publicUrl: string, reference: string): Problem {
  const { status, title } = problems[error.code]
  const type = `${publicUrl}/problems/${error.code}`
  return { type, title, status, code: error.code, ...error.facts, reference }
}

/** The database cannot be reached now: the caller may come again, and nothing of ours is broken. */
const AWAY =
  /^Mongo(ServerSelection|Network|NetworkTimeout|NotConnected|PoolCleared|PoolClosed|TopologyClosed|WriteConcern)Error$/
const RETRY_AFTER_SECONDS = '5'

/** What of an error of GitHub's this layer may know: it is told by its name, because it is made below (ARCHITECTURE.md). */
type OfGitHub = Error & { kind?: unknown; retryAfterMs?: unknown }

const isOfGitHub = (error: unknown): error is OfGitHub =>
  error instanceof Error && error.name === 'GitHubError' && 'kind' in error

/** GitHub cannot be asked now, or not by us: its own limit, or our budget of calls, is used up. */
export const isGitHubAway = (error: unknown): error is OfGitHub =>
  isOfGitHub(error) && (error.kind === 'rate_limited' || error.kind === 'unavailable')

/** GitHub answered that it will not: the App is gone from there, say. The same question gets the same answer again. */
export const isGitHubRefusal = (error: unknown): boolean => isOfGitHub(error) && !isGitHubAway(error)

function githubAway(cause: OfGitHub): ProblemError {
  const { retryAfterMs } = cause
  const after =
    typeof retryAfterMs === 'number' ? String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) : RETRY_AFTER_SECONDS
  const detail = `GitHub could not be asked just now. Try again in ${after} s.`
  return new ProblemError('unavailable', { reason: 'github', detail, headers: { 'retry-after': after }, cause })
}

/** Turns whatever was thrown into a problem: what is not one of ours becomes `internal`, without a word of it. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  // The router's own refusals (a path that cannot be decoded) carry a status and are the caller's fault.
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 400) return new ProblemError('bad_request', { detail: 'The path is not valid.', cause: error })
  if (error instanceof Error && AWAY.test(error.name)) {
    const detail = 'The database cannot be reached. Try again in a few seconds.'
    return new ProblemError('unavailable', { detail, headers: { 'retry-after': RETRY_AFTER_SECONDS }, cause: error })
  }
  if (isGitHubAway(error)) return githubAway(error)
  return new ProblemError('internal', { cause: error })
}
