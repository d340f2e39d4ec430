/**
 * Checks what the executor signed: every event that it reported has a JWS by the key that was bound to the dispatch, the
 * JWS says what the event says, and each follows the one before (trust.md, "Callback authentication").
 */
import { createHash, createPublicKey, verify } from 'node:crypto'

import type { LedgerEventBody } from '#contracts/api.ts'
import { CallbackPayload, executorEventData, jwsTypes } from '#contracts/callbacks.ts'
import type { LedgerDocument, LedgerKey } from '#contracts/ledger.ts'
import { canonicalJson } from '#domain/events.ts'
import { fromLedgerBody, markOf } from '#domain/ledger.ts'
import { named } from './chain.ts'
import type { Finding } from './chain.ts'

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

interface Bound extends LedgerKey {
  bind: string
  last: string | null
}

export interface Signatures {
  /** The first event that is not signed as it should be. */
  finding: Finding | null
  /** How many were checked. */
  count: number
  /** Signatures or keys are left over that belong to none of the events. */
  spare: boolean
}

/** Checks the reports among `events` in their order. */
export function checkSignatures({ events, keys, callbacks, runId }: LedgerDocument): Signatures {
  const waiting = [...callbacks]
  const known = [...keys]
  let bound: Bound | null = null
  let count = 0
  for (const body of events) {
    const finding = (what: string) => ({ seq: body.seq, what: `${named(body.seq, body)} ${what}` })
    const fail = (what: string): Signatures => ({ finding: finding(what), count, spare: false })
    const event = fromLedgerBody(body)
    if (event.type === 'executor.bound') {
      const key = known.shift()
      const { dispatchId, jkt, publicKeyX, bind } = event.data
      if (canonicalJson(key) !== canonicalJson({ dispatchId, jkt, publicKeyX })) {
        return fail('bound a key that is not the one among the keys.')
      }
      if (thumbprint(publicKeyX) !== jkt) return fail('bound a key whose thumbprint is another one.')
      bound = { dispatchId, jkt, publicKeyX, bind, last: null }
    }
    const mark = markOf(event)
    // By its type, not by its mark: whoever takes a signature off takes the mark off as well.
    if (!mark && !Object.hasOwn(executorEventData, event.type)) continue
    const callback = waiting.shift()
    if (!bound) return fail('was reported before a key was bound.')
    if (!mark || callback?.dispatchId !== bound.dispatchId || callback.seq !== mark.seq)
      return fail('has no signature.')
    const wrong = faultOf(callback.jws, body, bound, runId)
    if (wrong) return fail(wrong)
    bound.last = mark.digest
    count++
  }
  return { finding: null, count, spare: waiting.length + known.length > 0 }
}

/** What is wrong with the signature of a report, or null. */
function faultOf(jws: string, event: LedgerEventBody, bound: Bound, runId: string): string | null {
  const mark = markOf(fromLedgerBody(event))!
  const bytes = verified(jws, bound.publicKeyX)
  if (!bytes) return 'is not signed by the key that was bound.'
  if (sha256(bytes) !== mark.digest) return 'was signed with another content: the digest differs.'
  const payload = CallbackPayload.safeParse(jsonOf(bytes))
  if (!payload.success) return 'was signed with a content that is no callback.'
  const { type, data, seq, prev, iss, bind, aud } = payload.data
  const { callback: _, ...reported } = event.data
  if (type !== event.type || canonicalJson(data) !== canonicalJson(reported)) return 'was signed with another content.'
  if (iss !== bound.jkt || bind !== bound.bind || !aud.endsWith(`/api/runs/${runId}/events`)) {
    return 'was signed for another job or another Run.'
  }
  if (seq !== mark.seq || prev !== mark.prev || prev !== bound.last) return 'does not follow the report before it.'
  return null
}

/** The payload's bytes when this key signed them, else null. Only the one right spelling of a JWS is taken. */
function verified(jws: string, x: string): Uint8Array | null {
  const parts = jws.split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3 || parts.some((part) => decode(part).toString('base64url') !== part)) return null
  const claims = jsonOf(decode(header)) as { alg?: unknown; typ?: unknown } | null
  if (claims?.alg !== 'EdDSA' || claims.typ !== jwsTypes.event) return null
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return verify(null, Buffer.from(`${header}.${payload}`), key, decode(signature)) ? decode(payload) : null
  } catch {
    return null
  }
}

const decode = (part: string): Buffer => Buffer.from(part, 'base64url')

/** RFC 7638. */
function thumbprint(x: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url')
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}
