/** Sign-in with the App: authorize, token, refresh; as GitHub Apps do it, with PKCE and single-use codes. */
import { createHash } from 'node:crypto'

import { newHex, newToken } from '../ids.ts'
import type { UserRecord } from '../records.ts'
import type { World } from '../world.ts'
import { accountChoice } from './pages.ts'

const CODE_LIFETIME_MS = 10 * 60 * 1000
const TOKEN_LIFETIME_S = 28_800
const REFRESH_LIFETIME_S = 15_897_600

interface Grant {
  userId: number
  redirectUri: string | null
  challenge: string | null
  expiresAt: number
}
export interface WebAnswer {
  status: number
  headers?: Record<string, string>
  body?: string | Uint8Array
}

export class OAuth {
  private readonly codes = new Map<string, Grant>()
  private readonly world: World
  private readonly signInAs: string | null

  constructor(world: World, signInAs: string | null) {
    this.world = world
    this.signInAs = signInAs
  }

  /** Signs in as `?login=` or the account set for auto-approval, or else asks which. */
  authorize(url: URL): WebAnswer {
    const query = url.searchParams
    if (query.get('client_id') !== this.world.app.clientId) return { status: 404, body: 'Not Found' }
    const redirect = this.redirectOf(query.get('redirect_uri'))
    if (redirect === null) return mismatch
    const login = query.get('login') ?? this.signInAs
    const user = login === null ? null : this.world.findUser(login)
    if (user?.type !== 'User') return { status: 200, headers: html, body: accountChoice(this.world, url) }
    const target = new URL(redirect)
    target.searchParams.set('code', this.grant(user, query))
    if (query.get('state') !== null) target.searchParams.set('state', query.get('state') as string)
    return { status: 302, headers: { location: target.href } }
  }

  /** What the person answered on the page when they said no. */
  deny(url: URL): WebAnswer {
    const redirect = this.redirectOf(url.searchParams.get('redirect_uri'))
    if (redirect === null) return mismatch
    const target = new URL(redirect)
    target.searchParams.set('error', 'access_denied')
    target.searchParams.set('error_description', 'The user has denied your application access.')
    if (url.searchParams.get('state') !== null)
      target.searchParams.set('state', url.searchParams.get('state') as string)
    return { status: 302, headers: { location: target.href } }
  }

  /** Registered addresses only; before any is registered (tests that do not care) every loopback address passes. */
  private redirectOf(wanted: string | null): string | null {
    const registered = this.world.callbackUrls
    if (wanted === null) return registered[0] ?? null
    if (registered.length === 0) return /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//.test(wanted) ? wanted : null
    return registered.some(
      (known) => wanted === known || wanted.startsWith(`${known}?`) || wanted.startsWith(`${known}/`),
    )
      ? wanted
      : null
  }

  private grant(user: UserRecord, query: URLSearchParams): string {
    const code = newHex(10)
    this.codes.set(code, {
      userId: user.id,
      redirectUri: query.get('redirect_uri'),
      challenge: query.get('code_challenge'),
      expiresAt: this.world.now() + CODE_LIFETIME_MS,
    })
    return code
  }

  /** Errors are 200 with `error`, as GitHub's are. */
  token(given: Record<string, string>): Record<string, unknown> {
    const { app } = this.world
    if (given['client_id'] !== app.clientId || given['client_secret'] !== app.clientSecret) {
      return refusal('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.')
    }
    if (given['grant_type'] === 'refresh_token') return this.refresh(given['refresh_token'] ?? '')
    const grant = this.codes.get(given['code'] ?? '')
    this.codes.delete(given['code'] ?? '')
    const bad = refusal('bad_verification_code', 'The code passed is incorrect or expired.')
    if (!grant || grant.expiresAt <= this.world.now()) return bad
    if (
      given['redirect_uri'] !== undefined &&
      grant.redirectUri !== null &&
      given['redirect_uri'] !== grant.redirectUri
    ) {
      return refusal(
        'redirect_uri_mismatch',
        'The redirect_uri MUST match the registered callback URL for this application.',
      )
    }
    if (grant.challenge !== null) {
      const digest = createHash('sha256')
        .update(given['code_verifier'] ?? '')
        .digest('base64url')
      if (digest !== grant.challenge) return bad
    }
    return this.issue(grant.userId)
  }

  private refresh(refreshToken: string): Record<string, unknown> {
    const old = [...this.world.tokens.values()].find((t) => t.refreshToken === refreshToken && !t.revoked)
    if (!old) return refusal('bad_refresh_token', 'The refresh token passed is incorrect or expired.')
    old.revoked = true
    return this.issue(old.userId)
  }

  private issue(userId: number): Record<string, unknown> {
    const { token, refreshToken } = this.world.addToken({
      token: newToken('ghu'),
      kind: 'user',
      expiresAt: this.world.now() + TOKEN_LIFETIME_S * 1000,
      userId,
      installationId: null,
      repositoryIds: null,
      permissions: null,
      viaApp: true,
      refreshToken: newToken('ghr'),
    })
    return {
      access_token: token,
      expires_in: TOKEN_LIFETIME_S,
      refresh_token: refreshToken,
      refresh_token_expires_in: REFRESH_LIFETIME_S,
      token_type: 'bearer',
      scope: '',
    }
  }
}

const html = { 'content-type': 'text/html; charset=utf-8' }
const mismatch: WebAnswer = { status: 400, body: 'The redirect_uri is not associated with this application.' }

function refusal(error: string, description: string): Record<string, unknown> {
  return { error, error_description: description, error_uri: 'https://docs.github.com/apps/troubleshooting' }
}
