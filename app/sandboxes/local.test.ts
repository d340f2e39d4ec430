/** What only local sandboxes promise: they end with their parent and their time, and the machine stays out of reach. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { rolldown } from 'rolldown'
import { afterAll, afterEach, expect, test, vi } from 'vitest'

import { probeNamespace } from './local-isolation.ts'
import { openRegistry } from './local-registry.ts'
import { localProvider } from './local.ts'
import type { AcquireSpec } from './provider.ts'
import { SOON } from '../../test/stack/soon.ts'

const localDir = openRegistry(mkdtempSync(join(tmpdir(), 'deckhand-local-'))).root
const namespace = await probeNamespace(localDir)
const works = 'wrapping' in namespace
const why = works ? '' : ` (not run: ${namespace.problem})`
afterAll(() => rm(localDir, { recursive: true, force: true }))
afterEach(() => {
  vi.unstubAllEnvs()
})

const spec: AcquireSpec = { owner: 'o', runId: 'r', attemptId: 'r/1', ttlMs: 60_000, acquireTimeoutMs: 20_000 }
const plain = () => localProvider({ localIsolation: 'none', localDir })
const isListed = (id: string) => readdirSync(localDir).some((name) => name.startsWith(id))

/** Processes of this computer whose environment holds the text. */
function withEnv(text: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text)
    } catch {
      return false
    }
  })
}

test('a parent that is killed leaves nothing, from a minified bundle too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-bundle-'))
  const marker = `orphan-${process.pid}`
  const program = `
    import { localProvider } from ${JSON.stringify(join(import.meta.dirname, 'local.ts'))}
    const provider = localProvider({ localIsolation: 'none', localDir: ${JSON.stringify(localDir)} })
    const sandbox = await provider.acquire(${JSON.stringify(spec)})
    await sandbox.exec(['sh', '-c', 'setsid sleep 604 & echo up; sleep 605'], {
      env: { MARKER: ${JSON.stringify(marker)} }, onStdout: () => process.stdout.write(sandbox.id + '\\n'),
    })`
  writeFileSync(join(folder, 'entry.mjs'), program)
  const bundle = await rolldown({ input: join(folder, 'entry.mjs'), platform: 'node' })
  await bundle.write({ file: join(folder, 'out.mjs'), format: 'esm', minify: true })
  await bundle.close()
  const parent = spawn(process.execPath, [join(folder, 'out.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const id = line.toString().trim()
  expect(withEnv(marker).length).toBeGreaterThan(0)
  parent.kill('SIGKILL')
  await vi.waitFor(
    () => expect({ processes: withEnv(marker), listed: isListed(id) }).toEqual({ processes: [], listed: false }),
    SOON,
  )
  await rm(folder, { recursive: true })
})

test('the time-to-live ends a sandbox and the command that runs in it', async () => {
  const sandbox = await plain().acquire({ ...spec, ttlMs: 5_000 })
  await expect(sandbox.exec(['sleep', '606'])).rejects.toThrow('has ended')
  await vi.waitFor(() => expect(isListed(sandbox.id)).toBe(false), SOON)
})

test('extend may also bring the end nearer, from another process too', async () => {
  const sandbox = await plain().acquire(spec)
  const attached = await plain().attach(sandbox.id)
  await attached?.extend(1)
  await vi.waitFor(() => expect(isListed(sandbox.id)).toBe(false), SOON)
  await expect(sandbox.extend(1_000)).rejects.toThrow('has ended')
})

test('a sandbox whose supervisor was killed is still listed, and destroy does its work', async () => {
  const sandbox = await plain().acquire(spec)
  const record = await openRegistry(localDir).read(sandbox.id)
  process.kill(record?.supervisor ?? 0, 'SIGKILL')
  expect(isListed(sandbox.id)).toBe(true)
  await plain().destroy(sandbox.id)
  expect(isListed(sandbox.id)).toBe(false)
})

test('without bubblewrap nothing runs, and the refusal says what to do', async () => {
  vi.stubEnv('PATH', '/nonexistent')
  const provider = localProvider({ localIsolation: 'auto', localDir })
  const advice = 'bubblewrap (bwrap) is not installed; install bubblewrap'
  await expect(provider.acquire(spec)).rejects.toMatchObject({ reason: 'sandbox_provider_error' })
  await expect(provider.acquire(spec)).rejects.toThrow(advice)
  expect(await provider.check()).toMatchObject({ ok: false, detail: expect.stringContaining(advice) })
})

test('a list of allowed hosts is refused rather than ignored', async () => {
  const acquiring = plain().acquire({ ...spec, network: { allow: ['example.com'] } })
  await expect(acquiring).rejects.toMatchObject({ reason: 'sandbox_provider_error' })
})

test('an acquire that was called off leaves nothing', async () => {
  const acquiring = plain().acquire({ ...spec, owner: 'called off', signal: AbortSignal.abort() })
  await expect(acquiring).rejects.toMatchObject({ reason: 'sandbox_acquire_timeout' })
  for await (const ref of plain().list('called off')) expect(ref).toBeUndefined()
})

test('a folder that somebody else prepared is not used', () => {
  const link = join(localDir, 'link')
  symlinkSync(tmpdir(), link)
  expect(() => openRegistry(link)).toThrow('does not belong to this user')
})

test.runIf(works)(`a namespace hides the machine, its users and its network${why}`, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const inside = `
    id -u; ls /proc | grep -c '^[0-9]'; ls -A /home; ls -A /root
    cat /etc/shadow 2>/dev/null; ls ${JSON.stringify(import.meta.dirname)} 2>/dev/null; ls ${localDir} 2>/dev/null
    touch /usr/x 2>/dev/null && echo wrote; mount -o remount,rw /usr 2>/dev/null && echo remounted
    node -e "require('net').connect(${port}, '127.0.0.1').on('connect', () => console.log('reached')).on('error', () => {})"
    cat /proc/1/environ | tr '\\0' '\\n' | grep '^VITEST'; echo done`
  await using sandbox = await localProvider({ localIsolation: 'auto', localDir }).acquire(spec)
  const { stdout } = await sandbox.exec(['sh', '-c', inside])
  const [uid, processes, ...rest] = stdout.trim().split('\n')
  expect(Number(uid)).not.toBe(0)
  expect(Number(processes)).toBeLessThan(10)
  expect(rest).toEqual(['agent', 'done'])
  server.close()
})

test.runIf(works)(`the network is there when it is asked for${why}`, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = { ...spec, network: 'all' as const }
  await using sandbox = await localProvider({ localIsolation: 'auto', localDir }).acquire(open)
  const program = `require('net').connect(${port}, '127.0.0.1', function () { console.log('reached'); this.destroy() })`
  expect(await sandbox.exec(['node', '-e', program])).toMatchObject({ stdout: 'reached\n' })
  server.close()
})

test.runIf(works)(`a fork bomb ends with its sandbox's limits and its time${why}`, async () => {
  await using sandbox = await localProvider({ localIsolation: 'auto', localDir }).acquire(spec)
  const marker = `bomb-${process.pid}`
  const script = 'i=0; while [ $i -lt 3000 ]; do sleep 607 & i=$((i+1)); done; echo all'
  const result = await sandbox.exec(['sh', '-c', script], { env: { MARKER: marker }, timeoutMs: 15_000 })
  expect(result.stdout).not.toContain('all')
  await vi.waitFor(() => expect(withEnv(marker)).toEqual([]), SOON)
})
