/**
 * Sandboxes on the machine that runs the action: a namespace by bubblewrap, or, only when that was asked for in so many
 * words, a plain process. For development, the demo, and runners that are thrown away after each Run.
 */
import { randomBytes } from 'node:crypto'

import { race, realClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { dropUid, makePlace, probeNamespace, probePlain } from './local-isolation.ts'
import type { Wrapping } from './local-isolation.ts'
import { openRegistry } from './local-registry.ts'
import type { LocalRecord } from './local-registry.ts'
import { destroyLocal, localSandbox } from './local-sandbox.ts'
import type { LocalContext } from './local-sandbox.ts'
import { startSupervisor } from './local-supervisor.ts'
import { SandboxAcquireError } from './provider.ts'
import type { AcquireSpec, ProviderSettings, Sandbox, SandboxProvider } from './provider.ts'

const ADVICE =
  'install bubblewrap and allow user namespaces, choose another provider, or set SANDBOX_LOCAL_ISOLATION=none'

/** What the wrapping of commands is here, or a sentence on why there is none. */
type Ground = { wrapping: Wrapping } | { problem: string }

/** Throws when the folder for local sandboxes cannot be trusted. */
export function localProvider(settings: ProviderSettings, clock: Clock = realClock): SandboxProvider {
  const registry = openRegistry(settings.localDir)
  let ground: Promise<Ground> | undefined
  const plain = async (): Promise<Ground> => ({ wrapping: await probePlain() })
  const find = () => (ground ??= settings.localIsolation === 'none' ? plain() : probeNamespace(registry.root))

  return {
    name: 'local',
    reach: 'runner',
    async check() {
      const found = await find()
      if ('problem' in found) return { ok: false, isolation: 'none', detail: `${found.problem}; ${ADVICE}.` }
      if (found.wrapping.bwrap !== null) return { ok: true, isolation: 'namespace', detail: 'bubblewrap works here.' }
      return { ok: true, isolation: 'none', detail: 'Commands run as plain processes of this user, not isolated.' }
    },
    async acquire(spec) {
      if (typeof spec.network === 'object') {
        const message = 'Local sandboxes cannot limit the network to a list of hosts; ask for none or all.'
        throw new SandboxAcquireError('sandbox_provider_error', message)
      }
      const made = await race(clock, spec.acquireTimeoutMs, spec.signal, async (late) => {
        const found = await find()
        if ('problem' in found) {
          throw new SandboxAcquireError('sandbox_provider_error', `No local sandbox: ${found.problem}; ${ADVICE}.`)
        }
        const sandbox = await build({ registry, clock, wrapping: found.wrapping }, spec)
        if (late.aborted) await sandbox.destroy()
        return sandbox
      })
      return acquired(made, spec.acquireTimeoutMs)
    },
    async attach(id, ttlMs) {
      const record = await registry.read(id)
      const found = await find()
      if (record === null || record.endsAt <= clock.now() || 'problem' in found) return null
      const sandbox = localSandbox({ registry, clock, wrapping: found.wrapping }, record)
      if (ttlMs !== undefined) await sandbox.extend(ttlMs)
      return sandbox
    },
    async *list(owner) {
      for (const record of await registry.all()) {
        if (record.owner !== owner) continue
        const { id, runId, attemptId } = record
        yield { id, owner, runId, attemptId, startedAt: new Date(record.startedAt), endsAt: new Date(record.endsAt) }
      }
    },
    destroy: (id) => destroyLocal({ registry, clock }, id),
  }
}

/** Record first, then folder, then supervisor: whatever dies in between, `destroy` finds and ends it. */
async function build({ registry, clock, wrapping }: LocalContext, spec: AcquireSpec): Promise<Sandbox> {
  const id = `local-${randomBytes(8).toString('hex')}`
  const { owner, runId, attemptId, env = {} } = spec
  const startedAt = clock.now()
  const record: LocalRecord = {
    id,
    owner,
    runId,
    attemptId,
    env,
    startedAt,
    endsAt: startedAt + spec.ttlMs,
    isolation: wrapping.bwrap === null ? 'none' : 'namespace',
    network: spec.network === 'all' || wrapping.bwrap === null ? 'all' : 'none',
    uid: wrapping.bwrap === null ? null : dropUid(Math.random),
    supervisor: null,
  }
  try {
    await registry.write(record)
    makePlace(registry.dirOf(id), record.uid)
    record.supervisor = (await startSupervisor(registry, record)).pid ?? null
    await registry.write(record)
  } catch (error) {
    await destroyLocal({ registry, clock }, id)
    throw error
  }
  return localSandbox({ registry, clock, wrapping }, record)
}

function acquired(made: Awaited<ReturnType<typeof race<Sandbox>>>, acquireTimeoutMs: number): Sandbox {
  if (made.kind === 'value') return made.value
  if (made.kind === 'timeout' || made.kind === 'aborted') {
    const why = made.kind === 'timeout' ? `was not ready within ${acquireTimeoutMs} ms` : 'was called off'
    throw new SandboxAcquireError('sandbox_acquire_timeout', `The local sandbox ${why}.`)
  }
  if (made.error instanceof SandboxAcquireError) throw made.error
  const message = made.error instanceof Error ? made.error.message : String(made.error)
  const cause = { cause: made.error }
  throw new SandboxAcquireError('sandbox_provider_error', `The local sandbox could not be made: ${message}`, cause)
}
