/** Sandboxes from E2B, through its unmodified SDK. The default in production: the app reaches them from anywhere. */
import type { Sandbox as SdkSandbox } from 'e2b'

import { realClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { acquireE2b, orphanSearch } from './e2b-acquire.ts'
import { REQUEST_TIMEOUT_MS, e2bClient, problemOf } from './e2b-client.ts'
import type { E2bClient } from './e2b-client.ts'
import { probeE2b, e2bSandbox } from './e2b-sandbox.ts'
import type { ProviderSettings, SandboxProvider } from './provider.ts'

const LIST_PAGES_MAX = 100
const LIST_PAGE_SIZE = 100
const KILL_TRIES_MAX = 4
const KILL_BACKOFF_MS = 250
const KILL_TIMEOUT_MS = 5_000
const CHECK_TIMEOUT_MS = 10_000
/** `connect` sets the lifetime; E2B counts in whole seconds. */
const LIFETIME_MS_MIN = 1_000

export interface E2bProvider extends SandboxProvider {
  readonly reach: 'anywhere'
  settle(withinMs: number): Promise<{ killed: string[]; pending: boolean }>
}

export function e2bProvider(settings: ProviderSettings, clock: Clock = realClock, random = Math.random): E2bProvider {
  const client = e2bClient(settings, clock, random)
  const destroy = (id: string) => destroyE2b(client, id)
  const orphans = orphanSearch(client, {
    kill: destroy,
    async find({ owner, runId, attemptId }) {
      const ids: string[] = []
      for await (const { sandboxId } of pages(client, { owner, runId, attemptId })) ids.push(sandboxId)
      return ids
    },
  })
  const open = async (sandbox: SdkSandbox, timeoutMs: number) =>
    e2bSandbox(client, sandbox, await probeE2b(client, sandbox, timeoutMs), () => destroy(sandbox.sandboxId))

  return {
    name: 'e2b',
    reach: 'anywhere',
    async check() {
      try {
        await client.call(CHECK_TIMEOUT_MS, (sdk, signal) =>
          sdk.Sandbox.list({ ...client.options(CHECK_TIMEOUT_MS, signal), limit: 1 }).nextItems(),
        )
        return { ok: true, isolation: 'vm', detail: 'E2B answers and accepts the API key.' }
      } catch (error) {
        return { ok: false, isolation: 'vm', detail: problemOf(error).detail }
      }
    },
    acquire: (spec) => acquireE2b(client, orphans, spec, open),
    async attach(id, ttlMs) {
      const info = await infoOf(client, id)
      if (info === null) return null
      const timeoutMs = Math.max(ttlMs ?? info.endAt.getTime() - clock.now(), LIFETIME_MS_MIN)
      try {
        const sandbox = await client.call(REQUEST_TIMEOUT_MS, (sdk, signal) =>
          sdk.Sandbox.connect(id, { ...client.options(REQUEST_TIMEOUT_MS, signal), timeoutMs }),
        )
        return await open(sandbox, REQUEST_TIMEOUT_MS)
      } catch (error) {
        // "Not found" also stands for a busy service, so it counts only when a second look says the same.
        if ((await infoOf(client, id)) === null) return null
        throw error
      }
    },
    async *list(owner) {
      for await (const { sandboxId, metadata, startedAt, endAt } of pages(client, { owner })) {
        const { runId = '', attemptId = '' } = metadata
        yield { id: sandboxId, owner, runId, attemptId, startedAt, endsAt: endAt }
      }
    },
    destroy,
    settle: (withinMs) => orphans.settle(withinMs),
  }
}

/** All sandboxes with these metadata, page by page. Rejects when E2B fails. */
async function* pages(client: E2bClient, metadata: Record<string, string>) {
  const paginator = await client.call(REQUEST_TIMEOUT_MS, async (sdk, signal) =>
    sdk.Sandbox.list({ ...client.options(REQUEST_TIMEOUT_MS, signal), query: { metadata }, limit: LIST_PAGE_SIZE }),
  )
  for (let page = 0; page < LIST_PAGES_MAX && paginator.hasNext; page++) {
    yield* await client.call(REQUEST_TIMEOUT_MS, (_, signal) => paginator.nextItems({ signal }))
  }
}

/** What E2B knows of a sandbox; null when it is gone (404). */
async function infoOf(client: E2bClient, id: string, timeoutMs = REQUEST_TIMEOUT_MS) {
  try {
    const options = (signal: AbortSignal) => client.options(timeoutMs, signal)
    return await client.call(timeoutMs, (sdk, signal) => sdk.Sandbox.getInfo(id, options(signal)))
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

function isNotFound(error: unknown): boolean {
  const { name, statusCode } = error as Error & { statusCode?: number }
  return name === 'SandboxNotFoundError' || statusCode === 404
}

/**
 * Kills and then looks: only a 404 counts as gone. Tries again what may pass, a bounded number of times, and rejects
 * with the last problem, so that whoever owes the death keeps owing it.
 */
async function destroyE2b(client: E2bClient, id: string): Promise<void> {
  let problem = `E2B still lists the sandbox ${id} after it was killed.`
  for (let tried = 0; tried < KILL_TRIES_MAX; tried++) {
    try {
      await client.call(KILL_TIMEOUT_MS, (sdk, signal) => sdk.Sandbox.kill(id, client.options(KILL_TIMEOUT_MS, signal)))
      if ((await infoOf(client, id, KILL_TIMEOUT_MS)) === null) return
    } catch (error) {
      if (isNotFound(error)) return
      const { detail, passing, reason } = problemOf(error)
      problem = `E2B did not confirm the end of the sandbox ${id}: ${detail}`
      if (!passing && reason !== 'sandbox_acquire_timeout') break
    }
    if (tried + 1 < KILL_TRIES_MAX) await client.clock.delay(KILL_BACKOFF_MS * 2 ** tried)
  }
  throw new Error(problem)
}
