/** A sandbox provider for tests: a plain folder and plain processes, with ways to fail. It isolates nothing. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { SandboxAcquireError } from '#sandboxes/provider.ts'
import type {
  AcquireFailure,
  AcquireSpec,
  ExecOptions,
  ExecResult,
  Sandbox,
  SandboxProvider,
} from '#sandboxes/provider.ts'

export class TestSandboxes implements SandboxProvider {
  readonly name = 'fake'
  readonly reach = 'runner'
  readonly acquired: AcquireSpec[] = []
  readonly destroyed: string[] = []
  readonly extended: number[] = []
  /** What becomes of a try to lengthen a life. */
  extending: () => Promise<void> = () => Promise.resolve()
  readonly execs: (readonly string[])[] = []
  /** Whether sandboxes can be paused; the one that is, by its id. */
  pauses = false
  pauseFails = false
  paused: string | null = null
  readonly attached: [id: string, ttlMs: number | undefined][] = []
  /** Fails this many attaches first. */
  attachFailures = 0
  readonly #made = new Map<string, Sandbox>()
  /** Fails the next acquire. */
  refuse: AcquireFailure | null = null
  /** Fails this many destroys first. */
  destroyFailures = 0
  readonly #dir: string
  readonly #groups = new Set<number>()

  constructor(dir: string) {
    this.#dir = dir
  }

  check() {
    return Promise.resolve({ ok: true, isolation: 'none' as const, detail: 'for tests' })
  }
  async attach(id: string, ttlMs?: number) {
    this.attached.push([id, ttlMs])
    if (this.attachFailures-- > 0) throw new Error('503: the provider is busy')
    const found = this.destroyed.includes(id) ? undefined : this.#made.get(id)
    this.paused = null
    return found ?? null
  }
  async #pause(id: string): Promise<void> {
    if (this.pauseFails) throw new Error('the provider is down')
    this.paused = id
  }
  async *list() {}
  async destroy(id: string): Promise<void> {
    if (this.destroyFailures-- > 0) throw new Error('the provider is down')
    for (const group of this.#groups) killGroup(group)
    if (!this.destroyed.includes(id)) this.destroyed.push(id)
  }

  async acquire(spec: AcquireSpec): Promise<Sandbox> {
    if (this.refuse) throw new SandboxAcquireError(this.refuse, 'There is no room.')
    this.acquired.push(spec)
    const workdir = await mkdtemp(join(this.#dir, 'sandbox-'))
    const id = `sb-${this.acquired.length}`
    const destroy = async (): Promise<void> => {
      await this.destroy(id)
      await rm(workdir, { recursive: true, force: true, maxRetries: 5 })
    }
    const made: Sandbox = {
      id,
      workdir,
      isolation: 'none',
      exec: (argv, options = {}) => this.#exec(workdir, argv, options),
      read: (path) => readFile(path),
      write: async (path, data) => {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, data)
      },
      extend: (ttlMs) => {
        this.extended.push(ttlMs)
        return this.extending()
      },
      ...(this.pauses ? { pause: () => this.#pause(id) } : {}),
      destroy,
      [Symbol.asyncDispose]: destroy,
    }
    this.#made.set(id, made)
    return made
  }

  #exec(workdir: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    this.execs.push(argv)
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      cwd: options.cwd ?? workdir,
      env: { PATH: process.env.PATH, HOME: workdir, ...options.env },
      detached: true,
      stdio: 'pipe',
    })
    const group = child.pid ?? 0
    this.#groups.add(group)
    const state = { stdout: '', stderr: '', timedOut: false, aborted: false }
    const abort = (): void => {
      state.aborted = true
      killGroup(group)
    }
    const timer = setTimeout(() => {
      state.timedOut = true
      killGroup(group)
    }, options.timeoutMs ?? 60_000)
    if (options.signal?.aborted) abort()
    options.signal?.addEventListener('abort', abort, { once: true })
    child.stdin.on('error', () => {})
    child.stdin.end(options.stdin ?? '')
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      state.stdout += text
      options.onStdout?.(text)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      state.stderr += text
      options.onStderr?.(text)
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exitCode) => {
        clearTimeout(timer)
        options.signal?.removeEventListener('abort', abort)
        this.#groups.delete(group)
        resolve({ exitCode, ...state, durationMs: 0 })
      })
    })
  }
}

function killGroup(group: number): void {
  try {
    if (group > 0) process.kill(-group, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
