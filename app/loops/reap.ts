/**
 * Finds sandboxes that nobody owns any more, by listing what the provider has under our name: a remembered id is not
 * enough, because a sandbox may come to life after the call that asked for it was given up.
 */
import { isTerminal } from '../contracts/status.ts'
import type { Engine } from '../engine.ts'
import type { Log } from '../perform/perform.ts'
import type { SandboxProvider, SandboxRef } from '../sandboxes/provider.ts'

/** A sandbox whose Run ended keeps this long to be released by its own job. */
export const RELEASE_GRACE_MS = 30_000
/** A sandbox of no known Run is left alone this long: its Run may be on another replica's way to the store. */
export const UNKNOWN_GRACE_MS = 120_000
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
      if (!(await isOrphan(engine, ref, now))) continue
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

async function isOrphan(engine: ReapDeps['engine'], ref: SandboxRef, now: number): Promise<boolean> {
  const run = await engine.load(ref.runId)
  if (!run) return now - ref.startedAt.getTime() > UNKNOWN_GRACE_MS
  if (isTerminal(run.status)) return now - (run.endedAt ?? now) > RELEASE_GRACE_MS
  // Of a live Run: one that its executor did not report while it reports another is the loser of a race.
  const other = run.sandbox !== null && run.sandbox.id !== null && run.sandbox.id !== ref.id
  return other && now - ref.startedAt.getTime() > run.clocks.acquireMs + RELEASE_GRACE_MS
}
