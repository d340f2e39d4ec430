/**
 * Git itself: one short-lived `git` per question, always asynchronous, because a blocked parent would stall the
 * database that the same process started. All are started by one small process (`runner.ts`), which ends with this one.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import type { Answer, Question } from './runner.ts'

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

export async function gitResult(
  gitDir: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<{ code: number; stdout: Buffer }> {
  const { code, stdout, stderr } = await answerTo({
    args: [`--git-dir=${gitDir}`, ...args],
    env: gitEnvironment(options.env),
    input: options.input ?? '',
  })
  const accepted = code !== null && (code === 0 || options.accept?.includes(code) === true)
  if (!accepted) throw new GitError(args, code, stderr)
  return { code, stdout: Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength) }
}

export async function gitText(gitDir: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await git(gitDir, args, options)).toString('utf8')
}

let runner: ChildProcess | null = null
let asked = 0
const waiting = new Map<number, (answer: Answer) => void>()

function answerTo(question: Omit<Question, 'id'>): Promise<Answer> {
  const id = (asked += 1)
  return new Promise((resolve) => {
    const child = (runner ??= startRunner())
    waiting.set(id, resolve)
    // An answer that is owed keeps this process; a runner that is idle does not.
    child.channel?.ref()
    child.send({ ...question, id } satisfies Question, (error) => error && settle(nothing(id, String(error))))
  })
}

function startRunner(): ChildProcess {
  const child = fork(fileURLToPath(new URL('./runner.ts', import.meta.url)), {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  child.unref()
  child.on('message', (answer) => settle(answer as Answer))
  const ended = (why: string): void => {
    if (runner === child) runner = null
    for (const id of waiting.keys()) settle(nothing(id, `the git runner ended: ${why}`))
  }
  child.on('error', (error) => ended(String(error)))
  child.on('exit', (code, signal) => ended(String(signal ?? code)))
  return child
}

const nothing = (id: number, stderr: string): Answer => ({ id, code: null, stdout: new Uint8Array(), stderr })

function settle(answer: Answer): void {
  const resolve = waiting.get(answer.id)
  waiting.delete(answer.id)
  if (waiting.size === 0) runner?.channel?.unref()
  resolve?.(answer)
}
