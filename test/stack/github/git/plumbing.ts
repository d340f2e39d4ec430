/**
 * Git itself: one short-lived `git` per question, always asynchronous, because a blocked parent would stall the
 * database that the same process started.
 */
import { spawn } from 'node:child_process'

const GIT_TIMEOUT_MS = 60_000
const GIT_OUTPUT_BYTES_MAX = 64 * 1024 * 1024

export class GitError extends Error {
  readonly exitCode: number | null
  readonly stderr: string
  constructor(args: readonly string[], exitCode: number | null, stderr: string) {
    super(`git ${args[0]} failed (${exitCode ?? 'killed'}): ${stderr.trim().slice(0, 500)}`)
    this.name = 'GitError'
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

/** The environment of every git here: nothing of the machine's or the user's settings. */
export function gitEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...extra,
  }
}

interface GitOptions {
  input?: string | Uint8Array
  env?: Record<string, string>
  /** Exit codes besides 0 that are an answer and no failure. */
  accept?: readonly number[]
}

/** Runs git in a bare repository; rejects with `GitError`. */
export async function git(gitDir: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  return (await gitResult(gitDir, args, options)).stdout
}

export function gitResult(
  gitDir: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<{ code: number; stdout: Buffer }> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [`--git-dir=${gitDir}`, ...args], {
      env: gitEnvironment(options.env),
      stdio: 'pipe',
      timeout: GIT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    const out: Buffer[] = []
    let bytes = 0
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > GIT_OUTPUT_BYTES_MAX) child.kill('SIGKILL')
      else out.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 10_000) stderr += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const accepted = code !== null && (code === 0 || options.accept?.includes(code) === true)
      if (accepted) resolve({ code, stdout: Buffer.concat(out) })
      else reject(new GitError(args, code, stderr))
    })
    // A git that ends early closes its input; its exit code says the rest.
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}

export async function gitText(gitDir: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(gitDir, args, options)).toString('utf8')
}
