/**
 * Authenticated Octokits, one per installation, made as Probot makes them (retry and throttling included), and the one
 * way in which they are called: with a time limit, and with every failure as a `GitHubError`.
 */
import { App } from '@octokit/app'
import { ProbotOctokit } from 'probot'
import type { Logger } from 'probot'

import type { Budget } from './budget.ts'
import { toGitHubError } from './error-mapping.ts'
import { GitHubError } from './errors.ts'

export interface GitHubOptions {
  appId: number
  /** PEM */
  privateKey: string
  /** `https://api.github.com`, or a GitHub Enterprise Server's `…/api/v3`. */
  apiUrl: string
  log: Logger
  /** Keeps every installation inside GitHub's limits. Null is for tests against a local GitHub only. */
  budget: Budget | null
  /** Time limit of one call; default `CALL_MS_MAX`. */
  callMsMax?: number
  /** Stands around every request that is sent, with its waits and repeats. */
  around?: AroundCall | null
  /** Logins in lower case, with `[bot]`, of the bots that count as if they had write access. Default: none. */
  allowedBots?: readonly string[]
}

/** `route` is the template, `/repos/{owner}/{repo}/issues`: what is filled in is not told. */
export type AroundCall = <R extends { status: number }>(
  call: { method: string; route: string },
  send: () => Promise<R>,
) => Promise<R>

/** A whole call with its retries; the effect loop tries again by itself. */
const CALL_MS_MAX = 20_000
/** Repeats of a reading request after a 5xx or a lost connection; they wait 1 s and 4 s. */
const READ_RETRIES_MAX = 2
const CLIENTS_MAX = 500

export type Octokit = InstanceType<typeof ProbotOctokit>

/** Probot's Octokit with our limits. Also what `new Probot({ Octokit })` is given, so that both behave alike. */
export function octokitClass(options: Pick<GitHubOptions, 'apiUrl' | 'log'>): typeof ProbotOctokit {
  const { apiUrl, log } = options
  // The function form, because Probot merges the object form away.
  return ProbotOctokit.defaults((given: object) => ({
    ...given,
    baseUrl: apiUrl,
    log: quiet(log),
    retry: { retries: READ_RETRIES_MAX, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    // It sends one write a second from each process, deaf to signals; the budget knows the limits themselves.
    throttle: { enabled: false },
  }))
}

/** Octokit's debug lines carry whole request bodies, and one of ours holds a nonce: only the message is kept. */
function quiet(log: Logger): Pick<Console, 'debug' | 'info' | 'warn' | 'error'> {
  const text = (parts: unknown[]): string => parts.filter((part) => typeof part === 'string').join(' ')
  return {
    debug: (...parts: unknown[]) => log.debug(text(parts)),
    info: (...parts: unknown[]) => log.info(text(parts)),
    warn: (...parts: unknown[]) => log.warn(text(parts)),
    error: (...parts: unknown[]) => log.error(text(parts)),
  }
}

export interface Clients {
  appId: number
  log: Logger
  /** As the App itself: installations and deliveries. */
  app: <T>(use: (octokit: Octokit, signal: AbortSignal) => Promise<T>, msMax?: number) => Promise<T>
  /** As one installation. `msMax` is for calls that are many requests. */
  as: <T>(
    installationId: number,
    use: (octokit: Octokit, signal: AbortSignal) => Promise<T>,
    msMax?: number,
  ) => Promise<T>
}

export function createClients(options: GitHubOptions): Clients {
  const { appId, privateKey, log, budget, callMsMax = CALL_MS_MAX, around = null } = options
  const Octokit = octokitClass(options)
  const app = surrounded(withoutBlindRepeats(new App({ appId, privateKey, Octokit }).octokit), around)
  const installations = new Map<number, Octokit>()

  const installation = (id: number): Octokit => {
    let client = installations.get(id)
    if (!client) {
      client = new Octokit({ auth: { appId, privateKey, installationId: id } })
      client = surrounded(withoutBlindRepeats(client), around)
      if (budget) keepWithin(budget, id, client)
      if (installations.size >= CLIENTS_MAX) installations.clear()
      installations.set(id, client)
    }
    return client
  }
  return {
    appId,
    log,
    app: (use, msMax = callMsMax) => withinTime(msMax, (signal) => use(app, signal)),
    as: async (id, use, msMax = callMsMax) => {
      try {
        return await withinTime(msMax, (signal) => use(installation(id), signal))
      } catch (error) {
        // One call was told to wait, and that holds for all of the installation. What we held back ourselves has no status.
        const told = error instanceof GitHubError && error.status !== null ? error.retryAfterMs : null
        if (told !== null) await budget?.block(id, told)
        throw error
      }
    },
  }
}

/** What the App asks for in its own name, inside of an installation's first call: the installation's limits do not know it. */
const TOKEN_ROUTE = '/app/installations/{installation_id}/access_tokens'

/** Outermost, so that what is held back is not taken for a failed request and repeated. */
function keepWithin(budget: Budget, installationId: number, octokit: Octokit): void {
  octokit.hook.wrap('request', async (request, options) => {
    // Held back, it would take the calls with it that wait for it, and the places that they have.
    if (options.url === TOKEN_ROUTE) return request(options)
    return budget.spend(installationId, { method: options.method, route: options.url }, async () => request(options))
  })
}

/** A write whose answer was lost may have happened; only who can look first may repeat it. */
function withoutBlindRepeats(octokit: Octokit): Octokit {
  octokit.hook.before('request', (options) => {
    // A new object: where the caller gave none, this one is the client's own default and shared by all requests.
    if (options.method !== 'GET') options.request = { ...options.request, retries: 0 }
  })
  return octokit
}

function surrounded(octokit: Octokit, around: AroundCall | null): Octokit {
  if (around) {
    octokit.hook.wrap('request', (request, options) =>
      around({ method: options.method, route: options.url }, async () => request(options)),
    )
  }
  return octokit
}

/** Races the call against its limit, because a wait between two tries does not hear the signal. */
async function withinTime<T>(msMax: number, use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    controller.abort()
    late.reject(new GitHubError('unavailable', `GitHub did not answer within ${msMax / 1_000} s.`))
  }, msMax)
  try {
    return await Promise.race([use(controller.signal), late.promise])
  } catch (error) {
    throw toGitHubError(error, Date.now())
  } finally {
    clearTimeout(timer)
  }
}
