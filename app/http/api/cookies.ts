/**
 * The cookies of a browser: who is signed in, that it was this browser that left to sign in, that it sets Deckhand up,
 * and the theme of pages.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

import { SESSION_TOTAL_MS, SIGN_IN_MS } from '../../store/sessions.ts'
import { TICKET_MS } from '../../store/setup-tickets.ts'

/** `__Host-`: browsers take it only over a secure connection, for this very host and for all of its paths. */
const SESSION = '__Host-deckhand'
const SIGN_IN = '__Host-deckhand-sign-in'
const SET_UP = '__Host-deckhand-set-up'
/** Written by the page itself; it decides nothing but colours. */
const THEME = 'deckhand-theme'
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax'
const COOKIE_HEADER_CHARS_MAX = 8_192

export const sessionIdOf = (req: IncomingMessage): string | null => read(req, SESSION)
export const signInStateOf = (req: IncomingMessage): string | null => read(req, SIGN_IN)
export const setupBrowserOf = (req: IncomingMessage): string | null => read(req, SET_UP)

const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** The theme that was chosen, or `auto`. Nothing else from the cookie gets into a page. */
export function themeOf(req: IncomingMessage): Theme {
  const given = read(req, THEME)
  return themes.find((theme) => theme === given) ?? 'auto'
}

export function setSession(res: ServerResponse, id: string): void {
  set(res, SESSION, id, SESSION_TOTAL_MS)
}

export function clearSession(res: ServerResponse): void {
  set(res, SESSION, '', 0)
}

export function setSignIn(res: ServerResponse, state: string): void {
  set(res, SIGN_IN, state, SIGN_IN_MS)
}

export function clearSignIn(res: ServerResponse): void {
  set(res, SIGN_IN, '', 0)
}

export function setSetupBrowser(res: ServerResponse, id: string): void {
  set(res, SET_UP, id, TICKET_MS)
}

export function clearSetupBrowser(res: ServerResponse): void {
  set(res, SET_UP, '', 0)
}

function set(res: ServerResponse, name: string, value: string, ms: number): void {
  res.appendHeader('set-cookie', `${name}=${value}; Max-Age=${Math.floor(ms / 1_000)}; ${ATTRIBUTES}`)
}

function read(req: IncomingMessage, name: string): string | null {
  const header = req.headers.cookie ?? ''
  if (header.length > COOKIE_HEADER_CHARS_MAX) return null
  for (const pair of header.split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value) return value
  }
  return null
}
