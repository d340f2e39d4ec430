/** How E2B goes wrong, and what the provider makes of it. Time is moved by hand; nothing here waits. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { manualClock } from '../../test/stack/e2b/manual-clock.ts'
import { startE2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import type { E2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import { ACQUIRE_TRIES_MAX, ORPHAN_LOOKS_MS } from './e2b-acquire.ts'
import { e2bProvider } from './e2b.ts'
import type { AcquireSpec, ProviderSettings } from './provider.ts'

let standIn: E2bStandIn
beforeAll(async () => {
  standIn = await startE2bStandIn()
})
afterAll(() => standIn.dispose())

let attempt = 0
beforeEach(() => {
  attempt += 1
})
const ACQUIRE_MS = 60_000
const spec = (more: Partial<AcquireSpec> = {}): AcquireSpec => ({
  owner: `e2b-test-${attempt}`,
  runId: 'r_0000000000',
  attemptId: `r_0000000000/${attempt}`,
  ttlMs: 3_600_000,
  acquireTimeoutMs: ACQUIRE_MS,
  ...more,
})
const mine = () => standIn.sandboxes().filter((sandbox) => sandbox.metadata['owner'] === `e2b-test-${attempt}`)
const creates = () => standIn.calls().filter((call) => call === 'POST /v2/sandboxes').length

function provider(settings: ProviderSettings = {}) {
  const clock = manualClock()
  const { apiKey: e2bApiKey, apiUrl: e2bApiUrl, sandboxUrl: e2bSandboxUrl } = standIn
  return { clock, e2b: e2bProvider({ e2bApiKey, e2bApiUrl, e2bSandboxUrl, ...settings }, clock, () => 1) }
}
/** How an acquire failed: its reason, or the text of what is no `SandboxAcquireError`. */
const reasonOf = (acquiring: Promise<unknown>) =>
  acquiring.then(
    () => 'it worked',
    (error: Error & { reason?: string }) => error.reason ?? error.message,
  )

test('the create call carries metadata, lifetime, environment and network rules', async () => {
  const { e2b } = provider()
  const sandbox = await e2b.acquire(
    spec({ env: { A: '1' }, network: { allow: ['packages.example.com'] }, template: 'node' }),
  )
  expect(mine()).toMatchObject([
    {
      templateId: 'node',
      metadata: { runId: 'r_0000000000', attemptId: `r_0000000000/${attempt}` },
      envVars: { A: '1' },
      network: { allowOut: ['packages.example.com'], denyOut: ['0.0.0.0/0'] },
    },
  ])
  const [{ startedAt, endsAt } = { startedAt: new Date(0), endsAt: new Date(0) }] = mine()
  expect(endsAt.getTime() - startedAt.getTime()).toBe(3_600_000)
  await sandbox.destroy()
  const closed = await e2b.acquire(spec({ network: 'none' }))
  expect(mine().at(-1)).toMatchObject({ network: { allowInternetAccess: false } })
  await closed.destroy()
})

test('a wrong key is refused at once and named', async () => {
  const before = creates()
  expect(await reasonOf(provider({ e2bApiKey: 'e2b_wrong' }).e2b.acquire(spec()))).toBe('sandbox_unauthorized')
  expect(creates()).toBe(before + 1)
  expect(await reasonOf(provider({ e2bApiKey: undefined }).e2b.acquire(spec()))).toBe('sandbox_unauthorized')
  expect(await provider({ e2bApiKey: undefined }).e2b.check()).toMatchObject({ ok: false, detail: /E2B_API_KEY/ })
  expect(await provider().e2b.check()).toMatchObject({ ok: true, isolation: 'vm' })
})

test('a rate limit is waited out exactly as long as the service asks', async () => {
  const { clock, e2b } = provider()
  standIn.faults.failNext({ op: 'create', status: 429, retryAfter: 7 })
  const acquiring = e2b.acquire(spec())
  await clock.waiting((ms) => ms === 7_000)
  expect(mine()).toEqual([])
  clock.advance(7_000)
  await (await acquiring).destroy()
})

test('a rate limit that lasts past the deadline fails at once, before it', async () => {
  const { clock, e2b } = provider()
  const startedAt = clock.now()
  standIn.faults.failNext({ op: 'create', status: 429, retryAfter: 61 })
  expect(await reasonOf(e2b.acquire(spec()))).toBe('sandbox_rate_limited')
  expect(clock.now()).toBe(startedAt)
})

