/** A sandbox provider in the simulation: sandboxes hang, fail, appear after their caller gave up, and end by themselves. */
import { SandboxAcquireError } from '../../app/sandboxes/provider.ts'
import type { SandboxProvider, SandboxRef } from '../../app/sandboxes/provider.ts'
import type { FaultRates } from './faults.ts'
import type { Network, Replica } from './network.ts'
import type { Scheduler } from './scheduler.ts'

export interface SimSandbox {
  id: string
  runId: string
  attemptId: string
  bornAt: number
  endsAt: number
  goneAt: number | null
  /** Kept by the provider as it is, without a lifetime. */
  paused: boolean
}

export interface SimSandboxes {
  all: SimSandbox[]
  live(): SimSandbox[]
  /** How many a provider that hung is still to make. */
  expected(): number
  /** The executor's: puts one away, or brings it back; false when it is gone. */
  pause(id: string): void
  resume(id: string, ttlMs: number): SimSandbox | null
  /** The executor's own way to a sandbox; rejects after the acquisition clock when the provider hangs. */
  acquire(spec: { runId: string; attemptId: string; ttlMs: number; acquireTimeoutMs: number }): Promise<SimSandbox>
  destroy(id: string): void
  /** The app's way: over the network, as the named replica. */
  providerFor(replica: Replica): SandboxProvider
}

/** Some appear when the Run's own look for them is over already. */
const APPEARS_MS_MIN = 65_000
const APPEARS_MS_MAX = 200_000

export function createSimSandboxes(
  scheduler: Scheduler,
  network: Network,
  faults: FaultRates,
  quiet: () => boolean,
): SimSandboxes {
  const all: SimSandbox[] = []
  let expected = 0
  const isLive = (s: SimSandbox) => s.goneAt === null && (s.paused || s.endsAt > scheduler.now)

  function make({ runId, attemptId, ttlMs }: { runId: string; attemptId: string; ttlMs: number }): SimSandbox {
    const now = scheduler.now
    const sandbox = {
      id: `sbx_${all.length + 1}`,
      runId,
      attemptId,
      bornAt: now,
      endsAt: now + ttlMs,
      goneAt: null,
      paused: false,
    }
    all.push(sandbox)
    scheduler.note(`sandbox ${sandbox.id} for ${runId}`)
    return sandbox
  }

  function destroy(id: string): void {
    const found = all.find((s) => s.id === id)
    if (found && isLive(found)) {
      found.goneAt = scheduler.now
      scheduler.note(`sandbox ${id} gone`)
    }
  }

  const unreachable = () => {
    throw new Error('the app does not run agents')
  }

  return {
    all,
    live: () => all.filter(isLive),
    expected: () => expected,
    pause(id) {
      const found = all.find((s) => s.id === id)
      if (found && isLive(found)) found.paused = true
      scheduler.note(`sandbox ${id} paused`)
    },
    resume(id, ttlMs) {
      const found = all.find((s) => s.id === id)
      if (!found || !isLive(found)) return null
      Object.assign(found, { paused: false, endsAt: scheduler.now + ttlMs })
      scheduler.note(`sandbox ${id} resumed`)
      return found
    },
    destroy,
    async acquire(spec) {
      if (!quiet() && scheduler.happens(faults.sandboxHangs)) {
        // The provider makes it after the caller has gone: the leak that only listing finds.
        expected++
        scheduler.after(scheduler.between(APPEARS_MS_MIN, APPEARS_MS_MAX), () => {
          expected--
          make(spec)
        })
        await scheduler.sleep(spec.acquireTimeoutMs)
        throw new SandboxAcquireError('sandbox_acquire_timeout', 'hung')
      }
      await scheduler.sleep(scheduler.between(200, 3_000))
      if (!quiet() && scheduler.happens(faults.sandboxFails))
        throw new SandboxAcquireError('sandbox_provider_error', 'failed')
      return make(spec)
    },
    providerFor: (replica) => ({
      name: 'sim',
      reach: 'anywhere',
      check: async () => ({ ok: true, isolation: 'none', detail: '' }),
      acquire: unreachable,
      attach: unreachable,
      async *list(): AsyncIterable<SandboxRef> {
        const refs = await network.call(replica, 'list sandboxes', () =>
          all.filter(isLive).map(({ id, runId, attemptId, bornAt, endsAt }) => ({
            id,
            owner: 'sim',
            runId,
            attemptId,
            startedAt: new Date(bornAt),
            endsAt: new Date(endsAt),
          })),
        )
        yield* refs
      },
      destroy: (id) => network.call(replica, `destroy ${id}`, () => destroy(id)),
    }),
  }
}
