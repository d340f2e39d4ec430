/** A local sandbox in use: commands, files, time-to-live and end, all by its record, so from any process of the machine. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Clock } from './clock.ts'
import { runLocal } from './local-exec.ts'
import { localFiles } from './local-files.ts'
import type { Sink } from './local-files.ts'
import { NAMESPACE_HOME, pathInside, wrap } from './local-isolation.ts'
import type { Wrapping } from './local-isolation.ts'
import type { LocalRecord, Registry } from './local-registry.ts'
import { removeTree } from './local-supervisor.ts'
import { exitCodeOf, outputOf } from './output.ts'
import { resolveInside } from './paths.ts'
import { KILL_ROUNDS_MAX, killMarked } from './processes.ts'
import type { ExecOptions, ExecResult, Sandbox } from './provider.ts'

const DESTROY_POLL_MS = 10
/** A supervisor that did not finish by then is killed and its work done here. */
const SUPERVISOR_MS_MAX = 3_000
export interface LocalContext {
  registry: Registry
  clock: Clock
  wrapping: Wrapping
}

/** Whether the record's supervisor is alive. The id on its command line keeps a reused process id from passing. */
function supervisorLives({ supervisor, id }: LocalRecord): boolean {
  if (supervisor === null) return false
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${supervisor}/cmdline`, 'utf8').includes(id)
    return process.kill(supervisor, 0)
  } catch {
    return false
  }
}

/**
 * Ends a sandbox: asks its supervisor, and does the work itself where that is gone or slow. Absent is fine. Resolves
 * when processes, folder and record are gone.
 */
export async function destroyLocal({ registry, clock }: Omit<LocalContext, 'wrapping'>, id: string): Promise<void> {
  const record = await registry.read(id)
  if (record === null) return
  if (record.supervisor !== null && supervisorLives(record)) {
    process.kill(record.supervisor, 'SIGTERM')
    for (let waitedMs = 0; waitedMs < SUPERVISOR_MS_MAX; waitedMs += DESTROY_POLL_MS) {
      if ((await registry.read(id)) === null) return
      if (!supervisorLives(record)) break
      await clock.delay(DESTROY_POLL_MS)
    }
    if (supervisorLives(record)) process.kill(record.supervisor, 'SIGKILL')
  }
  killMarked(`DECKHAND_SANDBOX=${id}`, [], KILL_ROUNDS_MAX)
  removeTree(registry.dirOf(id))
  await registry.remove(id)
}

export function localSandbox(context: LocalContext, record: LocalRecord): Sandbox {
  const { registry, clock, wrapping } = context
  const dir = registry.dirOf(record.id)
  const plain = wrapping.bwrap === null
  const workdir = plain ? join(dir, 'home') : NAMESPACE_HOME
  const gone = () => new Error(`The local sandbox ${record.id} has ended; acquire a new one.`)
  const live = async () => {
    const found = await registry.read(record.id)
    return found !== null && found.endsAt > clock.now() ? found : null
  }
  const environment = (env: Record<string, string> = {}) => ({
    PATH: pathInside(wrapping),
    HOME: workdir,
    LANG: 'C.UTF-8',
    TMPDIR: plain ? join(dir, 'tmp') : '/tmp',
    ...record.env,
    ...env,
    DECKHAND_SANDBOX: record.id,
  })

  async function run(argv: readonly string[], o: ExecOptions, sink: Sink) {
    if ((await live()) === null) throw gone()
    const cwd = resolveInside(workdir, o.cwd ?? '.')
    const end = await runLocal({
      argv: wrap(wrapping, { dir, network: record.network }, cwd, argv),
      env: environment(o.env),
      // The folder on the machine; the wrapped command itself changes to the one that was asked for.
      cwd: plain ? workdir : '/',
      uid: record.uid,
      stdin: o.stdin,
      timeoutMs: o.timeoutMs,
      signal: o.signal,
      onStdout: (bytes) => sink.out.push(bytes),
      onStderr: (bytes) => sink.err.push(bytes),
    })
    // A command that somebody killed may have gone with its sandbox, which is no result of the command.
    const killed = end.signal !== null || (end.code !== null && exitCodeOf(end.code) === null)
    if (killed && !end.timedOut && !end.aborted && (await live()) === null) throw gone()
    return { ...end, exitCode: end.timedOut || end.aborted || end.code === null ? null : exitCodeOf(end.code) }
  }

  const files = localFiles(workdir, run)
  return {
    id: record.id,
    workdir,
    isolation: record.isolation,
    async exec(argv, options = {}): Promise<ExecResult> {
      const startedAt = clock.now()
      const [out, err] = [outputOf(options.onStdout), outputOf(options.onStderr)]
      const { exitCode, timedOut, aborted } = await run(argv, options, { out, err })
      const [stdout, stderr] = [out.end(), err.end()]
      return { exitCode, stdout, stderr, timedOut, aborted, durationMs: clock.now() - startedAt }
    },
    read: files.read,
    write: files.write,
    async extend(ttlMs) {
      const found = await live()
      if (found === null || !supervisorLives(found)) throw gone()
      await registry.write({ ...found, endsAt: clock.now() + ttlMs })
      if (found.supervisor !== null) process.kill(found.supervisor, 'SIGUSR2')
    },
    destroy: () => destroyLocal(context, record.id),
    [Symbol.asyncDispose]: () => destroyLocal(context, record.id),
  }
}
