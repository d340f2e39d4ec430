/**
 * The executor's key and what it signs. The key is made in memory for this one job, its private half can not be
 * exported, and every kind of token has its own `typ`, so that none passes as another (trust.md, "Callback authentication").
 */
import { createHash, randomUUID } from 'node:crypto'

import { CompactSign, SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'

import { jwsTypes } from '#contracts/callbacks.ts'
import type { HeartbeatPayload, RequestPayload } from '#contracts/callbacks.ts'

const ALGORITHM = 'EdDSA'

export interface Signer {
  /** RFC 7638 thumbprint of the public key: the `iss` of every payload. */
  readonly thumbprint: string
  /** Proves possession of the key to `POST /bind`; it is tied to the OIDC token by its hash. */
  proof(bindUrl: string, oidc: string): Promise<string>
  /** Signs a callback's payload as it is. Signed again on a resend: `iat` and `jti` differ, the payload does not. */
  event(payload: string): Promise<string>
  heartbeat(payload: HeartbeatPayload): Promise<string>
  /** A token for one request; the app takes it for 60 s. */
  request(payload: RequestPayload): Promise<string>
}

export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

export async function createSigner(): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: false })
  const jwk = await exportJWK(publicKey)
  const seal = (typ: string, payload: string): Promise<string> =>
    new CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg: ALGORITHM, typ, iat: nowSeconds(), jti: randomUUID() })
      .sign(privateKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk, 'sha256'),
    proof: (bindUrl, oidc) =>
      new SignJWT({ ath: sha256Hex(oidc) })
        .setProtectedHeader({ alg: ALGORITHM, typ: jwsTypes.keyProof, jwk })
        .setAudience(bindUrl)
        .setIssuedAt()
        .sign(privateKey),
    event: (payload) => seal(jwsTypes.event, payload),
    heartbeat: (payload) => seal(jwsTypes.heartbeat, JSON.stringify(payload)),
    request: (payload) => seal(jwsTypes.request, JSON.stringify(payload)),
  }
}
