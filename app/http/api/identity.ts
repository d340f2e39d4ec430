/**
 * Who sent a request: a program by its API token, or a person by the session that signing in with GitHub opened. The
 * tokens themselves are known to their owners only; we compare SHA-256 digests, all of them, in constant time.
 */
import { createHash, timingSafeEqual } from 'node:crypto'

import type { SessionUser } from '../../store/sessions.ts'
import { ProblemError } from '../problem.ts'
import type { Identify, Identity, TokenRole } from '../route.ts'
import { sessionIdOf } from './cookies.ts'

const TOKEN_CHARS_MAX = 512

/** One entry of the setting API_TOKENS. */
interface KnownToken {
  name: string
  /** SHA-256 of the token, lower-case hex. */
  digest: string
  repositories: string
  role: TokenRole
}

export interface IdentityDeps {
  tokens: readonly KnownToken[]
  /** Logins in lower case. */
  admins: readonly string[]
  /** Whether the App belongs to this person (C23): they administer everything, as those in `admins` do. */
  owns: (user: Pick<SessionUser, 'id' | 'login'>) => Promise<boolean>
  sessions: { read(id: string, now: number): Promise<SessionUser | null> }
  now: () => number
}

/** `Authorization` wins over the cookie: a program that sends a wrong token is told so. */
export function identifier({ tokens, admins, owns, sessions, now }: IdentityDeps): Identify {
  const known = tokens.map((token) => ({ token, digest: Buffer.from(token.digest, 'hex') }))
  return async (req) => {
    const { authorization } = req.headers
    if (authorization !== undefined) return programOf(authorization, known)
    const id = sessionIdOf(req)
    const user = id === null ? null : await sessions.read(id, now())
    if (!user) return { kind: 'anonymous' }
    const admin = admins.includes(user.login.toLowerCase()) || (await owns(user))
    return { kind: 'person', id: user.id, login: user.login, admin }
  }
}

function programOf(authorization: string, known: readonly { token: KnownToken; digest: Buffer }[]): Identity {
  const [scheme, secret, more] = authorization.split(' ')
  const wellFormed = scheme?.toLowerCase() === 'bearer' && secret && more === undefined
  if (!wellFormed || secret.length > TOKEN_CHARS_MAX) throw refused()
  const digest = createHash('sha256').update(secret).digest()
  let found: KnownToken | null = null
  for (const { token, digest: expected } of known) if (timingSafeEqual(digest, expected)) found = token
  if (!found) throw refused()
  return { kind: 'token', name: found.name, role: found.role, repositoryGlob: found.repositories }
}

const refused = (): ProblemError =>
  new ProblemError('unauthenticated', {
    reason: 'api_token',
    detail: 'The API token is not known. Send "Authorization: Bearer <token>" with a token that is configured here.',
    headers: { 'www-authenticate': 'Bearer realm="deckhand"' },
  })
