/** Real git, asked from a test without blocking the process that reads mongod's log. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Output of a git command in a (bare) repository. */
export async function git(gitDir: string, ...args: string[]): Promise<string> {
  return (await run('git', ['--git-dir', gitDir, ...args])).stdout
}
