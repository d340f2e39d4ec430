/** What every provider must do, told once and run against each: the fake, local in both isolations, and E2B. */
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import { startE2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import type { E2bStandIn } from '../../test/stack/e2b/stand-in.ts'
import { e2bProvider } from './e2b.ts'
import { fakeProvider } from './fake.ts'
import { probeNamespace } from './local-isolation.ts'
import { openRegistry } from './local-registry.ts'
import { localProvider } from './local.ts'
import { OUTPUT_BYTES_MAX } from './provider.ts'
import type { AcquireSpec, SandboxProvider } from './provider.ts'
import { SOON } from '../../test/stack/soon.ts'

const localDir = openRegistry(mkdtempSync(join(tmpdir(), 'deckhand-conformance-'))).root
const namespace = await probeNamespace(localDir)
const why = 'problem' in namespace ? ` (not run: ${namespace.problem})` : ''
const e2b: { standIn?: E2bStandIn } = {}

beforeAll(async () => {
  e2b.standIn = await startE2bStandIn()
})
afterAll(async () => {
  await e2b.standIn?.dispose()
  await rm(localDir, { recursive: true, force: true })
})

const e2bSettings = () => ({
  e2bApiKey: e2b.standIn?.apiKey,
  e2bApiUrl: e2b.standIn?.apiUrl,
  e2bSandboxUrl: e2b.standIn?.sandboxUrl,
})

interface Subject {
  title: string
  runs: boolean
  isolation: string
  /** Runs real processes and has real files. */
  real: boolean
  /** Can be stopped as it is and brought back. */
  pauses: boolean
  make: () => SandboxProvider
}
const local = (localIsolation: 'auto' | 'none') => localProvider({ localIsolation, localDir })
const fake = fakeProvider()
const subjects: Subject[] = [
  { title: 'the fake', runs: true, isolation: 'none', real: false, pauses: true, make: () => fake },
  {
    title: 'local, plain process',
    runs: true,
    isolation: 'none',
    real: true,
    pauses: false,
    make: () => local('none'),
  },
  {
    title: `local, namespace${why}`,
    runs: why === '',
    isolation: 'namespace',
    real: true,
    pauses: false,
    make: () => local('auto'),
  },
  { title: 'E2B', runs: true, isolation: 'vm', real: true, pauses: true, make: () => e2bProvider(e2bSettings()) },
]

let attempts = 0
const spec = (more: Partial<AcquireSpec> = {}): AcquireSpec => {
  attempts += 1
  const attemptId = `r_0000000000/${attempts}`
  const ids = { owner: `owner-${attempts}`, runId: 'r_0000000000', attemptId }
  return { ...ids, ttlMs: 60_000, acquireTimeoutMs: 20_000, ...more }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Processes of this computer whose environment holds the text. */
function survivors(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(text)
    } catch {
      return false
    }
  })
}

