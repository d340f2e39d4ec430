/** Paths inside a sandbox: relative to its workdir or absolute beneath it, and nothing else. */
import { posix } from 'node:path'

/**
 * The absolute path in the sandbox. Throws when it leads out of the workdir by its wording alone; links are the
 * business of the provider, which knows where the file system lives.
 */
export function resolveInside(workdir: string, path: string): string {
  if (path.includes('\0')) throw new Error('A path in a sandbox must not hold a NUL byte.')
  const absolute = posix.resolve(workdir, path)
  if (absolute !== workdir && !absolute.startsWith(workdir === '/' ? '/' : `${workdir}/`)) {
    throw new Error(`The path ${JSON.stringify(path)} leads out of the sandbox's workdir; give one beneath ${workdir}.`)
  }
  return absolute
}

/** One word of a POSIX shell command. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
