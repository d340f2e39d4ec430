/**
 * Whether a job is ours: GitHub's OIDC token, verified with GitHub's published keys and compared claim by claim with
 * what the Run expects (trust.md, "Callback authentication" step 3 and rows 11 to 15).
 */
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { z } from 'zod'

import { ProblemError } from '../problem.ts'
import { namesRepeat } from './jws.ts'
import type { ExecutorWorkflow, OidcSettings } from './ports.ts'

const JWKS_BYTES_MAX = 100 * 1024
const JWKS_TIMEOUT_MS = 5_000
const JWKS_AGE_MAX_MS = 10 * 60_000
const OIDC_TOKEN_CHARS_MAX = 16_384
const TOKEN_AGE_MAX_SECONDS = 600
const CLOCK_TOLERANCE_SECONDS = 30
const RETRY_AFTER_SECONDS = '2'

const number = z.string().regex(/^\d{1,16}$/)

/** The claims that are looked at; GitHub sends more. */
const Claims = z.looseObject({
  aud: z.string(),
  repository: z.string(),
  repository_id: number,
  event_name: z.string(),
  ref: z.string(),
  workflow_ref: z.string(),
  job_workflow_ref: z.string(),
  job_workflow_sha: z.string().regex(/^[0-9a-f]{40}$/),
  runner_environment: z.string(),
  run_id: number,
  run_attempt: number,
  check_run_id: number,
})
export type JobClaims = z.infer<typeof Claims>

/** The keys could not be had, which says nothing about the token. */
class KeysUnavailable extends Error {}

export type VerifyOidc = (token: string, audience: string) => Promise<JWTPayload>

/**
 * Verifies signature, issuer, audience and times. Throws `callback_unauthenticated` for a token that is not valid, and
 * `unavailable` when GitHub's keys cannot be fetched.
 */
export function oidcVerifier(issuer: string, now: () => number): VerifyOidc {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cacheMaxAge: JWKS_AGE_MAX_MS,
    [customFetch]: fetchKeys,
  })
  return async (token, audience) => {
    try {
      if (token.length > OIDC_TOKEN_CHARS_MAX || namesRepeat(token))
        throw new errors.JWTInvalid('not a token of GitHub')
      const { payload } = await jwtVerify(token, keys, {
        // GitHub signs with RS256 only; whatever else a header may ask for is not offered.
        algorithms: ['RS256'],
        issuer,
        audience,
        requiredClaims: ['exp', 'iat', 'nbf', 'aud', 'iss'],
        maxTokenAge: TOKEN_AGE_MAX_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      })
      return payload
    } catch (cause) {
      if (cause instanceof KeysUnavailable || cause instanceof errors.JWKSTimeout) {
        const detail = "GitHub's keys cannot be fetched now. Try again."
        throw new ProblemError('unavailable', { detail, headers: { 'retry-after': RETRY_AFTER_SECONDS }, cause })
      }
      throw new ProblemError('callback_unauthenticated', { reason: 'oidc_invalid', cause })
    }
  }
}

/** Whether the token's job may work on a Run. Returns its claims, or the reason why not, which only the audit hears. */
export function judgeClaims(
  payload: JWTPayload,
  expected: OidcSettings & { audience: string; repository: { id: number; defaultBranch: string } },
): { claims: JobClaims } | { refused: string } {
  const parsed = Claims.safeParse(payload)
  if (!parsed.success) return { refused: 'claims_missing' }
  const claims = parsed.data
  const branch = `refs/heads/${expected.repository.defaultBranch}`
  const hosted = claims.runner_environment === 'github-hosted'
  const checks: [string, boolean][] = [
    // A token for several audiences could have been meant for another app as well.
    ['audience', claims.aud === expected.audience],
    ['repository', claims.repository_id === String(expected.repository.id)],
    ['event', claims.event_name === 'repository_dispatch'],
    ['ref', claims.ref === branch],
    ['workflow_ref', isOwnWorkflow(claims, branch)],
    ['job_workflow_ref', expected.workflows.some((workflow) => isReleased(claims, workflow))],
    ['runner_environment', hosted || (expected.allowSelfHostedRunners && claims.runner_environment === 'self-hosted')],
  ]
  const failed = checks.find(([, passed]) => !passed)
  return failed ? { refused: failed[0] } : { claims }
}

/** The caller's workflow lies on the default branch of the repository whose id was checked, however it is named now. */
function isOwnWorkflow({ workflow_ref, repository }: JobClaims, branch: string): boolean {
  return workflow_ref.startsWith(`${repository}/.github/workflows/`) && workflow_ref.endsWith(`@${branch}`)
}

function isReleased({ job_workflow_ref, job_workflow_sha }: JobClaims, workflow: ExecutorWorkflow): boolean {
  const at = job_workflow_ref.indexOf('@')
  if (at === -1) return false
  const path = `${workflow.owner}/${workflow.name}/${workflow.file}`
  // GitHub's names of accounts and repositories are the same in any case; a file's path is not, but costs nothing here.
  if (job_workflow_ref.slice(0, at).toLowerCase() !== path.toLowerCase()) return false
  if (workflow.pinned) return job_workflow_sha === workflow.ref
  const ref = job_workflow_ref.slice(at + 1)
  return [workflow.ref, `refs/heads/${workflow.ref}`, `refs/tags/${workflow.ref}`].includes(ref)
}

/** jose's own fetch has no bound on the size of what comes back. */
async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, { ...options, redirect: 'error' })
    if (response.status !== 200 || !response.body) throw new Error(`the keys came with status ${response.status}`)
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > JWKS_BYTES_MAX) throw new Error(`the keys are larger than ${JWKS_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    JSON.parse(text)
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  } catch (cause) {
    throw new KeysUnavailable('The issuer did not give its keys', { cause })
  }
}
