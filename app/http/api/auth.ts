/**
 * Signing in with GitHub and out again. The state that goes to GitHub comes back once, within ten minutes, and only to
 * the browser that left with it, so that nobody can be signed in as somebody else by a link.
 */
import { timingSafeEqual } from 'node:crypto'

import { z } from 'zod'

import { SessionBody } from '../../contracts/api.ts'
import type { SessionStore, SessionUser } from '../../store/sessions.ts'
import { route } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { clearSession, clearSignIn, sessionIdOf, setSession, setSignIn, signInStateOf } from './cookies.ts'
import { safeReturnTo } from './return-to.ts'

const LOGIN_URL = '/api/auth/github'
const CALLBACK_PATH = '/api/auth/github/callback'

export interface AuthDeps {
  publicUrl: string
  /** Shown to people, and how the dashboard notices that a newer one is served. */
  version: string
  /** The setting NOTICE. */
  notice: string | null
  sessions: SessionStore
  oauth: {
    authorizeUrl(state: string, verifier: string, redirectUri: string): string
    identify(code: string, verifier: string, redirectUri: string): Promise<SessionUser>
  }
  now: () => number
}

const text = (max: number) => z.string().max(max).optional().describe('As GitHub sends it')
/** Everything that GitHub may send along; `iss`, `installation_id` and `setup_action` are not used. */
const CallbackQuery = z.strictObject({
  code: text(256),
  state: text(256),
  error: text(128),
  error_description: text(1_000),
  error_uri: text(1_000),
  iss: text(256),
  installation_id: text(32),
  setup_action: text(32),
})

const redirect = (location: string): Answer => ({ headers: { location } })

export function authRoutes(deps: AuthDeps): Route[] {
  return [session(deps), signIn(deps), callback(deps), signOut(deps)]
}

function session({ sessions, version, notice, now }: AuthDeps): Route {
  return route({
    method: 'GET',
    path: '/api/session',
    access: 'public',
    summary: 'Who is signed in',
    answer: SessionBody,
    async handle({ who, req }) {
      const id = sessionIdOf(req)
      const user = who.kind === 'person' && id !== null ? await sessions.read(id, now()) : null
      const admin = who.kind === 'person' && who.admin
      return { json: { user: user && { ...user, admin }, loginUrl: LOGIN_URL, version, notice } satisfies SessionBody }
    },
  })
}

function signIn({ sessions, oauth, publicUrl, now }: AuthDeps): Route {
  return route({
    method: 'GET',
    path: LOGIN_URL,
    access: 'public',
    summary: 'Starts signing in with GitHub',
    status: 302,
    query: z.strictObject({
      returnTo: z.string().optional().describe('Path of the dashboard to come back to; anything else is `/`'),
    }),
    async handle({ query, res }) {
      const { state, verifier } = await sessions.beginSignIn(safeReturnTo(query.returnTo), now())
      setSignIn(res, state)
      return redirect(oauth.authorizeUrl(state, verifier, `${publicUrl}${CALLBACK_PATH}`))
    },
  })
}

function callback({ sessions, oauth, publicUrl, now }: AuthDeps): Route {
  return route({
    method: 'GET',
    path: CALLBACK_PATH,
    access: 'public',
    summary: 'Where GitHub sends the browser back to',
    status: 302,
    query: CallbackQuery,
    async handle({ query, req, res, log, reference }) {
      const { code, state } = query
      const own = state !== undefined && isSame(state, signInStateOf(req))
      // What another tab has begun since is left to it.
      if (own) clearSignIn(res)
      if (query.error === 'access_denied') return redirect('/denied')
      const pending = own ? await sessions.finishSignIn(state, now()) : null
      if (!pending || !code) return redirect('/login?problem=expired')
      const back = safeReturnTo(pending.returnTo)
      let user: SessionUser
      try {
        user = await oauth.identify(code, pending.verifier, `${publicUrl}${CALLBACK_PATH}`)
      } catch (error) {
        log.warn({ reference, error: error instanceof Error ? error.message : 'unknown' }, 'sign-in failed')
        return redirect(`/login?problem=github&returnTo=${encodeURIComponent(back)}`)
      }
      // A new id at every sign-in: one that somebody planted before is worth nothing after it.
      const before = sessionIdOf(req)
      if (before !== null) await sessions.close(before)
      setSession(res, await sessions.open(user, now()))
      log.info({ reference, userId: user.id, login: user.login }, 'signed in')
      return redirect(back)
    },
  })
}

function signOut({ sessions }: AuthDeps): Route {
  return route({
    method: 'POST',
    path: '/api/auth/logout',
    access: 'public',
    summary: 'Ends the session',
    status: 204,
    async handle({ req, res }) {
      const id = sessionIdOf(req)
      if (id !== null) await sessions.close(id)
      clearSession(res)
      return {}
    },
  })
}

function isSame(given: string, kept: string | null): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(kept ?? '')]
  return a.length === b.length && timingSafeEqual(a, b)
}
