/**
 * The app as a process of its own, so that a story can end it as machines do: SIGKILL at any moment, or SIGTERM. It dies
 * with the process that started it, whatever happens there.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { onTestFinished } from 'vitest'

import { freePort } from '../stack/ports.ts'
import { ownEnvironment } from './own-environment.ts'

const READY_MS_MAX = 30_000
const LOOK_EVERY_MS = 20
const OUTPUT_CHARS_KEPT_MAX = 8_000
const MAIN = fileURLToPath(new URL('app-main.ts', import.meta.url))

export interface AppProcess {
  readonly pid: number
  /** Where it listens, as a balancer in front of it has to know. */
  readonly url: string
  /** From the spawn to its first `/readyz` that said yes. */
  readonly readyMs: number
  /** The end of what it has written to both of its streams. */
  output(): string
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with its exit code and how long it took when it is gone. */
  terminate(): Promise<{ code: number | null; ms: number }>
}

/** Starts the app over these settings and resolves when it is ready. It is killed when the test ends. */
export async function startAppProcess(settings: Record<string, string>): Promise<AppProcess> {
  const startedAt = performance.now()
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [MAIN], {
    env: ownEnvironment({ ...settings, PORT: String(port), HOST: '127.0.0.1' }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output = tailOf(child)
  const gone = once(child, 'exit')
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await gone
    }
  }
  onTestFinished(() => end('SIGKILL'))
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`The app ended with code ${child.exitCode}:\n${output()}`)
    if (performance.now() - startedAt > READY_MS_MAX) {
      throw new Error(`The app was not ready within ${READY_MS_MAX} ms:\n${output()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return {
    pid: child.pid!,
    url,
    readyMs: Math.round(performance.now() - startedAt),
    output,
    kill: () => end('SIGKILL'),
    async terminate() {
      const from = performance.now()
      await end('SIGTERM')
      return { code: child.exitCode, ms: Math.round(performance.now() - from) }
    },
  }
}

/** Whether the app there says that it may be sent requests. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

function tailOf(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString('utf8')).slice(-OUTPUT_CHARS_KEPT_MAX)))
  }
  return () => text
}
