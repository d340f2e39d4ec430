/**
 * An OIDC issuer shaped like `token.actions.githubusercontent.com`: discovery and keys at GitHub's paths, and the
 * endpoint at which a job asks for its token. It can also mint what GitHub never would, for tests of the refusals.
 */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'

import { SignJWT, UnsecuredJWT, generateKeyPair } from 'jose'
import { OAuth2Server } from 'oauth2-mock-server'

import type { JobClaims } from './claims.ts'

/** GitHub's tokens live five minutes and are valid ten minutes back. */
const LIFETIME_SECONDS = 300
const NOT_BEFORE_SECONDS = 600

/** How a token differs from an honest one; claims are changed through `mint`'s first argument. */
export interface Forgery {
  /** `none`: unsigned. `HS256`: signed with the public key's JSON as the secret, the classic confusion. */
  alg?: 'RS256' | 'none' | 'HS256'
  /** `unpublished`: a key that the issuer's key set does not hold, under the `kid` of one that it does. */
  key?: 'published' | 'unpublished'
  /** Added to the protected header. */
  header?: Record<string, unknown>
}

/** `JobClaims`, any part of them, and whatever else a test wants a token to say. */
type MintedClaims = { [name: string]: unknown }

export interface OidcIssuer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly issuer: string
  /**
   * A signed token. `iss`, `aud`, `jti`, `iat`, `nbf` and `exp` are filled in unless `claims` gives them; a claim that
   * is given as undefined is left out.
   */
  mint(claims: JobClaims | MintedClaims, audience: string | string[], forgery?: Forgery): Promise<string>
  /** What a job gets as `ACTIONS_ID_TOKEN_REQUEST_URL` and `…_TOKEN`; `revoke` when the job has ended. */
  requestUrlFor(claims: JobClaims): { url: string; token: string; revoke: () => void }
  /** The next requests for a token are answered with this status. */
  failNext(times: number, status?: number): void
}

/** Starts the issuer on a free port of 127.0.0.1. */
export async function startOidcIssuer(): Promise<OidcIssuer> {
  const server = new OAuth2Server(undefined, undefined, { endpoints: { jwks: '/.well-known/jwks' } })
  const { kid } = await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  const issuer = `http://127.0.0.1:${server.address().port}`
  server.issuer.url = issuer
  const jobs = new Map<string, { token: string; claims: JobClaims }>()
  const failing = { times: 0, status: 503 }

  const mint: OidcIssuer['mint'] = (claims, audience, forgery = {}) => {
    const payload = withStandardClaims(issuer, claims, audience)
    if (forgery.alg || forgery.key || forgery.header) return forge(server, kid, payload, forgery)
    return server.issuer.buildToken({
      kid,
      scopesOrTransform: (_header, fresh) => {
        for (const name of Object.keys(fresh)) delete fresh[name]
        Object.assign(fresh, payload)
      },
    })
  }

  server.service.addRoute('GET', '/idtoken', async (request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    const job = jobs.get(url.searchParams.get('job') ?? '')
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
    }
    if (!job || !same(request.headers.authorization, `Bearer ${job.token}`)) return answer(401, { message: 'no' })
    if (failing.times > 0) {
      failing.times -= 1
      return answer(failing.status, { message: 'The issuer is told to fail.' })
    }
    const audience = url.searchParams.get('audience') ?? `https://github.com/${job.claims.repository_owner}`
    return answer(200, { count: 1, value: await mint({ ...job.claims }, audience) })
  })

  return {
    issuer,
    mint,
    requestUrlFor: (claims) => {
      const id = randomUUID()
      const token = randomBytes(24).toString('base64url')
      jobs.set(id, { token, claims })
      // The client appends `&audience=…`, so the URL has to have a query already, as GitHub's does.
      return { url: `${issuer}/idtoken?job=${id}&api-version=2.0`, token, revoke: () => void jobs.delete(id) }
    },
    failNext: (times, status = 503) => Object.assign(failing, { times, status }),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

function withStandardClaims(issuer: string, claims: JobClaims | MintedClaims, audience: string | string[]) {
  const now = Math.floor(Date.now() / 1000)
  const payload: Record<string, unknown> = {
    jti: randomUUID(),
    aud: audience,
    iss: issuer,
    iat: now,
    nbf: now - NOT_BEFORE_SECONDS,
    exp: now + LIFETIME_SECONDS,
    ...claims,
  }
  for (const name of Object.keys(payload)) if (payload[name] === undefined) delete payload[name]
  return payload
}

async function forge(server: OAuth2Server, kid: string, payload: Record<string, unknown>, forgery: Forgery) {
  if (forgery.alg === 'none') return new UnsecuredJWT(payload).encode()
  const header = { typ: 'JWT', kid, alg: forgery.alg ?? 'RS256', ...forgery.header }
  const published = server.issuer.keys.toJSON(true).find((key) => key.kid === kid)!
  if (forgery.alg === 'HS256') {
    const secret = new TextEncoder().encode(JSON.stringify(server.issuer.keys.toJSON().find((key) => key.kid === kid)))
    return new SignJWT(payload).setProtectedHeader(header).sign(secret)
  }
  const { privateKey } = forgery.key === 'unpublished' ? await generateKeyPair('RS256') : { privateKey: published }
  return new SignJWT(payload).setProtectedHeader(header).sign(privateKey)
}

function same(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
