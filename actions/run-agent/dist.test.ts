/** The committed bundle: built from exactly these sources, small, and able to do the whole job as the runner starts it. */
import { execFile, spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, expect, test } from 'vitest'

import { actionSourcesDigest, requireFreshAction, stampedDigest } from '../../scripts/action-digest.ts'
import { startE2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import { NONCE, READ_TOKEN, testWorld } from '../../test/support/run-agent/world.ts'
import type { Options } from '../../test/support/run-agent/world.ts'

const EAGER_BYTES_MAX = 50_000
const DIST_BYTES_MAX = 3_000_000
const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(here, 'dist')
const fresh = mkdtempSync(join(tmpdir(), 'run-agent-dist-'))
afterAll(() => rmSync(fresh, { recursive: true, force: true }))

const REMEDY = 'Run "npm run build:action" and commit actions/run-agent/dist.'
const filesOf = (dir: string): string[] => globSync('**/*.*', { cwd: dir }).toSorted()

test('the stamp names the sources that are here', () => {
  expect({ stamp: stampedDigest(root), REMEDY }).toEqual({ stamp: actionSourcesDigest(root), REMEDY })
  expect(() => requireFreshAction(root)).not.toThrow()
})

test('a build of these sources gives the committed files, byte for byte', async () => {
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs')
  const args = [rolldown, '-c', join(here, 'rolldown.config.ts'), '-d', fresh]
  await promisify(execFile)(process.execPath, args, { cwd: root })
  expect({ files: filesOf(dist), REMEDY }).toEqual({ files: filesOf(fresh), REMEDY })
  const differing = filesOf(fresh).filter(
    (file) => !readFileSync(join(dist, file)).equals(readFileSync(join(fresh, file))),
  )
  expect({ differing, REMEDY }).toEqual({ differing: [], REMEDY })
})

test('what is loaded eagerly is small, and so is the whole', () => {
  const seen = new Set<string>()
  const follow = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) .*?["'](\.[^"']+)["'];?$/gm,
    )) {
      follow(join(file, '..', target))
    }
  }
  follow(join(dist, 'index.js'))
  expect(seen.size).toBeGreaterThan(1)
  expect([...seen].reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThanOrEqual(EAGER_BYTES_MAX)
  const all = filesOf(dist).reduce((sum, file) => sum + statSync(join(dist, file)).size, 0)
  expect(all).toBeLessThanOrEqual(DIST_BYTES_MAX)
})

interface Ended {
  exitCode: number | null
  log: string
}

function start(entry: 'index.js' | 'post.js', env: Record<string, string>) {
  const child = spawn(process.execPath, [join(dist, entry)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ended = new Promise<Ended>((resolve) => child.on('close', (exitCode) => resolve({ exitCode, log })))
  return { child, ended }
}

const local: Options = {
  answer: (answer) => ({ ...answer, sandbox: { ...answer.sandbox, provider: 'local' } }),
}

test('the committed bundle does the whole job with a local sandbox', async () => {
  await using t = await testWorld(local)
  const { exitCode, log } = await start('index.js', t.env).ended
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
  expect(t.app.types.at(0)).toBe('executor.started')
  expect(t.app.types.slice(-3)).toEqual(['proposal.submitted', 'sandbox.destroyed', 'executor.finished'])
  expect(log.replaceAll(/^::add-mask::.*$/gm, '')).not.toMatch(new RegExp(`${NONCE}|${READ_TOKEN}`))
  expect(t.file('summary')).toContain('### Done')
  const post = await start('post.js', t.env).ended
  expect(post).toEqual({ exitCode: 0, log: '' })
})

test('the committed bundle does the whole job in E2B, with the SDK that is inside of it', async () => {
  await using e2b = await startE2bStandIn()
  await using t = await testWorld({
    answer: (answer) => ({ ...answer, sandbox: { ...answer.sandbox, provider: 'e2b' } }),
  })
  const inputs = {
    'INPUT_E2B-API-KEY': e2b.apiKey,
    'INPUT_E2B-API-URL': e2b.apiUrl,
    'INPUT_E2B-SANDBOX-URL': e2b.sandboxUrl,
  }
  const { exitCode, log } = await start('index.js', { ...t.env, ...inputs }).ended
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
  expect(t.app.types.slice(-3)).toEqual(['proposal.submitted', 'sandbox.destroyed', 'executor.finished'])
  expect(log).not.toContain(e2b.apiKey)
})

test('the runner cancels: the bundle ends the hanging agent, says so, and is gone in time', async () => {
  await using t = await testWorld({ ...local, instructions: 'stub: hang' })
  const { child, ended } = start('index.js', t.env)
  await t.app.until('agent.progressed')
  const since = performance.now()
  child.kill('SIGINT')
  const { exitCode, log } = await ended
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 })
  expect(performance.now() - since).toBeLessThan(7_000)
  expect(t.app.types.slice(-2)).toEqual(['sandbox.destroyed', 'executor.finished'])
})

test('the main step is killed: the post step destroys the sandbox that it left', async () => {
  await using t = await testWorld({ ...local, instructions: 'stub: hang' })
  const { child, ended } = start('index.js', t.env)
  await t.app.until('agent.progressed')
  child.kill('SIGKILL')
  await ended
  const saved = /sandbox<<(\S+)\n(.+)\n\1\n$/.exec(t.file('state'))?.[2] ?? ''
  const post = await start('post.js', { ...t.env, STATE_sandbox: saved }).ended
  expect(post.exitCode).toBe(0)
  expect(post.log).toContain('::notice title=Sandbox removed')
})

test('started by anything but a dispatch, it says so and ends with 2', async () => {
  const { exitCode, log } = await start('index.js', { PATH: process.env.PATH ?? '' }).ended
  expect(exitCode).toBe(2)
  expect(log).toMatch(/^::error title=This job was not started by Deckhand::GITHUB_EVENT_PATH is not set/)
})
