/**
 * The E2B SDK as this product uses it: imported on first use (it costs about a tenth of a second), no retries of its
 * own (with them a hung request can lose both its time limit and its signal), and every call raced against our clock.
 */
import { subscribe } from 'node:diagnostics_channel'

import type { Sandbox as SdkSandbox } from 'e2b'

import { race, realClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { SandboxAcquireError } from './provider.ts'
import type { AcquireFailure, ProviderSettings } from './provider.ts'

/** What of the SDK is used: one class. */
interface E2bSdk {
  Sandbox: typeof SdkSandbox
}

/** One request to the API or to a sandbox. */
export const REQUEST_TIMEOUT_MS = 15_000
/** Names one try in our own header, so that its answer's `Retry-After`, which the SDK does not hand on, is found. */
const TRY_HEADER = 'x-deckhand-try'
const TRIES_REMEMBERED_MAX = 100

export interface E2bClient {
  readonly clock: Clock
  /** Chance, 0 to 1, for the jitter of retries. */
  readonly random: () => number
  /** Connection options for one call; `tryId` makes `retryAfterMs` work for it. */
  options(requestTimeoutMs: number, signal: AbortSignal, tryId?: string): ConnectionOptions
  /** What the answer to that try asked for, or null. */
  retryAfterMs(tryId: string): number | null
  /** One raced call. Rejects with the SDK's error, `CallTimeout` or `CallAborted`. */
  call<T>(timeoutMs: number, work: (sdk: E2bSdk, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
}

interface ConnectionOptions {
  apiKey: string
  apiUrl?: string
  sandboxUrl?: string
  apiHeaders?: Record<string, string>
  debug: false
  retries: 0
  requestTimeoutMs: number
  signal: AbortSignal
}

class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
}
export class CallAborted extends Error {
  override readonly name = 'CallAborted'
}

export function e2bClient(settings: ProviderSettings, clock: Clock = realClock, random = Math.random): E2bClient {
  const { e2bApiKey, e2bApiUrl, e2bSandboxUrl } = settings
  return {
    clock,
    random,
    options(requestTimeoutMs, signal, tryId) {
      if (tryId !== undefined) watchRetryAfter()
      return {
        apiKey: e2bApiKey ?? '',
        ...(e2bApiUrl === undefined ? {} : { apiUrl: e2bApiUrl }),
        ...(e2bSandboxUrl === undefined ? {} : { sandboxUrl: e2bSandboxUrl }),
        ...(tryId === undefined ? {} : { apiHeaders: { [TRY_HEADER]: tryId } }),
        debug: false,
        retries: 0,
        requestTimeoutMs,
        signal,
      }
    },
    retryAfterMs: (tryId) => retryAfter.get(tryId) ?? null,
    async call(timeoutMs, work, signal) {
      const raced = await race(clock, timeoutMs, signal, async (given) => {
        if (!e2bApiKey) throw new SandboxAcquireError('sandbox_unauthorized', 'E2B needs an API key: set E2B_API_KEY.')
        return work(await import('e2b'), given)
      })
      if (raced.kind === 'value') return raced.value
      if (raced.kind === 'error') throw raced.error
      if (raced.kind === 'aborted') throw new CallAborted('The request to E2B was called off.')
      throw new CallTimeout(`E2B did not answer within ${Math.round(timeoutMs)} ms.`)
    },
  }
}

export interface E2bProblem {
  reason: AcquireFailure
  /** Worth another try: the service said so, or it could not be reached. */
  passing: boolean
  /** Whether the request may have taken effect although it failed for us. */
  unknown: boolean
  detail: string
}

/** Names what went wrong in the ledger's words. Goes by names and codes, so that it needs no SDK at hand. */
export function problemOf(error: unknown): E2bProblem {
  if (error instanceof SandboxAcquireError) {
    return { reason: error.reason, passing: false, unknown: false, detail: error.message }
  }
  const { name, message, statusCode } = error as Error & { statusCode?: number }
  const timedOut = error instanceof CallTimeout || error instanceof CallAborted
  if (timedOut || name === 'TimeoutError' || name === 'AbortError') {
    return { reason: 'sandbox_acquire_timeout', passing: false, unknown: true, detail: message }
  }
  if (name === 'AuthenticationError') {
    return { reason: 'sandbox_unauthorized', passing: false, unknown: false, detail: `${message} Check E2B_API_KEY.` }
  }
  if (name === 'RateLimitError') {
    return { reason: 'sandbox_rate_limited', passing: true, unknown: false, detail: message }
  }
  const reason = 'sandbox_provider_error'
  if (name === 'ServiceBusyError') return { reason, passing: true, unknown: true, detail: message }
  if (statusCode !== undefined) {
    return { reason, passing: statusCode >= 500, unknown: statusCode >= 500, detail: message }
  }
  // Unreachable, or the connection broke: what was asked for may have been done.
  if (error instanceof TypeError)
    return { reason, passing: true, unknown: true, detail: `E2B is unreachable: ${message}` }
  return { reason, passing: false, unknown: true, detail: message }
}

/** Answers' `Retry-After` by try, in ms. The SDK keeps it to itself, so it is read where the HTTP client reports it. */
const retryAfter = new Map<string, number>()
let watching = false

interface UndiciHeaders {
  request: { headers: string | string[] }
  response: { headers: (Buffer | string)[] }
}

function watchRetryAfter(): void {
  if (watching) return
  watching = true
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as UndiciHeaders
    const tryId = headerOf(request.headers, TRY_HEADER)
    const value = tryId === null ? null : headerOf(response.headers, 'retry-after')
    if (tryId === null || value === null || !/^\d{1,6}$/.test(value)) return
    retryAfter.set(tryId, Number(value) * 1_000)
    const oldest = retryAfter.keys().next()
    if (retryAfter.size > TRIES_REMEMBERED_MAX && !oldest.done) retryAfter.delete(oldest.value)
  })
}

/** Undici gives headers as one text of lines or as a flat list of names and values, depending on its version. */
function headerOf(headers: string | readonly (Buffer | string)[], name: string): string | null {
  const flat = typeof headers === 'string' ? headers.split(/\r\n|: /) : headers.map(String)
  for (let i = 0; i + 1 < flat.length; i += 2) {
    if (flat[i]?.toLowerCase() === name) return flat[i + 1] ?? null
  }
  return null
}