test.each([500, 503])('a service that answers %i for a moment costs a moment', async (status) => {
  const { clock, e2b } = provider()
  standIn.faults.failNext({ op: 'create', status, times: 2 })
  const acquiring = e2b.acquire(spec())
  for (const waitMs of [500, 1_000]) {
    await clock.waiting((ms) => ms === waitMs)
    expect(mine()).toEqual([])
    clock.advance(waitMs)
  }
  await (await acquiring).destroy()
  expect(mine()).toHaveLength(1)
})

test('a service that stays broken ends the tries, which are counted', async () => {
  const { clock, e2b } = provider()
  const before = creates()
  standIn.faults.failNext({ op: 'create', status: 500, times: ACQUIRE_TRIES_MAX })
  const failing = reasonOf(e2b.acquire(spec()))
  for (let tried = 0; tried < ACQUIRE_TRIES_MAX; tried++) {
    clock.advance(await clock.waiting((ms) => ms === Math.min(500 * 2 ** tried, 8_000)))
  }
  expect(await failing).toBe('sandbox_provider_error')
  expect(creates()).toBe(before + ACQUIRE_TRIES_MAX)
})

test('a service that cannot be reached is a provider error', async () => {
  const { e2b } = provider({ e2bApiUrl: 'http://127.0.0.1:1' })
  expect(await reasonOf(e2b.acquire(spec({ acquireTimeoutMs: 400 })))).toBe('sandbox_provider_error')
})

test('what the service said outlives a last try that our own clock cuts short', async () => {
  const { clock, e2b } = provider()
  standIn.faults.failNext({ op: 'create', status: 429, retryAfter: 1 })
  standIn.faults.hangCreate(1, { appearAfterMs: 0 })
  const failing = reasonOf(e2b.acquire(spec()))
  clock.advance(await clock.waiting((ms) => ms === 1_000))
  await standIn.until(() => mine().length === 1)
  clock.advance(ACQUIRE_MS)
  expect(await failing).toBe('sandbox_rate_limited')
  // It may have taken effect all the same, so it is looked for.
  const settling = e2b.settle(100_000)
  clock.advance(await clock.waiting((ms) => ms === ORPHAN_LOOKS_MS[0]))
  await standIn.until(() => mine()[0]?.state === 'gone')
  for (const [index, look] of ORPHAN_LOOKS_MS.slice(1).entries()) {
    const waitMs = look - (ORPHAN_LOOKS_MS[index] ?? 0)
    clock.advance(await clock.waiting((ms) => ms === waitMs))
  }
  expect(await settling).toMatchObject({ killed: [mine()[0]?.id] })
})

test('a create that hangs fails at the deadline, and the sandbox that shows up later is killed', async () => {
  const { clock, e2b } = provider()
  standIn.faults.hangCreate(1, { appearAfterMs: 0 })
  const failing = reasonOf(e2b.acquire(spec()))
  await standIn.until(() => mine().length === 1)
  clock.advance(ACQUIRE_MS)
  expect(await failing).toBe('sandbox_acquire_timeout')
  expect(mine()).toMatchObject([{ state: 'running' }])
  const settling = e2b.settle(100_000)
  clock.advance(await clock.waiting((ms) => ms === ORPHAN_LOOKS_MS[0]))
  await standIn.until(() => mine()[0]?.state === 'gone')
  for (const [index, look] of ORPHAN_LOOKS_MS.slice(1).entries()) {
    const waitMs = look - (ORPHAN_LOOKS_MS[index] ?? 0)
    clock.advance(await clock.waiting((ms) => ms === waitMs))
  }
  expect(await settling).toEqual({ killed: [mine()[0]?.id], pending: false })
})

test('waiting for the search is bounded', async () => {
  const { clock, e2b } = provider()
  standIn.faults.hangCreate(1)
  const before = creates()
  const failing = reasonOf(e2b.acquire(spec()))
  await standIn.until(() => creates() > before)
  clock.advance(ACQUIRE_MS)
  await failing
  const settling = e2b.settle(100)
  clock.advance(100)
  expect(await settling).toEqual({ killed: [], pending: true })
})

test('an acquire that is called off ends at once and is searched for too', async () => {
  const { clock, e2b } = provider()
  const controller = new AbortController()
  standIn.faults.hangCreate(1, { appearAfterMs: 0 })
  const failing = reasonOf(e2b.acquire(spec({ signal: controller.signal })))
  await standIn.until(() => mine().length === 1)
  controller.abort()
  expect(await failing).toBe('sandbox_acquire_timeout')
  clock.advance(await clock.waiting((ms) => ms === 500))
  await standIn.until(() => mine()[0]?.state === 'gone')
})

