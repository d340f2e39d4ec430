/** The stand-in against the unmodified SDK: it must behave like E2B where this product leans on E2B. */
import { Sandbox } from 'e2b'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startE2bStandIn } from './stand-in.ts'
import type { E2bStandIn } from './stand-in.ts'
import type { StandInTime } from './state.ts'

let nowMs = 1_800_000_000_000
const APPEAR_MS = 5_000
const appearing = Promise.withResolvers<void>()
const pending = new Set<{ at: number; act: () => void }>()
const time: StandInTime = {
  now: () => nowMs,
  after(ms, act) {
    const entry = { at: nowMs + ms, act }
    pending.add(entry)
    if (ms === APPEAR_MS) appearing.resolve()
    return { cancel: () => pending.delete(entry) }
  },
}
function advance(ms: number): void {
  nowMs += ms
  for (const entry of pending) {
    if (entry.at > nowMs) continue
    pending.delete(entry)
    entry.act()
  }
}

let standIn: E2bStandIn
beforeAll(async () => {
  standIn = await startE2bStandIn({ time })
})
afterAll(() => standIn.dispose())

const options = () => {
  const { apiKey, apiUrl, sandboxUrl } = standIn
  return { apiKey, apiUrl, sandboxUrl, retries: 0 }
}

test('a sandbox has a home, files and commands, and its lifetime ends it', async () => {
  const sandbox = await Sandbox.create('base', { ...options(), timeoutMs: 10_000, metadata: { a: 'x & y' } })
  await sandbox.files.write('folder/file', 'text')
  await sandbox.files.write('/home/user/other', 'documented home')
  const { stdout } = await sandbox.commands.run('cat folder/file other; echo " $HOME"', { cwd: '/home/user' })
  expect(stdout).toMatch(/^textdocumented home \/.+\n$/)
  await expect(sandbox.commands.run('exit 3')).rejects.toMatchObject({ exitCode: 3 })
  await expect(sandbox.files.read('absent')).rejects.toMatchObject({ name: 'FileNotFoundError' })

  const info = await Sandbox.getInfo(sandbox.sandboxId, options())
  expect(info.endAt.getTime() - info.startedAt.getTime()).toBe(10_000)
  expect(await Sandbox.list({ ...options(), query: { metadata: { a: 'x & y' } } }).nextItems()).toHaveLength(1)
  expect(await Sandbox.list({ ...options(), query: { metadata: { a: 'z' } } }).nextItems()).toEqual([])

  advance(6_000)
  await sandbox.setTimeout(10_000)
  advance(6_000)
  expect(await sandbox.isRunning()).toBe(true)
  advance(4_000)
  expect(await sandbox.isRunning()).toBe(false)
  expect(standIn.sandboxes().at(-1)).toMatchObject({ state: 'gone', endedBy: 'ttl' })
  expect(await Sandbox.kill(sandbox.sandboxId, options())).toBe(false)
  await expect(sandbox.commands.run('true')).rejects.toMatchObject({ name: 'SandboxNotFoundError' })
})

test('connecting moves the end only to a later moment, and wakes what was paused', async () => {
  const sandbox = await Sandbox.create('base', { ...options(), timeoutMs: 100_000 })
  const end = async () => (await sandbox.getInfo()).endAt.getTime() - nowMs
  await Sandbox.connect(sandbox.sandboxId, { ...options(), timeoutMs: 10_000 })
  expect(await end()).toBe(100_000)
  expect(await sandbox.pause()).toBe(true)
  expect(await sandbox.pause()).toBe(false)
  expect(await sandbox.isRunning()).toBe(false)
  await Sandbox.connect(sandbox.sandboxId, { ...options(), timeoutMs: 200_000 })
  expect(await end()).toBe(200_000)
  expect(await sandbox.isRunning()).toBe(true)
  expect(await sandbox.kill()).toBe(true)
})

test('what a command prints while nobody is connected is lost, and it goes on', async () => {
  const sandbox = await Sandbox.create('base', { ...options(), timeoutMs: 100_000 })
  const told = Promise.withResolvers<void>()
  const step = (name: string) => `while [ ! -e ${name} ]; do sleep 0.02; done`
  const script = `echo one; ${step('a')}; echo two; touch said-two; ${step('b')}; echo three`
  const first = await sandbox.commands.run(script, { background: true, timeoutMs: 0, onStdout: () => told.resolve() })
  await told.promise
  expect(first.stdout).toBe('one\n')
  await first.disconnect()
  await sandbox.files.write('a', '')
  await sandbox.commands.run(step('said-two'))
  const second = await sandbox.commands.connect(first.pid, { timeoutMs: 0 })
  await sandbox.files.write('b', '')
  expect((await second.wait()).stdout).toBe('three\n')
  await sandbox.kill()
})

test('a wrong key is refused, and an ordered fault is met once and then over', async () => {
  await expect(Sandbox.create('base', { ...options(), apiKey: 'e2b_other' })).rejects.toMatchObject({
    name: 'AuthenticationError',
  })
  standIn.faults.failNext({ op: 'list', status: 429 })
  const list = () => Sandbox.list(options()).nextItems()
  await expect(list()).rejects.toMatchObject({ name: 'RateLimitError' })
  expect(await list()).toEqual([])
  standIn.faults.unreachable(true)
  await expect(list()).rejects.toThrow('fetch failed')
  standIn.faults.unreachable(false)
  expect(await list()).toEqual([])
})

test('a create that hangs may still have made a sandbox', async () => {
  standIn.faults.hangCreate(1, { appearAfterMs: APPEAR_MS })
  const metadata = { hung: 'yes' }
  const controller = new AbortController()
  const creating = Sandbox.create('base', { ...options(), metadata, signal: controller.signal }).catch(() => 'failed')
  await appearing.promise
  controller.abort()
  expect(await creating).toBe('failed')
  advance(APPEAR_MS)
  await standIn.until((all) => all.at(-1)?.metadata['hung'] === 'yes')
  expect(standIn.sandboxes().at(-1)).toMatchObject({ state: 'running' })
})

test('a paused sandbox has no lifetime; connected to again it has a new one', async () => {
  const sandbox = await Sandbox.create('base', { ...options(), timeoutMs: 10_000 })
  await sandbox.files.write('kept', 'text')
  expect(await sandbox.pause()).toBe(true)
  expect(await sandbox.pause()).toBe(false)
  advance(7 * 24 * 3_600_000)
  expect((await Sandbox.getInfo(sandbox.sandboxId, options())).state).toBe('paused')
  const back = await Sandbox.connect(sandbox.sandboxId, { ...options(), timeoutMs: 5_000 })
  expect(await back.files.read('kept')).toBe('text')
  advance(5_000)
  await expect(Sandbox.getInfo(sandbox.sandboxId, options())).rejects.toMatchObject({ name: 'SandboxNotFoundError' })
})
