/**
 * The flags of the programs for developers (`npm run demo`, `sim`, `bench`): what is not known is said in a sentence with
 * the way to the usage, and not in a stack trace.
 */
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'

/** A command line that means nothing; the message says what is wrong and which values there are. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const EXIT_USAGE = 2

/** @throws UsageError */
export function readFlags<O extends ParseArgsOptionsConfig>(argv: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: false, options }).values
  } catch (error) {
    // Node adds advice on how to give an argument that starts with a dash; nobody means one here.
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}

/** What was read; a request for help and a wrong command line end the process. `usage` begins with `Usage: npm run …`. */
export function flagsOrExit<T extends object>(usage: string, read: () => T | 'help'): T {
  try {
    const flags = read()
    if (flags !== 'help') return flags
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const [, script] = /^Usage: (npm run \S+)/.exec(usage)!
    process.stderr.write(`${error.message}\n${script} -- --help shows the flags.\n`)
    process.exit(EXIT_USAGE)
  }
}