test('when an answer was lost and the next try worked, the lost sandbox is killed and the other kept', async () => {
  const { clock, e2b } = provider()
  standIn.faults.failNext({ op: 'create', status: 500, applied: true })
  const acquiring = e2b.acquire(spec())
  clock.advance(await clock.waiting((ms) => ms === 500))
  const sandbox = await acquiring
  expect(mine()).toHaveLength(2)
  clock.advance(await clock.waiting((ms) => ms === 500))
  await standIn.until(() => mine()[0]?.state === 'gone')
  expect(mine()).toMatchObject([{ endedBy: 'kill' }, { id: sandbox.id, state: 'running' }])
  await sandbox.destroy()
})

test('destroy is tried again while the service is busy, and rejects when it stays so', async () => {
  const { clock, e2b } = provider()
  const sandbox = await e2b.acquire(spec())
  standIn.faults.failNext({ op: 'kill', status: 503, times: 4 })
  const failing = sandbox.destroy().then(String, String)
  for (const waitMs of [250, 500, 1_000]) clock.advance(await clock.waiting((ms) => ms === waitMs))
  expect(await failing).toContain('did not confirm the end')
  expect(mine()).toMatchObject([{ state: 'running' }])
  standIn.faults.failNext({ op: 'kill', status: 500, applied: true })
  const destroying = sandbox.destroy()
  clock.advance(await clock.waiting((ms) => ms === 250))
  await destroying
  expect(mine()).toMatchObject([{ state: 'gone' }])
})

test.each([null, 404])(
  'a pause that was done and not confirmed (%s) is asked for again, and has gone well',
  async (status) => {
    const { clock, e2b } = provider()
    const sandbox = await e2b.acquire(spec())
    standIn.faults.failNext({ op: 'pause', status, applied: true })
    const pausing = sandbox.pause!().then(() => 'paused', String)
    await standIn.until(() => mine()[0]?.state === 'paused')
    // The answer that never comes is given up.
    if (status === null) clock.advance(await clock.waiting((ms) => ms === 60_000))
    expect(await Promise.race([pausing, clock.waiting((ms) => ms === 500)])).toBe(500)
    clock.advance(500)
    expect(await pausing).toBe('paused')
    expect(mine()).toMatchObject([{ state: 'paused' }])
    await sandbox.destroy()
  },
)

test('a connection that breaks under a running command loses none of its output', async () => {
  const { clock, e2b } = provider()
  const sandbox = await e2b.acquire(spec())
  const said: string[] = []
  const first = Promise.withResolvers<void>()
  const onStdout = (text: string) => {
    said.push(text)
    first.resolve()
  }
  const script = 'echo one; while [ ! -e go ]; do sleep 0.02; done; echo two; exit 4'
  const running = sandbox.exec(['sh', '-c', script], { onStdout })
  await first.promise
  expect(standIn.faults.dropStreams()).toBeGreaterThan(0)
  await clock.waiting((ms) => ms === 500)
  // The command goes on and ends while nobody is connected.
  await sandbox.write('go', '')
  clock.advance(500)
  expect(await running).toMatchObject({ exitCode: 4, stdout: 'one\ntwo\n' })
  expect(said.join('')).toBe('one\ntwo\n')
  await sandbox.destroy()
})

test.each([429, 502, 503])('a command whose start meets a %i is started all the same, once', async (status) => {
  const { clock, e2b } = provider()
  const sandbox = await e2b.acquire(spec())
  standIn.faults.failNext({ op: 'exec', status })
  const running = sandbox.exec(['sh', '-c', 'echo x >>count; cat count'])
  clock.advance(await clock.waiting((ms) => ms === 500))
  expect(await running).toMatchObject({ exitCode: 0, stdout: 'x\n' })
  await sandbox.destroy()
})

test('a sandbox whose lifetime ended is told from one that is busy', async () => {
  const { e2b } = provider()
  const sandbox = await e2b.acquire(spec())
  standIn.faults.expire(sandbox.id)
  await expect(sandbox.exec(['true'])).rejects.toThrow('has ended')
  expect(await e2b.attach(sandbox.id)).toBeNull()
  await sandbox.destroy()
})

test('a list goes through every page', async () => {
  const { e2b } = provider()
  const { owner } = spec()
  const body = JSON.stringify({ templateID: 'base', timeout: 600, metadata: { owner, runId: 'r', attemptId: 'a' } })
  const headers = { 'x-api-key': standIn.apiKey }
  for (let i = 0; i < 101; i++) await fetch(`${standIn.apiUrl}/v2/sandboxes`, { method: 'POST', headers, body })
  const ids = new Set<string>()
  for await (const ref of e2b.list(owner)) ids.add(ref.id)
  expect(ids.size).toBe(101)
})
