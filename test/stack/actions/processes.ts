/**
 * Starts the process of a step and ends it the way the runner does. Each has a process group of its own, so that
 * killing reaches its children; what left the group is found by `RUNNER_TRACKING_ID`, as the runner finds orphans.
 */
import { spawn } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How a step is ended on cancellation; GitHub documents 7.5 s and 2.5 s. */
export interface CancelTimes {
  interruptMs: number
  terminateMs: number
}
export const cancelTimes: CancelTimes = { interruptMs: 7_500, terminateMs: 2_500 }

export interface StepProcess {
  readonly pid: number
  /** Exit code, or null when a signal ended it. Resolves when the output is read to its end, too. */
  readonly ended: Promise<number | null>
  /** SIGINT, later SIGTERM, later SIGKILL to the whole group. */
  cancel(times: CancelTimes): void
  /** To the whole group. */
  signal(signal: NodeJS.Signals): void
}

export function startProcess(
  argv: readonly string[],
  options: { cwd: string; env: Record<string, string>; onLine: (line: string) => void },
): StepProcess {
  const child = spawn(argv[0]!, argv.slice(1), {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const timers: NodeJS.Timeout[] = []
  const signal = (name: NodeJS.Signals) => child.pid && signalGroup(child.pid, name)
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code))
  })
  const read = Promise.all([lines(child.stdout, options.onLine), lines(child.stderr, options.onLine)])
  const ended = exited.then(async (code) => {
    for (const timer of timers) clearTimeout(timer)
    // Children that inherited the pipe would keep it open; the runner waits for the process, then closes.
    const late = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), 1_000)
    await read
    clearTimeout(late)
    return code
  })
  return {
    pid: child.pid ?? 0,
    ended,
    signal,
    cancel: (times) => {
      child.kill('SIGINT')
      timers.push(
        setTimeout(() => child.kill('SIGTERM'), times.interruptMs),
        setTimeout(() => signal('SIGKILL'), times.interruptMs + times.terminateMs),
      )
    },
  }
}

async function lines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const reader = createInterface({ input: stream, crlfDelay: Infinity })
  reader.on('line', onLine)
  await new Promise<void>((resolve) => {
    reader.once('close', resolve)
    stream.once('close', () => reader.close())
  })
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}

/** Kills what a job left behind outside of its group. Only where `/proc` is; elsewhere the group has to do. */
export async function killOrphans(trackingId: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const wanted = `RUNNER_TRACKING_ID=${trackingId}`
  await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      if (!environment.split('\0').includes(wanted)) return
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }),
  )
}
