/** The command line's way to the API: one request, and every refusal as an error with the exit code that it stands for. */
import type { Problem } from '#contracts/problems.ts'

/** surfaces.md 4.4: what a script can tell from the code alone. */
export const exitCodes = { ok: 0, runFailed: 1, usage: 2, notAllowed: 3, unreachable: 4 } as const

const TIMEOUT_MS = 30_000

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
  post<T>(path: string, body: object, headers?: Record<string, string>): Promise<T>
}

/** `url` is the app's PUBLIC_URL, `token` one of its API_TOKENS. */
export function createClient({ url, token }: { url: string; token: string }): Client {
  const base = url.replace(/\/+$/, '')
  async function ask<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(`${base}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(init.headers as Record<string, string>),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      const why = error.cause instanceof Error ? error.cause.message : error.message
      throw new CliError(exitCodes.unreachable, `${base} cannot be reached: ${why}. Is DECKHAND_URL right?`)
    })
    const text = await response.text()
    if (response.ok) return JSON.parse(text) as T
    throw refusalOf(response.status, text)
  }
  return {
    get: (path) => ask(path, {}),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
  }
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
