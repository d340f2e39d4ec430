/**
 * A stand-in for one E2B virtual machine: a temporary folder and real processes on this computer. Nothing is isolated;
 * it is there so that the unmodified SDK has something real to talk to.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { KILL_ROUNDS_MAX, killMarked } from '#sandboxes/processes.ts'

export interface ProcessListener {
  data(stream: 'stdout' | 'stderr', bytes: Buffer): void
  end(status: { exitCode: number; exited: boolean; status: string; error?: string }): void
}

export interface MachineProcess {
  readonly pid: number
  readonly child: ChildProcess
  /** Who is connected. Output that comes while nobody is connected is thrown away, as envd does. */
  readonly listeners: Set<ProcessListener>
}

interface StartSpec {
  cmd: string
  args: string[]
  envs: Record<string, string>
  cwd: string | undefined
  stdin: boolean
}

export interface Machine {
  readonly home: string
  readonly processes: Map<number, MachineProcess>
  /** Throws when the path leads out of the machine's folder. */
  path(given: string): string
  start(spec: StartSpec, listener: ProcessListener): MachineProcess
  /** Stops all processes as they are, or lets them go on. */
  freeze(yes: boolean): void
  destroy(): void
}

/** E2B's documented home; paths under it mean the machine's folder here. */
const DOCUMENTED_HOME = '/home/user'

export function startMachine(id: string, envVars: Record<string, string>): Machine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'deckhand-e2b-')))
  const home = join(root, 'home')
  const tmp = join(root, 'tmp')
  mkdirSync(home)
  mkdirSync(tmp)
  const processes = new Map<number, MachineProcess>()
  const path = (given: string) => {
    const moved = given === DOCUMENTED_HOME || given.startsWith(`${DOCUMENTED_HOME}/`)
    const absolute = resolve(home, moved ? `.${given.slice(DOCUMENTED_HOME.length)}` : given)
    if (absolute !== root && !absolute.startsWith(`${root}/`)) throw new Error(`${given} is outside of this machine`)
    return absolute
  }
  return {
    home,
    processes,
    path,
    start(spec, listener) {
      const env = {
        PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
        HOME: home,
        TMPDIR: tmp,
        USER: 'user',
        LANG: 'C.UTF-8',
        E2B_SANDBOX: 'true',
        ...envVars,
        ...spec.envs,
        E2B_SANDBOX_ID: id,
      }
      // Without `-l`: this computer's login profile is no part of an E2B template.
      const args = spec.args.filter((arg, index) => !(index === 0 && arg === '-l'))
      const cwd = path(spec.cwd ?? '.')
      const child = spawn(spec.cmd, args, {
        cwd,
        env,
        detached: true,
        stdio: [spec.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      })
      const running: MachineProcess = { pid: child.pid ?? 0, child, listeners: new Set([listener]) }
      const end = (exitCode: number, status: string, error?: string) => {
        processes.delete(running.pid)
        const event = { exitCode, exited: error === undefined, status, ...(error === undefined ? {} : { error }) }
        for (const each of running.listeners) each.end(event)
      }
      for (const name of ['stdout', 'stderr'] as const) {
        child[name]?.on('data', (bytes: Buffer) => running.listeners.forEach((each) => each.data(name, bytes)))
      }
      child.stdin?.on('error', () => {})
      child.once('error', (error) => end(1, 'failed', error.message))
      child.once('close', (code, signal) => {
        if (signal === null) end(code ?? 0, `exit status ${code}`)
        else end(-1, `signal: ${signal}`, `signal: ${signal}`)
      })
      if (child.pid !== undefined) processes.set(child.pid, running)
      return running
    },
    freeze(yes) {
      for (const pid of processes.keys()) {
        try {
          process.kill(-pid, yes ? 'SIGSTOP' : 'SIGCONT')
        } catch {
          // It has just ended.
        }
      }
    },
    destroy() {
      killMarked(`E2B_SANDBOX_ID=${id}`, [...processes.keys()], KILL_ROUNDS_MAX)
      rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
    },
  }
}
