/**
 * The attacks that an installation makes on itself, over its public address, as a stranger could: they change nothing
 * where they are refused, and next to nothing where they are not. What only GitHub can sign (row 14's jobs of forks and
 * of other workflows) cannot be made here; its nearest is a job that GitHub did not sign for.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'

import { exportJWK, generateKeyPair, SignJWT } from 'jose'

import { jwsTypes } from '../contracts/callbacks.ts'
import type { BindRequest } from '../contracts/executor.ts'
import { WEBHOOK_PATH } from '../domain/manifest.ts'
import { sha256Hex } from '../http/executor/jws.ts'
import { newRunId } from '../ids.ts'
import type { NegativeProbe, ProbeOutcome } from '../loops/probe.ts'
import type { RunsStore } from '../store/runs.ts'

const PROBE_TIMEOUT_MS = 4_000
const TOKEN_LIFETIME = '5m'
const REFUSED = 401

export interface ProbesDeps {
  publicUrl: string
  /** Of the tokens by which jobs prove who they are. */
  oidcIssuer: string
  runs: Pick<RunsStore, 'load' | 'newestCallback'>
}

export function negativeProbes({ publicUrl, oidcIssuer, runs }: ProbesDeps): NegativeProbe[] {
  return [
    { name: 'webhook_forged', row: 1, attack: () => forgedWebhook(publicUrl) },
    { name: 'job_unsigned', row: 14, attack: () => unsignedJob(publicUrl, oidcIssuer) },
    { name: 'callback_replayed', row: 17, attack: () => replayedCallback(publicUrl, runs) },
  ]
}

/** A ping, well signed by somebody who does not know the secret. Where it is taken, it means nothing to anybody. */
async function forgedWebhook(publicUrl: string): Promise<ProbeOutcome> {
  const body = JSON.stringify({ zen: 'Nobody who can read this sentence may believe it.' })
  const signature = createHmac('sha256', randomBytes(32)).update(body).digest('hex')
  const status = await post(publicUrl + WEBHOOK_PATH, body, {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${signature}`,
  })
  return outcomeOf(status)
}

/**
 * A job with everything right but GitHub's signature. Its Run does not exist, so that nothing could be bound; a job
 * that is believed is told 403 there, and one that is not, 401.
 */
async function unsignedJob(publicUrl: string, issuer: string): Promise<ProbeOutcome> {
  const runId = newRunId()
  const own = await generateKeyPair('RS256')
  const oidc = await new SignJWT({ repository: 'octocat/hello-world', event_name: 'repository_dispatch' })
    .setProtectedHeader({ alg: 'RS256', kid: randomUUID() })
    .setIssuer(issuer)
    .setAudience(`${publicUrl}/runs/${runId}`)
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime(TOKEN_LIFETIME)
    .sign(own.privateKey)
  const url = `${publicUrl}/api/runs/${runId}/bind`
  const request: BindRequest = {
    dispatchId: randomUUID(),
    nonce: randomBytes(32).toString('base64url'),
    oidc,
    proof: await proofOf(oidc, url),
  }
  return outcomeOf(await post(url, JSON.stringify(request), { 'content-type': 'application/json' }))
}

async function proofOf(oidc: string, audience: string): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { kty, crv, x } = await exportJWK(publicKey)
  return new SignJWT({ aud: audience, ath: sha256Hex(oidc) })
    .setProtectedHeader({ alg: 'EdDSA', typ: jwsTypes.keyProof, jwk: { kty: kty!, crv: crv!, x: x! } })
    .setIssuedAt()
    .sign(privateKey)
}

/** The last callback that a job sent, word by word once more. Whatever is answered, nothing may be folded by it. */
async function replayedCallback(publicUrl: string, runs: ProbesDeps['runs']): Promise<ProbeOutcome> {
  const last = await runs.newestCallback()
  const run = last && (await runs.load(last.runId))?.run
  // A job that has not said farewell may still be heard of, and then it would not be the replay that was folded.
  if (!run || run.dispatch.finished === null || (run.sandbox && run.sandbox.state !== 'gone')) return 'unknown'
  const before = run.dispatch
  if (before.id !== last.dispatchId || last.seq > before.lastSeq) return 'unknown'
  const url = `${publicUrl}/api/runs/${last.runId}/events`
  const status = await post(url, last.jws, { 'content-type': 'application/jose' })
  const after = (await runs.load(last.runId))?.run.dispatch
  // Meanwhile somebody may have asked for another attempt, which counts anew.
  if (after?.id !== before.id) return 'unknown'
  if (after.lastSeq !== before.lastSeq) return 'let_in'
  return status === null || status >= 500 ? 'unknown' : 'refused'
}

/** Anything but a clear no is a yes, where the app was reached at all. */
function outcomeOf(status: number | null): ProbeOutcome {
  if (status === null || status >= 500 || status === 429) return 'unknown'
  return status === REFUSED ? 'refused' : 'let_in'
}

/** The status of the answer; null where none came. */
async function post(url: string, body: string, headers: Record<string, string>): Promise<number | null> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal })
    await answer.body?.cancel()
    return answer.status
  } catch {
    return null
  }
}
