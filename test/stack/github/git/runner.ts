/**
 * Runs git for a process with much memory. Starting a child begins with a fork, and the kernel copies the page tables
 * for it: 23 ms of CPU in a process of 700 MB, 1 ms in this one. The suite asks git some twenty times a second.
 */
import { spawn } from 'node:child_process'

const GIT_TIMEOUT_MS = 60_000
const GIT_OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const STDERR_CHARS_MAX = 10_000

export interface Question {
  readonly id: number
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly input: string | Uint8Array
}
export interface Answer {
  readonly id: number
  /** Null when git could not be started or was killed. */
  readonly code: number | null
  readonly stdout: Uint8Array
  readonly stderr: string
}

function ask({ id, args, env, input }: Question): void {
  const child = spawn('git', args, { env, stdio: 'pipe', timeout: GIT_TIMEOUT_MS, killSignal: 'SIGKILL' })
  const out: Buffer[] = []
  let bytes = 0
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > GIT_OUTPUT_BYTES_MAX) child.kill('SIGKILL')
    else out.push(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < STDERR_CHARS_MAX) stderr += chunk.toString()
  })
  const answer = (code: number | null, said: string) =>
    process.send?.({ id, code, stdout: Buffer.concat(out), stderr: said } satisfies Answer)
  child.on('error', (error) => answer(null, String(error)))
  child.on('close', (code) => answer(code, stderr))
  // A git that ends early closes its input; its exit code says the rest.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
}

process.on('message', (question: Question) => {
  try {
    ask(question)
  } catch (error) {
    process.send?.({ id: question.id, code: null, stdout: new Uint8Array(), stderr: String(error) } satisfies Answer)
  }
})
// What ends a terminal's whole group reaches this process, too: whoever asks is still tidying up, and has more to ask.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit())
