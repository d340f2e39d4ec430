/**
 * The built dashboard for the demo and for tests. It is built only when its sources changed, in a child process, because
 * whoever asks for it may be the parent of a database and must not block its own event loop.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { glob, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const BUILD_TIMEOUT_MS = 120_000
/** Longer than any build: a lock that is older was left behind by a process that died. */
const LOCK_STALE_MS = 150_000
const LOCK_POLL_MS = 100
const OUTPUT_CHARS_MAX = 20_000
const STAMP = '.digest'
const SOURCES = ['web/**/*.{ts,tsx,css,html,svg}', 'app/contracts/*.ts', 'package-lock.json']

const building = new Map<string, Promise<string>>()

/**
 * Builds `web/dist` under `root` unless it already fits the sources, and returns its absolute path. Safe to call from
 * several places and processes at once. Rejects with the build's output when the build fails.
 */
export function ensureWebBuilt(root: string): Promise<string> {
  const running = building.get(root) ?? build(root).finally(() => building.delete(root))
  building.set(root, running)
  return running
}

async function build(root: string): Promise<string> {
  const dist = join(root, 'web/dist')
  const digest = await digestOf(root)
  if ((await stampOf(dist)) === digest) return dist
  const unlock = await lock(join(root, '.cache/web-build.lock'))
  try {
    if ((await stampOf(dist)) === digest) return dist
    const fresh = join(root, `.cache/web-dist-${process.pid}`)
    await rm(fresh, { recursive: true, force: true })
    await vite(root, fresh)
    await writeFile(join(fresh, STAMP), digest)
    await rm(dist, { recursive: true, force: true })
    await rename(fresh, dist)
    return dist
  } finally {
    await unlock()
  }
}

async function digestOf(root: string): Promise<string> {
  const files: string[] = []
  for await (const file of glob(SOURCES, { cwd: root, exclude: ['web/dist/**', '**/*.test.*'] })) files.push(file)
  const hash = createHash('sha256')
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(await readFile(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

async function stampOf(dist: string): Promise<string | null> {
  return readFile(join(dist, STAMP), 'utf8').catch(() => null)
}

/** One process builds at a time: a folder can be made only once. */
async function lock(path: string): Promise<() => Promise<void>> {
  await mkdir(join(path, '..'), { recursive: true })
  const deadline = Date.now() + LOCK_STALE_MS
  for (;;) {
    try {
      await mkdir(path)
      return () => rm(path, { recursive: true, force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const made = await stat(path).catch(() => null)
    if (made && Date.now() - made.mtimeMs > LOCK_STALE_MS) await rm(path, { recursive: true, force: true })
    if (Date.now() > deadline) throw new Error(`The dashboard is still being built elsewhere; if not, remove ${path}`)
    await sleep(LOCK_POLL_MS)
  }
}

async function vite(root: string, outDir: string): Promise<void> {
  const cli = join(root, 'node_modules/vite/bin/vite.js')
  const child = spawn(
    process.execPath,
    [cli, 'build', 'web', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A test runner's environment would switch React to its development build.
      env: { ...process.env, NODE_ENV: 'production', VITEST: '' },
      signal: AbortSignal.timeout(BUILD_TIMEOUT_MS),
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARS_MAX)
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`The dashboard could not be built (vite ended with ${String(code)}):\n${output}`)
}
