/**
 * Which sources the action's committed bundle was built from, as one digest: `dist/SOURCES.sha256` carries it, so that
 * a stale bundle is refused in a few milliseconds, without building. The byte-for-byte proof is `dist.test.ts`.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ACTION_DIR = 'actions/run-agent'
export const STAMP_FILE = 'SOURCES.sha256'
/** What goes into the bundle and how: tests are left out. */
const PATTERNS = [
  `${ACTION_DIR}/src/**/*.ts`,
  `${ACTION_DIR}/*.config.ts`,
  'app/contracts/{callbacks,executor,ids,problems}.ts',
  'app/sandboxes/**/*.ts',
]
/** Packages whose versions are part of it; what they need themselves is pinned by the lockfile. */
const PACKAGES = ['e2b', 'eventsource-parser', 'jose', 'rolldown', 'zod']

/**
 * SHA-256 (hex) over the paths and contents of the action's sources and the versions of the packages in its bundle.
 * @param root the repository's root.
 */
export function actionSourcesDigest(root: string): string {
  const hash = createHash('sha256')
  const files = PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.(?:test|tmp)\.ts$/.test(file))
    .toSorted()
  for (const file of files) hash.update(`${file}\0${readFileSync(join(root, file), 'utf8')}\0`)
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  for (const name of PACKAGES) hash.update(`${name}@${lock.packages[`node_modules/${name}`]?.version}\0`)
  return hash.digest('hex')
}

/** The digest that the committed bundle claims, or null when there is none. */
export function stampedDigest(root: string): string | null {
  try {
    return readFileSync(join(root, ACTION_DIR, 'dist', STAMP_FILE), 'utf8').trim()
  } catch {
    return null
  }
}

/** @throws Error with the remedy when the committed bundle was built from other sources than these. */
export function requireFreshAction(root: string): void {
  if (stampedDigest(root) === actionSourcesDigest(root)) return
  throw new Error(`${ACTION_DIR}/dist was not built from these sources. Run "npm run build:action" and commit it.`)
}
