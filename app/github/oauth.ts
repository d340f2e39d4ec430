/**
 * Sign-in with GitHub: only to learn who somebody is. The person's token is used for one question and then dropped;
 * what the person may do is asked with the App's own tokens, so nothing of theirs is worth stealing here.
 */
import { createHash } from 'node:crypto'

import { z } from 'zod'

const OAUTH_TIMEOUT_MS = 8_000

export interface OAuthOptions {
  /** Where people sign in, e.g. https://github.com */
  githubUrl: string
  /** e.g. https://api.github.com */
  githubApiUrl: string
  clientId: string
  clientSecret: string
}

export interface OAuthUser {
  id: number
  login: string
  avatarUrl: string
}

/** GitHub refused the code, or could not be asked. The message holds no code and no token. */
export class OAuthError extends Error {
  override name = 'OAuthError'
}

// Looser than GitHub's answers: it adds fields, and an error comes with status 200.
const TokenAnswer = z.looseObject({ access_token: z.string().min(1).optional(), error: z.string().optional() })
const UserAnswer = z.looseObject({
  id: z.int().min(1),
  login: z.string().min(1).max(100),
  avatar_url: z.string().max(500).catch(''),
})

/** PKCE's S256: the challenge goes through the browser, the verifier does not. */
const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

export function githubOAuth({ githubUrl, githubApiUrl, clientId, clientSecret }: OAuthOptions) {
  return {
    /** Where to send the browser. */
    authorizeUrl(state: string, verifier: string, redirectUri: string): string {
      const url = new URL(`${githubUrl}/login/oauth/authorize`)
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: challengeOf(verifier),
        code_challenge_method: 'S256',
      }).toString()
      return url.href
    },

    /** Trades the code that came back for the person behind it. Rejects with an `OAuthError`. */
    async identify(code: string, verifier: string, redirectUri: string): Promise<OAuthUser> {
      const signal = AbortSignal.timeout(OAUTH_TIMEOUT_MS)
      const answer = await ask(`${githubUrl}/login/oauth/access_token`, TokenAnswer, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          client_id: clientId,
          client_secret: clientSecret,
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        }).toString(),
        signal,
      })
      if (!answer.access_token) throw new OAuthError(`GitHub refused the code: ${word(answer.error)}`)
      const user = await ask(`${githubApiUrl}/user`, UserAnswer, {
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${answer.access_token}`,
          'user-agent': 'deckhand',
        },
        signal,
      })
      return { id: user.id, login: user.login, avatarUrl: user.avatar_url }
    },
  }
}

async function ask<T>(url: string, schema: z.ZodType<T>, init: RequestInit): Promise<T> {
  const path = new URL(url).pathname
  const answer = await fetch(url, { ...init, redirect: 'error' }).catch((error: unknown) => {
    throw new OAuthError(`GitHub could not be reached for ${path}`, { cause: error })
  })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new OAuthError(`GitHub answered ${answer.status} to ${path}`)
  }
  const parsed = schema.safeParse(await answer.json().catch(() => null))
  if (!parsed.success) throw new OAuthError(`GitHub answered ${path} in a way that is not understood`)
  return parsed.data
}

/** GitHub's error codes are single words; anything else is not repeated. */
const word = (error: string | undefined): string => (error && /^[\w-]{1,64}$/.test(error) ? error : 'no reason given')
