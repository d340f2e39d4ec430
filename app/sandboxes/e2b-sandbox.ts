/** An E2B sandbox in use: files, lifetime and end; its commands stand in `e2b-exec.ts`. */
import type { Sandbox as SdkSandbox } from 'e2b'

import { persist } from './e2b-calls.ts'
import type { E2bContext, Where } from './e2b-calls.ts'
import { REQUEST_TIMEOUT_MS } from './e2b-client.ts'
import type { E2bClient } from './e2b-client.ts'
import { execE2b } from './e2b-exec.ts'
import { resolveInside } from './paths.ts'
import { FILE_BYTES_MAX } from './provider.ts'
import type { Sandbox } from './provider.ts'

const FILE_TIMEOUT_MS = 60_000
/** The memory is written down: some seconds a GiB. */
const PAUSE_TIMEOUT_MS = 60_000

/** Asks the sandbox where it works; the template decides, not we. */
export async function probeE2b(client: E2bClient, sandbox: SdkSandbox, timeoutMs: number): Promise<Where> {
  const script = String.raw`pwd -P && printf '%s\n' "${'$'}{TMPDIR:-/tmp}"`
  const { stdout } = await client.call(timeoutMs, (_, signal) =>
    sandbox.commands.run(script, { timeoutMs, requestTimeoutMs: timeoutMs, signal }),
  )
  const [workdir, tmp] = stdout.split('\n')
  if (!workdir?.startsWith('/') || !tmp?.startsWith('/')) throw new Error('The sandbox did not say where it works.')
  return { workdir, tmp }
}

export function e2bSandbox(
  client: E2bClient,
  sandbox: SdkSandbox,
  where: Where,
  destroy: () => Promise<void>,
): Sandbox {
  const context: E2bContext = { client, sandbox, where }
  const named = async <T>(verb: string, path: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      throw new Error(`Could not ${verb} ${JSON.stringify(path)} in the sandbox: ${detail}`, { cause: error })
    }
  }
  const options = (signal: AbortSignal) => ({ requestTimeoutMs: FILE_TIMEOUT_MS, signal })
  return {
    id: sandbox.sandboxId,
    workdir: where.workdir,
    isolation: 'vm',
    exec: (argv, execOptions = {}) => execE2b(context, argv, execOptions),
    async read(path) {
      const inside = resolveInside(where.workdir, path)
      const work = (signal: AbortSignal) => sandbox.files.read(inside, { format: 'bytes', ...options(signal) })
      const bytes = await named('read', path, () => persist(context, FILE_TIMEOUT_MS, work))
      if (bytes.length <= FILE_BYTES_MAX) return bytes
      throw new Error(`${path} is larger than the ${FILE_BYTES_MAX} bytes that can be read.`)
    },
    async write(path, data) {
      const inside = resolveInside(where.workdir, path)
      const blob = new Blob([typeof data === 'string' ? data : new Uint8Array(data)])
      const work = (signal: AbortSignal) => sandbox.files.write(inside, blob, options(signal))
      await named('write', path, () => persist(context, FILE_TIMEOUT_MS, work))
    },
    async extend(ttlMs) {
      const request = { requestTimeoutMs: REQUEST_TIMEOUT_MS, retries: 0 }
      await persist(context, REQUEST_TIMEOUT_MS, (signal) => sandbox.setTimeout(ttlMs, { ...request, signal }))
    },
    async pause() {
      const request = { requestTimeoutMs: PAUSE_TIMEOUT_MS, retries: 0 }
      const work = (signal: AbortSignal) => sandbox.pause({ ...request, signal })
      // False is "paused already": an earlier try whose answer was lost. The health check cannot tell that from an end.
      await persist(context, PAUSE_TIMEOUT_MS, work, () => Promise.resolve(false))
    },
    destroy,
    [Symbol.asyncDispose]: destroy,
  }
}
