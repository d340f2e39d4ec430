/**
 * The command line's way to the API: every refusal is an error with the exit code that it stands for, and what passes by
 * itself (a restart, a proxy that lost its app) is tried again where asking twice cannot do anything twice.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Problem } from '#contracts/problems.ts'

/** surfaces.md 4.4: what a script can tell from the code alone. */
export const exitCodes = { ok: 0, runFailed: 1, usage: 2, notAllowed: 3, unreachable: 4 } as const

const TIMEOUT_MS = 30_000
/** The first one included. */
export const TRIES_MAX = 3
const BACKOFF_FIRST_MS = 250
/** Whoever asks to be left alone for longer is believed, and the person is told instead of kept waiting. */
export const RETRY_AFTER_MS_MAX = 10_000
/** The app is away or starting, or something before it says so. */
const passing: ReadonlySet<number> = new Set([502, 503, 504])

export class CliError extends Error {
  readonly exitCode: number
  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

export interface Client {
  get<T>(path: string): Promise<T>
  /** Tried again only with an Idempotency-Key among the headers. */
  post<T>(path: string, body: object, headers?: Record<string, string>): Promise<T>
}

/** Time and chance between two tries. */
export interface Patience {
  now: () => number
  chance: () => number
  wait: (ms: number) => Promise<unknown>
}

const ordinary: Patience = { now: Date.now, chance: Math.random, wait: (ms) => sleep(ms) }

/** `again`: another try may come out otherwise. */
type Reply = { ok: true; text: string } | { ok: false; again: boolean; retryAfter: string | null; error: CliError }

/** `url` is the app's PUBLIC_URL, `token` one of its API_TOKENS. */
export function createClient({ url, token }: { url: string; token: string }, patience: Patience = ordinary): Client {
  const base = url.replace(/\/+$/, '')
  async function ask<T>(path: string, init: RequestInit, repeatable: boolean): Promise<T> {
    for (let tries = 1; ; tries++) {
      const reply = await send(base, token, path, init)
      if (reply.ok) return JSON.parse(reply.text) as T
      const waitMs = repeatable && reply.again && tries < TRIES_MAX ? waitMsOf(reply.retryAfter, tries, patience) : null
      if (waitMs === null) throw reply.error
      await patience.wait(waitMs)
    }
  }
  return {
    get: (path) => ask(path, {}, true),
    post: (path, body, headers = {}) => {
      const init = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }
      return ask(path, init, new Headers(headers).has('idempotency-key'))
    },
  }
}

async function send(base: string, token: string, path: string, init: RequestInit): Promise<Reply> {
  try {
    const response = await fetch(`${base}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(init.headers as Record<string, string>),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.ok) return { ok: true, text }
    const { status } = response
    // The first try may have arrived although its answer did not; the key makes the next one wait for it.
    const again = passing.has(status) || problemOf(text)?.code === 'idempotency_in_progress'
    return { ok: false, again, retryAfter: response.headers.get('retry-after'), error: refusalOf(status, text) }
  } catch (error) {
    const { message, cause } = error as Error
    const why = cause instanceof Error ? cause.message : message
    const said = `${base} cannot be reached: ${why}. Is DECKHAND_URL right?`
    return { ok: false, again: true, retryAfter: null, error: new CliError(exitCodes.unreachable, said) }
  }
}

/** How long to wait before the next try: at least as long as the answer asks for. Null where that is too long. */
function waitMsOf(retryAfter: string | null, tries: number, { now, chance }: Patience): number | null {
  const asked = retryAfterMs(retryAfter, now())
  if (asked > RETRY_AFTER_MS_MAX) return null
  // Between half and all of it, so that those who were cut off together do not come back together.
  const backoffMs = BACKOFF_FIRST_MS * 2 ** (tries - 1) * (0.5 + chance() / 2)
  return Math.max(asked, backoffMs)
}

/** Seconds or a date (RFC 9110); 0 for neither. */
function retryAfterMs(text: string | null, now: number): number {
  if (text === null) return 0
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isNaN(ms) ? 0 : Math.max(0, ms)
}

/** The client that the environment names. */
export function clientFrom({ DECKHAND_URL: url, DECKHAND_TOKEN: token }: Record<string, string | undefined>): Client {
  if (!url || !token) throw new CliError(exitCodes.usage, 'Set DECKHAND_URL and DECKHAND_TOKEN.')
  return createClient({ url, token })
}

/** What the app said no to, in its own words. */
export function refusalOf(status: number, text: string): CliError {
  const problem = problemOf(text)
  const message = problem?.detail ?? problem?.title ?? `The app answered ${status}.`
  const reference = problem?.reference ? ` (reference ${problem.reference})` : ''
  const code =
    status === 401 || status === 403
      ? exitCodes.notAllowed
      : status >= 500 || status === 429
        ? exitCodes.unreachable
        : exitCodes.usage
  return new CliError(code, `${message}${reference}`)
}

function problemOf(text: string): Problem | null {
  try {
    return JSON.parse(text) as Problem
  } catch {
    return null
  }
}
