/**
 * Primer's theme files declare close to a thousand custom properties each; the components that we ship read a third of
 * them. Unread declarations are dropped while the files are transformed, that is before the content is hashed.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const READ = /var\(\s*(--[\w-]+)/g
const DECLARATION = /(--[\w-]+):([^;{}]*);/g

export interface PruneTokensOptions {
  /** Absolute folders whose .css, .js, .ts and .tsx files read tokens. */
  readers: readonly string[]
  /** Folders and files inside of the readers that are not shipped, so that what they read does not count. */
  unshipped?: readonly string[]
}

/** A Vite plugin: keeps only the declarations of @primer/primitives that the readers, or kept declarations, read. */
export function pruneTokens(options: PruneTokensOptions) {
  let read: Set<string> | undefined
  return {
    name: 'deckhand:prune-tokens',
    enforce: 'pre' as const,
    transform(code: string, id: string) {
      if (!/@primer\/primitives\/.*\.css$/.test(id)) return null
      read ??= readTokens(options)
      return { code: prune(code, read), map: null }
    },
  }
}

/** Drops every declaration that is neither in `read` nor read by a declaration that stays. */
export function prune(css: string, read: ReadonlySet<string>): string {
  const bare = css.replace(/\/\*[^]*?\*\//g, '')
  const values = new Map<string, string>()
  for (const [, name = '', value = ''] of bare.matchAll(DECLARATION)) {
    values.set(name, `${values.get(name) ?? ''} ${value}`)
  }
  const kept = new Set<string>()
  const queue = [...values.keys()].filter((name) => read.has(name))
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (kept.has(name)) continue
    kept.add(name)
    queue.push(...tokensIn(values.get(name) ?? '').filter((other) => values.has(other)))
  }
  return bare.replace(DECLARATION, (whole, name: string) => (kept.has(name) ? whole : ''))
}

function tokensIn(text: string): string[] {
  return [...text.matchAll(READ)].map(([, name = '']) => name)
}

function readTokens({ readers, unshipped = [] }: PruneTokensOptions): Set<string> {
  const exclude = unshipped.flatMap((name) => [name, `${name}/**`])
  const files = readers.flatMap((cwd) =>
    globSync('**/*.{css,js,ts,tsx}', { cwd, exclude }).map((file) => join(cwd, file)),
  )
  return new Set(files.flatMap((file) => tokensIn(readFileSync(file, 'utf8'))))
}
