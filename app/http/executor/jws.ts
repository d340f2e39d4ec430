/**
 * Tokens that an executor signs with its own Ed25519 key: the proof of that key, callbacks, heartbeats and requests.
 * Each has its own `typ`, so that none passes as another, and no key is ever taken from a message but in the proof.
 */
import { createHash, timingSafeEqual } from 'node:crypto'

import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import type { CryptoKey } from 'jose'
import { z } from 'zod'

import { jwsTypes } from '../../contracts/callbacks.ts'
import { ProblemError } from '../problem.ts'

export const JWS_CHARS_MAX = 64 * 1024
const PROOF_CHARS_MAX = 4_096
const HEADER_CHARS_MAX = 2_048
export const CALLBACK_AGE_MAX_SECONDS = 300
export const REQUEST_AGE_MAX_SECONDS = 60
const SKEW_SECONDS = 30
const KEYS_CACHED_MAX = 1_000

export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** Equal in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(sha256Hex(a)), Buffer.from(sha256Hex(b)))
}

/**
 * True when a token's header could be read in two ways: a name that stands there twice, or an escape that hides one.
 * No honest header has either.
 */
export function namesRepeat(token: string): boolean {
  const encoded = token.slice(0, token.indexOf('.'))
  if (encoded.length > HEADER_CHARS_MAX) return true
  const text = Buffer.from(encoded, 'base64url').toString('utf8')
  const names = [...text.matchAll(/"([^"]*)"\s*:/g)].map((match) => match[1])
  return text.includes('\\') || new Set(names).size !== names.length
}

/** A key of an executor: exactly the public half of Ed25519 and not a member more. */
const PublicKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

const ProofHeader = z.strictObject({ alg: z.literal('EdDSA'), typ: z.literal(jwsTypes.keyProof), jwk: PublicKey })
const ProofPayload = z.strictObject({ aud: z.string(), iat: z.int(), ath: z.string() })
const Header = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.string(),
  iat: z.int(),
  jti: z.string().min(1).max(128),
})

async function publicKey(x: string): Promise<CryptoKey> {
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA')
  if (key instanceof Uint8Array) throw new Error('not a public key')
  return key
}

const keys = new Map<string, CryptoKey>()

/** The key by its `x`; importing it anew for every callback would cost as much as verifying. */
async function keyOf(x: string): Promise<CryptoKey> {
  const known = keys.get(x)
  if (known) return known
  const key = await publicKey(x)
  if (keys.size >= KEYS_CACHED_MAX) keys.delete(keys.keys().next().value!)
  keys.set(x, key)
  return key
}

export function unauthenticated(reason: string, cause?: unknown): ProblemError {
  return new ProblemError('callback_unauthenticated', { reason, cause })
}

/** Checks a key proof; answers with the key and its thumbprint. Throws `callback_unauthenticated`. */
export async function verifyProof(
  proof: string,
  expected: { audience: string; oidc: string; nowSeconds: number },
): Promise<{ x: string; thumbprint: string }> {
  try {
    if (proof.length > PROOF_CHARS_MAX || namesRepeat(proof)) throw new Error('not a proof')
    const { jwk } = ProofHeader.parse(headerOf(proof))
    const key = await publicKey(jwk.x)
    const { payload } = await compactVerify(proof, key, { algorithms: ['EdDSA'] })
    const { aud, iat, ath } = ProofPayload.parse(JSON.parse(Buffer.from(payload).toString('utf8')))
    if (aud !== expected.audience || !sameSecret(ath, sha256Hex(expected.oidc))) throw new Error('for something else')
    if (!isFresh(iat, expected.nowSeconds, CALLBACK_AGE_MAX_SECONDS)) throw new Error('not fresh')
    return { x: jwk.x, thumbprint: await calculateJwkThumbprint(jwk, 'sha256') }
  } catch (cause) {
    throw unauthenticated('proof_invalid', cause)
  }
}

/**
 * The payload of a token that this key signed, as bytes. Header: exactly `alg`, `typ`, `iat` and `jti`. Throws
 * `callback_unauthenticated`.
 */
export async function verifyJws(
  jws: string,
  expected: { x: string; typ: string; ageMaxSeconds: number; nowSeconds: number },
): Promise<Uint8Array> {
  try {
    if (jws.length > JWS_CHARS_MAX || namesRepeat(jws)) throw new Error('not a token of ours')
    const header = Header.parse(headerOf(jws))
    const { payload } = await compactVerify(jws, await keyOf(expected.x), { algorithms: ['EdDSA'] })
    if (header.typ !== expected.typ) throw new Error('of another kind')
    if (!isFresh(header.iat, expected.nowSeconds, expected.ageMaxSeconds)) throw new Error('not fresh')
    return payload
  } catch (cause) {
    throw unauthenticated('jws_invalid', cause)
  }
}

function headerOf(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.slice(0, jws.indexOf('.')), 'base64url').toString('utf8'))
}

function isFresh(iat: number, nowSeconds: number, ageMaxSeconds: number): boolean {
  return iat <= nowSeconds + SKEW_SECONDS && iat >= nowSeconds - ageMaxSeconds - SKEW_SECONDS
}