describe.each(subjects)('$title', ({ runs, isolation, real, pauses, make }) => {
  test.runIf(runs)('a sandbox is listed with its metadata under its owner until it is destroyed', async () => {
    const provider = make()
    const wanted = spec()
    const sandbox = await provider.acquire(wanted)
    expect(sandbox).toMatchObject({ isolation, workdir: expect.stringMatching(/^\//) })
    const [ref] = await all(provider.list(wanted.owner))
    expect(ref).toMatchObject({ id: sandbox.id, owner: wanted.owner, runId: wanted.runId, attemptId: wanted.attemptId })
    expect(ref?.endsAt?.getTime()).toBeGreaterThan(ref?.startedAt.getTime() ?? Infinity)
    expect(await all(provider.list('somebody else'))).toEqual([])
    await sandbox.destroy()
    expect(await all(provider.list(wanted.owner))).toEqual([])
  })

  test.runIf(runs)('exit code, output, working directory and a missing program are reported', async () => {
    await using sandbox = await make().acquire(spec())
    const done = { timedOut: false, aborted: false, stderr: '' }
    expect(await sandbox.exec(['echo', "it's", '$HOME'])).toMatchObject({
      ...done,
      exitCode: 0,
      stdout: "it's $HOME\n",
    })
    expect(await sandbox.exec(['false'])).toMatchObject({ ...done, exitCode: 1 })
    expect(await sandbox.exec(['pwd'])).toMatchObject({ ...done, stdout: `${sandbox.workdir}\n` })
    expect(await sandbox.exec(['no-such-program'])).toMatchObject({
      exitCode: 127,
      stderr: expect.stringContaining('not found'),
    })
    await expect(sandbox.exec(['pwd'], { cwd: '../..' })).rejects.toThrow('leads out')
  })

  test.runIf(runs)('a command sees the given environment and nothing of ours', async () => {
    vi.stubEnv('DECKHAND_CONFORMANCE_SECRET', 'of the parent')
    await using sandbox = await make().acquire(spec({ env: { FROM_SPEC: 'a b', BOTH: 'spec' } }))
    const { stdout } = await sandbox.exec(['env'], { env: { BOTH: 'exec', QUOTED: `'"$x` } })
    vi.unstubAllEnvs()
    const seen = stdout.split('\n')
    expect(seen).toEqual(expect.arrayContaining(['FROM_SPEC=a b', 'BOTH=exec', `QUOTED='"$x`]))
    expect(stdout).not.toContain('DECKHAND_CONFORMANCE_SECRET')
    expect(seen.find((line) => line.startsWith('HOME='))).toBe(`HOME=${sandbox.workdir}`)
  })

  test.runIf(runs)('files go in and out byte for byte, and stdin reaches the command', async () => {
    await using sandbox = await make().acquire(spec())
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256)
    await sandbox.write('deep/er/data.bin', bytes)
    expect(Buffer.compare(await sandbox.read('deep/er/data.bin'), bytes)).toBe(0)
    await sandbox.write(`${sandbox.workdir}/empty`, '')
    expect(await sandbox.read('empty')).toHaveLength(0)
    await expect(sandbox.read('absent')).rejects.toThrow('"absent"')
    expect(await sandbox.exec(['cat'], { stdin: 'grüße' })).toMatchObject({ exitCode: 0, stdout: 'grüße' })
  })

  test.runIf(runs)('a path that leads out of the workdir is refused', async () => {
    await using sandbox = await make().acquire(spec())
    for (const path of ['../x', '/etc/passwd', 'a/../../x', `${sandbox.workdir}x`]) {
      await expect(sandbox.read(path)).rejects.toThrow('leads out')
      await expect(sandbox.write(path, 'x')).rejects.toThrow('leads out')
    }
  })

  test.runIf(runs)('a time limit ends a command and is no failure of the sandbox', async () => {
    await using sandbox = await make().acquire(spec())
    const result = await sandbox.exec(['sleep', '600'], { timeoutMs: 50 })
    expect(result).toMatchObject({ exitCode: null, timedOut: true, aborted: false })
    expect(await sandbox.exec(['echo', 'alive'])).toMatchObject({ stdout: 'alive\n' })
  })

  test.runIf(runs)('an abort ends a command, before its start too', async () => {
    await using sandbox = await make().acquire(spec())
    const controller = new AbortController()
    const running = sandbox.exec(['sleep', '600'], { signal: controller.signal })
    controller.abort()
    expect(await running).toMatchObject({ exitCode: null, timedOut: false, aborted: true })
    expect(await sandbox.exec(['echo', 'x'], { signal: controller.signal })).toMatchObject({
      aborted: true,
      stdout: '',
    })
  })

  test.runIf(runs)('a listener that throws does not end the command', async () => {
    await using sandbox = await make().acquire(spec())
    const onStdout = () => {
      throw new Error('listener')
    }
    expect(await sandbox.exec(['echo', 'x'], { onStdout })).toMatchObject({ exitCode: 0, stdout: 'x\n' })
  })

  test.runIf(runs)('another instance attaches by id, extends and destroys; twice is fine', async () => {
    const wanted = spec()
    const sandbox = await make().acquire(wanted)
    const other = make()
    const attached = await other.attach(sandbox.id)
    await sandbox.write('note', 'shared')
    expect(Buffer.from((await attached?.read('note')) ?? []).toString()).toBe('shared')
    const before = (await all(other.list(wanted.owner)))[0]?.endsAt?.getTime() ?? Infinity
    await attached?.extend(600_000)
    expect((await all(other.list(wanted.owner)))[0]?.endsAt?.getTime()).toBeGreaterThan(before + 500_000)
    await other.destroy(sandbox.id)
    await other.destroy(sandbox.id)
    await sandbox.destroy()
    expect(await other.attach(sandbox.id)).toBeNull()
    await expect(sandbox.exec(['true'])).rejects.toThrow('ended')
    await expect(sandbox.read('note')).rejects.toThrow('')
  })

  test.runIf(runs)('what never existed cannot be attached to, and destroying it is fine', async () => {
    const provider = make()
    expect(await provider.attach('local-0123456789abcdef')).toBeNull()
    await provider.destroy('local-0123456789abcdef')
  })

  test.runIf(runs)('a command whose sandbox is destroyed rejects', async () => {
    const sandbox = await make().acquire(spec())
    const started = Promise.withResolvers<void>()
    const argv = real ? ['sh', '-c', 'echo up; sleep 600'] : ['sleep', '600']
    const running = sandbox.exec(argv, { onStdout: () => started.resolve() })
    const failure = running.then(String, String)
    if (real) await started.promise
    await sandbox.destroy()
    expect(await failure).toContain('has ended')
  })

  test.runIf(runs && real)(
    'a time limit reaches the whole tree, whatever it ignores and wherever it hides',
    async () => {
      await using sandbox = await make().acquire(spec())
      const marker = `survivor-${attempts}-${process.pid}`
      const script = `trap '' TERM INT HUP; (trap '' TERM; setsid sleep 601) & sleep 602 & echo up; while :; do sleep 1; done`
      const up = Promise.withResolvers<void>()
      const controller = new AbortController()
      const options = { env: { MARKER: marker }, signal: controller.signal, onStdout: () => up.resolve() }
      const running = sandbox.exec(['sh', '-c', script], options)
      await up.promise
      expect(survivors(marker).length).toBeGreaterThan(0)
      controller.abort()
      expect(await running).toMatchObject({ aborted: true, exitCode: null, stdout: 'up\n' })
      await vi.waitFor(() => expect(survivors(marker)).toEqual([]), SOON)
    },
  )

  test.runIf(runs && real)('destroy ends what commands left running', async () => {
    const sandbox = await make().acquire(spec())
    const marker = `left-${attempts}-${process.pid}`
    await sandbox.exec(['sh', '-c', 'setsid sleep 603 >/dev/null 2>&1 &'], { env: { MARKER: marker } })
    await sandbox.destroy()
    await vi.waitFor(() => expect(survivors(marker)).toEqual([]), SOON)
  })

  test.runIf(runs && real)('endless output is streamed whole and kept by its tail', async () => {
    await using sandbox = await make().acquire(spec())
    let seen = 0
    const script = 'yes "0123456789é" | head -c 3000000; echo; echo the end'
    const result = await sandbox.exec(['sh', '-c', script], { onStdout: (text) => (seen += text.length) })
    expect(result.exitCode).toBe(0)
    expect(seen).toBeGreaterThan(2 * OUTPUT_BYTES_MAX)
    expect(Buffer.byteLength(result.stdout)).toBeLessThanOrEqual(OUTPUT_BYTES_MAX)
    expect(result.stdout.endsWith('\nthe end\n')).toBe(true)
  })

  test.runIf(runs && real)('a command that a signal ended has no exit code', async () => {
    await using sandbox = await make().acquire(spec())
    expect(await sandbox.exec(['sh', '-c', 'kill -9 $$'])).toMatchObject({
      exitCode: null,
      timedOut: false,
      aborted: false,
    })
    expect(await sandbox.exec(['sh', '-c', 'echo bad >&2; exit 3'])).toMatchObject({ exitCode: 3, stderr: 'bad\n' })
  })

  test.runIf(runs && real)('git, tar and node are there, and a Node program starts within the limits', async () => {
    await using sandbox = await make().acquire(spec())
    const script =
      'git init -q repo && tar -cf repo.tar repo && node -e "fetch(\'data:,hello\').then(async (r) => console.log(await r.text()))"'
    expect(await sandbox.exec(['sh', '-c', script])).toMatchObject({ exitCode: 0, stdout: 'hello\n' })
    expect((await sandbox.read('repo.tar')).length).toBeGreaterThan(1_000)
  })

  test.runIf(runs && real && isolation !== 'vm')('a link that leads out is not followed', async () => {
    await using sandbox = await make().acquire(spec())
    await sandbox.exec(['sh', '-c', 'ln -s /etc/hostname file; ln -s /tmp folder; echo in > real; ln -s real inner'])
    for (const path of ['file', 'folder/x']) {
      await expect(sandbox.read(path)).rejects.toThrow('in the sandbox')
      await expect(sandbox.write(path, 'x')).rejects.toThrow('leads out')
    }
    expect(Buffer.from(await sandbox.read('inner')).toString()).toBe('in\n')
  })

  test.runIf(runs && pauses)('a paused one is kept without running, and comes back as it was or is ended', async () => {
    const provider = make()
    const wanted = spec()
    const sandbox = await provider.acquire(wanted)
    await sandbox.write('kept', 'as it was')
    await sandbox.pause?.()
    await sandbox.pause?.()
    const [ref] = await all(provider.list(wanted.owner))
    expect(ref?.id).toBe(sandbox.id)
    await expect(sandbox.exec(['true'])).rejects.toThrow(/paused|has ended/)
    const back = await provider.attach(sandbox.id, 60_000)
    expect(Buffer.from((await back?.read('kept')) ?? []).toString()).toBe('as it was')
    await back?.pause?.()
    await provider.destroy(sandbox.id)
    expect(await provider.attach(sandbox.id, 60_000)).toBe(null)
    expect(await all(provider.list(wanted.owner))).toEqual([])
  })
})
