/**
 * Finds sandboxes that nobody owns any more, by listing what the provider has under our name: a remembered id is not
 * enough, because a sandbox may come to life after the call that asked for it was given up.
 */
import { standingOf } from '../domain/orphans.ts'
import type { Engine } from '../engine.ts'
import type { Log } from '../perform/perform.ts'
import type { SandboxProvider } from '../sandboxes/provider.ts'

const LISTED_MAX = 10_000

export interface ReapDeps {
  engine: Pick<Engine, 'load'>
  provider: SandboxProvider
  owner: string
  log: Log
  /** Hears after each look how many orphans could not be destroyed. */
  left?: (orphans: number) => void
}

/** Destroys orphans; answers with their ids. */
export async function reap({ engine, provider, owner, log, left }: ReapDeps, now: number): Promise<string[]> {
  if (provider.reach !== 'anywhere') return []
  const reaped: string[] = []
  let listed = 0
  let failed = 0
  for await (const ref of provider.list(owner)) {
    if (++listed > LISTED_MAX) break
    try {
      const sandbox = { id: ref.id, attemptId: ref.attemptId, startedAt: ref.startedAt.getTime() }
      if (standingOf(sandbox, await engine.load(ref.runId), now) !== 'orphaned') continue
      await provider.destroy(ref.id)
      reaped.push(ref.id)
      log.warn({ runId: ref.runId, sandboxId: ref.id }, 'sandbox_reaped')
    } catch (error) {
      failed++
      log.error({ runId: ref.runId, sandboxId: ref.id, err: error }, 'sandbox_reap_failed')
    }
  }
  left?.(failed)
  return reaped
}
