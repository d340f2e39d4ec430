/** The demo as people start it: a process of its own, with a folder for temporary files that nobody else uses. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { ROOT } from '../stack/world.ts'
import { COMPILED } from './own-environment.ts'

const MAIN = join(ROOT, 'test/stack/demo/main.ts')

interface Line extends Record<string, unknown> {
  type: string
}

export interface Demo {
  /** Exit code; everything that it wrote. */
  ended: Promise<{ code: number | null; out: string; err: string }>
  /** The JSON lines so far. */
  lines: () => Line[]
  /** Resolves with the first JSON line of this type. */
  line: (type: string) => Promise<Line>
  /** As Ctrl+C in a terminal does: to the whole group. */
  interrupt: () => void
  /** What lies in its folder for temporary files now. */
  left: () => Promise<string[]>
}

/** Starts the demo with a folder for temporary files of its own, and a mark by which its processes are found. */
export async function startDemo(...flags: string[]): Promise<Demo> {
  const tmp = await mkdtemp(join(tmpdir(), 'demo-test-'))
  onTestFinished(() => rm(tmp, { recursive: true, force: true }))
  // An isolated sandbox gives up its rights first, and then has to find its own folder below this one.
  await chmod(tmp, 0o711)
  const { E2B_API_KEY: _, ...env } = process.env
  const child = spawn(process.execPath, [MAIN, ...flags], {
    cwd: tmpdir(),
    env: { ...env, ...COMPILED, TMPDIR: tmp, DEMO_TEST: tmp },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  onTestFinished(() => void (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')))
  const wrote = { out: '', err: '' }
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    wrote.out += text
    for (const look of waiting) look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (wrote.err += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...wrote }))
  return {
    ended,
    lines: () => linesOf(wrote.out),
    line: (type) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = linesOf(wrote.out).find((line) => line.type === type)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`The demo ended without ${type}: ${wrote.err}`)))
      }),
    interrupt: () => process.kill(-child.pid!, 'SIGINT'),
    left: async () => [...(await readdir(tmp)), ...(await processesWith(`DEMO_TEST=${tmp}`, tmp))],
  }
}

/** Whole lines only. */
export function linesOf(out: string): Line[] {
  const lines = out.split('\n').slice(0, -1)
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line)
}

/** Command lines of the processes that the demo started: by their environment, or by a path of theirs. Linux only. */
async function processesWith(mark: string, path: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [environment, command] = await Promise.all([read(pid, 'environ'), read(pid, 'cmdline')])
      return environment.includes(mark) || command.includes(path) ? [`${pid} ${command.replaceAll('\0', ' ')}`] : []
    }),
  )
  return found.flat()
}
