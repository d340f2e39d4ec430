/** Who asks: the App by its RS256 JWT, an installation, a person, a job of Actions, or nobody. */
import { createVerify } from 'node:crypto'

import { ApiError, badCredentials } from './errors.ts'
import type { InstallationRecord, TokenRecord, UserRecord } from './records.ts'
import type { TokenKind } from './types.ts'
import type { World } from './world.ts'

export type Principal =
  | { kind: 'none' }
  | { kind: 'app' }
  | { kind: 'client' }
  | { kind: 'installation'; token: TokenRecord; installation: InstallationRecord; user: UserRecord }
  | { kind: 'job'; token: TokenRecord; user: UserRecord }
  | { kind: 'user'; token: TokenRecord; user: UserRecord }

const JWT_LIFETIME_MAX_S = 600
const CLOCK_DRIFT_S = 60

/** Reads an `Authorization` header: Bearer, token, or Basic with a token or the App's client credentials. Throws 401. */
export function authenticate(world: World, header: string | undefined): Principal {
  if (header === undefined) return { kind: 'none' }
  const [scheme = '', credentials = ''] = header.trim().split(/\s+/, 2)
  if (/^basic$/i.test(scheme)) return basic(world, credentials)
  if (!/^(bearer|token)$/i.test(scheme) || credentials === '') throw badCredentials()
  if (credentials.split('.').length === 3) return appJwt(world, credentials)
  return byToken(world, credentials)
}

function basic(world: World, credentials: string): Principal {
  const text = Buffer.from(credentials, 'base64').toString('utf8')
  const at = text.indexOf(':')
  const [name, password] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  if (name === world.app.clientId && password === world.app.clientSecret) return { kind: 'client' }
  return byToken(world, password === '' || password === 'x-oauth-basic' ? name : password)
}

function byToken(world: World, text: string): Principal {
  const token = world.tokens.get(text)
  if (!token || token.revoked || (token.expiresAt !== null && token.expiresAt <= world.now())) throw badCredentials()
  const user = world.userById(token.userId)
  if (token.kind !== 'installation') return { kind: token.kind, token, user }
  const installation = world.installations.get(token.installationId ?? 0)
  if (!installation || installation.deleted) throw badCredentials()
  if (installation.suspendedAt !== null) throw new ApiError(403, 'This installation has been suspended')
  return { kind: 'installation', token, installation, user }
}

/** GitHub's rules: signed by the App's key, `iss` its id or client id, issued in the past, at most ten minutes ahead. */
function appJwt(world: World, jwt: string): Principal {
  const [head = '', payload = '', signature = ''] = jwt.split('.')
  const header = decode(head)
  const claims = decode(payload)
  const undecodable = new ApiError(401, 'A JSON web token could not be decoded')
  if (!world.registered) throw new ApiError(404, 'Integration not found')
  if (!header || !claims || header['alg'] !== 'RS256') throw undecodable
  const verifier = createVerify('RSA-SHA256').update(`${head}.${payload}`)
  if (!verifier.verify(world.app.publicKeyPem, Buffer.from(signature, 'base64url'))) throw undecodable
  const { iat, exp, iss } = claims
  const now = Math.floor(world.now() / 1000)
  if (String(iss) !== String(world.app.id) && iss !== world.app.clientId) {
    throw new ApiError(401, "'Issuer' claim ('iss') must be an Integer or the client ID of the App")
  }
  if (typeof iat !== 'number' || iat > now + CLOCK_DRIFT_S) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    )
  }
  if (typeof exp !== 'number' || exp <= now) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    )
  }
  if (exp > now + JWT_LIFETIME_MAX_S + CLOCK_DRIFT_S || exp - iat > JWT_LIFETIME_MAX_S + 2 * CLOCK_DRIFT_S) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
  }
  return { kind: 'app' }
}

function decode(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

export function tokenKind(principal: Principal | null): TokenKind {
  if (principal === null) return 'unknown'
  return principal.kind === 'client' ? 'basic' : principal.kind
}

/** Who acts, for records, webhooks and `performed_via_github_app`. */
export interface Actor {
  user: UserRecord
  /** Slug of the app that acts, or through which a person acts. */
  viaApp: string | null
  startsWorkflows: boolean
}

export function actorOf(world: World, principal: Principal): Actor {
  switch (principal.kind) {
    case 'installation':
      return { user: principal.user, viaApp: world.app.slug, startsWorkflows: true }
    case 'job':
      return { user: principal.user, viaApp: world.actionsApp.slug, startsWorkflows: false }
    case 'user':
      return { user: principal.user, viaApp: principal.token.viaApp ? world.app.slug : null, startsWorkflows: true }
    default:
      throw new ApiError(401, 'Requires authentication')
  }
}

export function person(world: World, login: string): Actor {
  return { user: world.user(login), viaApp: null, startsWorkflows: true }
}
