/**
 * The obligation that every Run with a sandbox leaves: its confirmed death. By id and by metadata, because a provider
 * may have made a sandbox whose id never reached us. A sandbox that only its runner reaches dies with its supervisor;
 * it counts as gone at the end of its lifetime.
 */
import type { SandboxState } from '../domain/run.ts'
import type { SandboxProvider } from '../sandboxes/provider.ts'
import { NotYet, nothing } from './perform.ts'
import type { Perform, Performance, PerformDeps } from './perform.ts'

const LOOK_AGAIN_MS = 5_000
const LISTED_MAX = 1_000

export const destroySandbox: Perform = async (deps, performance) => {
  const { sandbox } = performance.run
  if (!sandbox || sandbox.state === 'gone') return nothing
  const provider = await deps.provider(sandbox.provider)
  const how =
    provider.reach === 'anywhere'
      ? await destroy(deps, provider, performance, sandbox)
      : expiry(deps, performance, sandbox)
  return { outcome: { type: 'sandbox.reaped', data: { sandboxId: sandbox.id ?? sandbox.attemptId, how } } }
}

async function destroy(
  deps: PerformDeps,
  provider: SandboxProvider,
  { run }: Performance,
  sandbox: SandboxState,
): Promise<'destroyed' | 'never_made'> {
  const [, found] = await Promise.all([
    sandbox.id === null ? null : provider.destroy(sandbox.id),
    destroyListed(deps, provider, run.id, sandbox.id),
  ])
  if (sandbox.id !== null || found > 0) return 'destroyed'
  // Asked for, never reported: it may still turn up until the acquisition's own clock is over.
  const settledAt = sandbox.requestedAt + run.clocks.acquireMs + run.clocks.sandboxMarginMs
  if (deps.now() < settledAt) throw new NotYet('The sandbox may still turn up.', LOOK_AGAIN_MS)
  return 'never_made'
}

/** By metadata. Answers how many there were besides the one whose id is known. */
async function destroyListed(
  { sandboxOwner }: PerformDeps,
  provider: SandboxProvider,
  runId: string,
  knownId: string | null,
): Promise<number> {
  let found = 0
  let listed = 0
  for await (const ref of provider.list(sandboxOwner)) {
    if (++listed > LISTED_MAX) break
    if (ref.runId !== runId || ref.id === knownId) continue
    await provider.destroy(ref.id)
    found++
  }
  return found
}

function expiry(deps: PerformDeps, { run }: Performance, sandbox: SandboxState): 'expired' {
  const stoppedAt = run.endedAt ?? run.stop?.at ?? run.updatedAt
  const goneAt = Math.max(
    stoppedAt + sandbox.ttlMs,
    sandbox.state === 'requested' ? sandbox.requestedAt + run.clocks.acquireMs : 0,
  )
  const leftMs = goneAt + run.clocks.sandboxMarginMs - deps.now()
  if (leftMs > 0)
    throw new NotYet(
      'Only the runner reaches this sandbox; its lifetime is not over.',
      Math.min(leftMs, run.clocks.heartbeatMs),
    )
  return 'expired'
}
