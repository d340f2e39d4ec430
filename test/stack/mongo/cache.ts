/**
 * The folder where what was fetched once is kept, and a lock on it: several test runs may start at the same moment on
 * a fresh machine, and only one of them should fetch.
 */
import { access, constants, mkdir, open, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const LOCK_WAIT_MS_MAX = 300_000
const LOCK_POLL_MS = 100

/** `$XDG_CACHE_HOME/deckhand`, else `~/.cache/deckhand`, else `node_modules/.cache/deckhand`: the first that is writable. */
export async function cacheFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const xdg = env['XDG_CACHE_HOME']
  const candidates = [
    xdg && isAbsolute(xdg) ? join(xdg, 'deckhand') : join(env['HOME'] ?? homedir(), '.cache', 'deckhand'),
    fileURLToPath(new URL('../../../node_modules/.cache/deckhand', import.meta.url)),
  ]
  for (const folder of candidates) {
    try {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK | constants.X_OK)
      return folder
    } catch {
      // A read-only home is usual in containers; the next candidate is tried.
    }
  }
  throw new Error(
    `No folder can be written to keep downloads in: tried ${candidates.join(' and ')}. Set XDG_CACHE_HOME.`,
  )
}

/** Runs `work` while holding a lock file with our process id; a lock whose process died is taken over. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + LOCK_WAIT_MS_MAX
  while (!(await take(path))) {
    if (Date.now() > deadline) throw new Error(`${path} has been locked for ${LOCK_WAIT_MS_MAX / 1000} s: delete it.`)
    await wait(LOCK_POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const owner = Number(await readFile(path, 'utf8').catch(() => ''))
  // An empty file is a lock taken this very moment: its owner has not written the number yet.
  if (owner > 0 && !isAlive(owner)) await rm(path, { force: true })
  return false
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
