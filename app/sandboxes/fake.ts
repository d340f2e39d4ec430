/**
 * A provider for tests: sandboxes in memory, no processes, and every way of going wrong on order. It is held to the
 * same conformance suite as the real ones, so that what is tested against it holds for them.
 */
import { setImmediate } from 'node:timers/promises'

import { race, realClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { outputOf } from './output.ts'
import { resolveInside } from './paths.ts'
import { SandboxAcquireError } from './provider.ts'
import type { AcquireFailure, AcquireSpec, ExecOptions, ExecResult, Sandbox, SandboxProvider } from './provider.ts'

/** What a command did; whatever is left out is nothing printed and success. `hang` runs until it is stopped. */
export interface FakeOutcome {
  exitCode?: number | null
  stdout?: string
  stderr?: string
  hang?: boolean
}

export interface FakeCommand {
  argv: readonly string[]
  cwd: string
  env: Record<string, string>
  stdin: string
  files: Map<string, Uint8Array>
}

export interface FakeKnobs {
  /** `hang` waits for the deadline; a reason fails with it; a number takes that many ms. */
  acquire?: 'hang' | AcquireFailure | number
  /** With a hanging acquire: the sandbox shows up that much later all the same. */
  appearAfterMs?: number
  /** How many destroys fail before one works. */
  destroyFailures?: number
  /** Answers commands; undefined leaves one to the built-in few (true, false, echo, cat, pwd, env, sleep). */
  exec?: (command: FakeCommand) => FakeOutcome | undefined
}

export interface FakeSandbox {
  id: string
  spec: AcquireSpec
  files: Map<string, Uint8Array>
  startedAt: number
  endsAt: number
  paused: boolean
  gone: boolean
  /** Ends running commands. */
  ended: AbortController
}

export interface FakeProvider extends SandboxProvider {
  /** Turned by the test at any time. */
  readonly knobs: FakeKnobs
  readonly sandboxes: readonly FakeSandbox[]
}

const WORKDIR = '/home/user'

export function fakeProvider(knobs: FakeKnobs = {}, clock: Clock = realClock): FakeProvider {
  const sandboxes: FakeSandbox[] = []
  const live = (id: string) =>
    sandboxes.find((each) => each.id === id && !each.gone && (each.paused || each.endsAt > clock.now()))
  const make = (spec: AcquireSpec): FakeSandbox => {
    const startedAt = clock.now()
    const id = `fake-${sandboxes.length + 1}`
    const made = { id, spec, files: new Map(), startedAt, endsAt: startedAt + spec.ttlMs, paused: false, gone: false }
    sandboxes.push({ ...made, ended: new AbortController() })
    return sandboxes.at(-1) as FakeSandbox
  }
  const destroy = async (id: string) => {
    if ((knobs.destroyFailures ?? 0) > 0) {
      knobs.destroyFailures = (knobs.destroyFailures ?? 0) - 1
      throw new Error(`The fake provider failed to end ${id}, as it was told to.`)
    }
    const sandbox = sandboxes.find((each) => each.id === id)
    if (sandbox === undefined) return
    sandbox.gone = true
    sandbox.ended.abort()
  }
  const open = (sandbox: FakeSandbox) => fakeSandbox(sandbox, { knobs, clock, live, destroy })

  return {
    name: 'fake',
    reach: 'anywhere',
    knobs,
    sandboxes,
    check: async () => ({ ok: true, isolation: 'none', detail: 'The fake runs nothing.' }),
    async acquire(spec) {
      const order = knobs.acquire
      if (order !== undefined && order !== 'hang' && typeof order !== 'number') {
        throw new SandboxAcquireError(order, 'The fake provider gave no sandbox, as it was told to.')
      }
      if (order === 'hang' && knobs.appearAfterMs !== undefined)
        void clock.delay(knobs.appearAfterMs).then(() => make(spec))
      const waitMs = order === 'hang' ? spec.acquireTimeoutMs + 1 : (order ?? 0)
      const waited = await race(clock, spec.acquireTimeoutMs, spec.signal, (signal) => clock.delay(waitMs, { signal }))
      if (waited.kind === 'value' && order !== 'hang') return open(make(spec))
      throw new SandboxAcquireError('sandbox_acquire_timeout', `No sandbox within ${spec.acquireTimeoutMs} ms.`)
    },
    async attach(id, ttlMs) {
      const sandbox = live(id)
      if (sandbox === undefined) return null
      if (ttlMs !== undefined) sandbox.endsAt = clock.now() + ttlMs
      sandbox.paused = false
      return open(sandbox)
    },
    async *list(owner) {
      for (const { id, spec, startedAt, endsAt } of sandboxes) {
        if (spec.owner !== owner || live(id) === undefined) continue
        const { runId, attemptId } = spec
        yield { id, owner, runId, attemptId, startedAt: new Date(startedAt), endsAt: new Date(endsAt) }
      }
    },
    destroy,
  }
}

interface FakeContext {
  knobs: FakeKnobs
  clock: Clock
  live: (id: string) => FakeSandbox | undefined
  destroy: (id: string) => Promise<void>
}

function fakeSandbox(sandbox: FakeSandbox, { knobs, clock, live, destroy }: FakeContext): Sandbox {
  const { id, files, spec, ended } = sandbox
  const assertLive = () => {
    if (sandbox.paused && live(id)) throw new Error(`The fake sandbox ${id} is paused; attach to it.`)
    if (live(id) === undefined) throw new Error(`The fake sandbox ${id} has ended; acquire a new one.`)
  }
  return {
    id,
    workdir: WORKDIR,
    isolation: 'none',
    async exec(argv, o = {}): Promise<ExecResult> {
      assertLive()
      const startedAt = clock.now()
      const stdin = typeof o.stdin === 'string' ? o.stdin : Buffer.from(o.stdin ?? []).toString()
      const env = { HOME: WORKDIR, LANG: 'C.UTF-8', ...spec.env, ...o.env }
      const command = { argv, cwd: resolveInside(WORKDIR, o.cwd ?? '.'), env, stdin, files }
      const outcome = o.signal?.aborted ? { hang: true } : (knobs.exec?.(command) ?? builtIn(command))
      const [out, err] = [outputOf(o.onStdout), outputOf(o.onStderr)]
      out.push(Buffer.from(outcome.stdout ?? ''))
      err.push(Buffer.from(outcome.stderr ?? ''))
      const stopped = outcome.hang ? await hang(clock, o, ended.signal) : await setImmediate(null)
      assertLive()
      const exitCode = stopped === null ? (outcome.exitCode === undefined ? 0 : outcome.exitCode) : null
      const [timedOut, aborted] = [stopped === 'timeout', stopped === 'aborted']
      return { exitCode, stdout: out.end(), stderr: err.end(), timedOut, aborted, durationMs: clock.now() - startedAt }
    },
    async read(path) {
      assertLive()
      const bytes = files.get(resolveInside(WORKDIR, path))
      if (bytes === undefined) throw new Error(`Could not read ${JSON.stringify(path)} in the sandbox: no such file.`)
      return bytes.slice()
    },
    async write(path, data) {
      assertLive()
      files.set(resolveInside(WORKDIR, path), Uint8Array.from(Buffer.from(data as Uint8Array)))
    },
    async extend(ttlMs) {
      assertLive()
      sandbox.endsAt = clock.now() + ttlMs
    },
    async pause() {
      if (!sandbox.paused) assertLive()
      sandbox.paused = true
    },
    destroy: () => destroy(id),
    [Symbol.asyncDispose]: () => destroy(id),
  }
}

/** A command that goes on until its limit, its caller or the end of the sandbox stops it. */
async function hang(clock: Clock, o: ExecOptions, ended: AbortSignal): Promise<'timeout' | 'aborted' | null> {
  const signal = AbortSignal.any(o.signal ? [ended, o.signal] : [ended])
  const forever = new Promise<never>(() => {})
  if (o.timeoutMs !== undefined) {
    const { kind } = await race(clock, o.timeoutMs, signal, () => forever)
    return kind === 'timeout' ? 'timeout' : 'aborted'
  }
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  return 'aborted'
}

function builtIn({ argv, cwd, env, stdin, files }: FakeCommand): FakeOutcome {
  const [name = '', ...rest] = argv
  switch (name) {
    case 'true':
      return {}
    case 'false':
      return { exitCode: 1 }
    case 'sleep':
      return { hang: true }
    case 'pwd':
      return { stdout: `${cwd}\n` }
    case 'echo':
      return { stdout: `${rest.join(' ')}\n` }
    case 'env':
      return {
        stdout: Object.entries(env)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      }
    case 'cat': {
      const texts = rest.map((path) => files.get(resolveInside(cwd, path)))
      if (texts.includes(undefined)) return { exitCode: 1, stderr: 'cat: no such file\n' }
      return { stdout: rest.length === 0 ? stdin : texts.map((bytes) => Buffer.from(bytes ?? []).toString()).join('') }
    }
    default:
      return { exitCode: 127, stderr: `sh: ${name}: not found\n` }
  }
}
