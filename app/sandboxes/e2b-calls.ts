/** Calls into one E2B sandbox that tell a passing failure from the sandbox's end. */
import type { Sandbox as SdkSandbox } from 'e2b'

import { REQUEST_TIMEOUT_MS, problemOf } from './e2b-client.ts'
import type { E2bClient } from './e2b-client.ts'

const TRIES_MAX = 4
const BACKOFF_MS = 250
/** E2B's own words for errors that say nothing about the request itself: the sandbox may be gone or merely busy. */
const UNCERTAIN = new Set(['SandboxNotFoundError', 'TimeoutError', 'CallTimeout'])

export interface Where {
  workdir: string
  tmp: string
}

export interface E2bContext {
  client: E2bClient
  sandbox: SdkSandbox
  where: Where
}

/**
 * Does something that may be done twice. What may pass is tried again; "not found" is believed only after a health
 * check says the same, because a busy service answers with it too. What stops the sandbox brings a check of its own.
 */
export async function persist<T>(
  { client, sandbox }: Pick<E2bContext, 'client' | 'sandbox'>,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  hasEnded: typeof isGone = isGone,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await client.call(timeoutMs, (_, signal) => work(signal))
    } catch (error) {
      const uncertain = UNCERTAIN.has((error as Error).name)
      if (!uncertain && !problemOf(error).passing) throw error
      if (uncertain && (await hasEnded(client, sandbox))) throw goneError(sandbox.sandboxId, error)
      if (tried === TRIES_MAX) throw error
      await client.clock.delay(BACKOFF_MS * 2 ** tried)
    }
  }
}

/** True only when the health check itself says that nothing runs there any more. */
export async function isGone(client: E2bClient, sandbox: SdkSandbox): Promise<boolean> {
  try {
    const options = (signal: AbortSignal) => ({ requestTimeoutMs: REQUEST_TIMEOUT_MS, signal })
    return !(await client.call(REQUEST_TIMEOUT_MS, (_, signal) => sandbox.isRunning(options(signal))))
  } catch {
    return false
  }
}

export function goneError(id: string, cause?: unknown): Error {
  return new Error(`The E2B sandbox ${id} has ended; acquire a new one.`, { cause })
}
