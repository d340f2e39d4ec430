/**
 * The error catalogue: every refusal of the HTTP API is an RFC 9457 problem body with one of these stable types.
 * `type` is `${PUBLIC_URL}/problems/<code>`; clients compare the code, people read title and detail.
 */
import { z } from 'zod'

export const problems = {
  bad_request: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Sign in or send a valid token' },
  callback_unauthenticated: { status: 401, title: 'The callback could not be authenticated' },
  forbidden: { status: 403, title: 'You may not do this' },
  callback_forbidden: { status: 403, title: 'This job may not report on this Run' },
  cross_site: { status: 403, title: 'Cross-site requests may not change anything' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  already_bound: { status: 409, title: 'Another job already works on this Run' },
  expected_seq: { status: 409, title: 'A callback is missing before this one' },
  conflicting_callback: { status: 409, title: 'This sequence number was used for another callback' },
  run_ended: { status: 409, title: 'The Run has ended' },
  run_live: { status: 409, title: 'A Run is already working on this issue' },
  not_allowed_now: { status: 409, title: 'Not possible in this state' },
  idempotency_in_progress: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  gone: { status: 410, title: 'The deadline has passed' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not accepted here' },
  unprocessable: { status: 422, title: 'The content does not fit what is expected' },
  idempotency_mismatch: { status: 422, title: 'This Idempotency-Key was used with another request' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  quota_used: { status: 429, title: 'This repository has used its Runs for today' },
  internal: { status: 500, title: 'Something broke on our side' },
  unavailable: { status: 503, title: 'Not ready to serve' },
  setup_needed: { status: 503, title: 'Deckhand is not set up yet' },
} as const

export type ProblemCode = keyof typeof problems
export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]]

export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes),
  detail: z.string().optional(),
  reference: z.string().optional(),
  expectedSeq: z.int().optional(),
  runId: z.string().optional(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
