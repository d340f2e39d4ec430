/** Runs one command of a local sandbox as a process tree of its own that can be killed as a whole. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'

import { KILL_ROUNDS_MAX, killMarked } from './processes.ts'

/** After the command itself ended: how long what it printed may take to arrive. */
const DRAIN_MS_MAX = 1_000
/** After SIGKILL: how long the kernel may take to end it. */
const DEATH_MS_MAX = 5_000

export interface LocalCommand {
  argv: readonly string[]
  env: Record<string, string>
  cwd: string
  uid: number | null
  stdin?: string | Uint8Array | undefined
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
  onStdout(bytes: Uint8Array): void
  onStderr(bytes: Uint8Array): void
}

export interface LocalEnd {
  code: number | null
  signal: NodeJS.Signals | null
  timedOut: boolean
  aborted: boolean
}

/** Resolves when the command and everything that it started are gone. Rejects when it cannot be started or killed. */
export async function runLocal(command: LocalCommand): Promise<LocalEnd> {
  if (command.signal?.aborted) return { code: null, signal: null, timedOut: false, aborted: true }
  const marker = `DECKHAND_EXEC=${randomUUID()}`
  const child = start(command, marker)
  const killTree = () => killMarked(marker, child.pid === undefined ? [] : [child.pid], KILL_ROUNDS_MAX)
  const end: LocalEnd = { code: null, signal: null, timedOut: false, aborted: false }
  return await new Promise<LocalEnd>((resolve, reject) => {
    const timers: NodeJS.Timeout[] = []
    let over = false
    const finish = (error?: Error) => {
      if (over) return
      over = true
      for (const timer of timers) clearTimeout(timer)
      command.signal?.removeEventListener('abort', onAbort)
      child.stdout?.destroy()
      child.stderr?.destroy()
      if (error) reject(error)
      else resolve(end)
    }
    const stop = (why: 'timedOut' | 'aborted') => {
      if (end.timedOut || end.aborted || child.exitCode !== null || child.signalCode !== null) return
      end[why] = true
      killTree()
      const stuck = new Error('A command of the local sandbox did not die when it was killed.')
      timers.push(setTimeout(() => finish(stuck), DEATH_MS_MAX))
    }
    const onAbort = () => stop('aborted')
    command.signal?.addEventListener('abort', onAbort, { once: true })
    if (command.timeoutMs !== undefined) timers.push(setTimeout(() => stop('timedOut'), command.timeoutMs))
    child.once('error', (error) => finish(new Error('A local command could not be started.', { cause: error })))
    child.once('exit', (code, signal) => {
      Object.assign(end, { code, signal })
      // What outlived its command would hold the pipes open, and nobody would stop it.
      killTree()
      timers.push(setTimeout(() => finish(), DRAIN_MS_MAX))
    })
    child.once('close', () => finish())
  })
}

function start(command: LocalCommand, marker: string): ChildProcess {
  const [name, value] = marker.split('=') as [string, string]
  const child = spawn(command.argv[0] ?? '', command.argv.slice(1), {
    cwd: command.cwd,
    env: { ...command.env, [name]: value },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(command.uid === null ? {} : { uid: command.uid, gid: command.uid }),
  })
  child.stdout.on('data', (bytes: Buffer) => command.onStdout(bytes))
  child.stderr.on('data', (bytes: Buffer) => command.onStderr(bytes))
  // A command that does not read its input closes the pipe; that is its right.
  child.stdin.on('error', () => {})
  child.stdin.end(command.stdin ?? '')
  return child
}
