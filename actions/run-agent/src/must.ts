/** Commands that get a sandbox ready: one that fails ends the job, with a sentence that says which. */
import type { Sandbox } from '#sandboxes/provider.ts'

const STEP_TIMEOUT_MS = 300_000
const STDERR_CHARS_MAX = 300

/** Runs the commands in their order. @throws Error with what went wrong, for people. */
export async function must(sandbox: Sandbox, steps: readonly string[][], signal: AbortSignal): Promise<void> {
  for (const argv of steps) {
    const { exitCode, stderr } = await sandbox.exec(argv, { timeoutMs: STEP_TIMEOUT_MS, signal })
    if (exitCode !== 0) {
      const said = stderr.trim().slice(-STDERR_CHARS_MAX)
      throw new Error(`The checkout could not be prepared in the sandbox: ${argv[0]}: ${said}`)
    }
  }
}
