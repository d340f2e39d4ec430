/**
 * The obligation that every Run with a sandbox leaves: its confirmed death. By its id, or by metadata where a provider may
 * have made one whose id never reached us. A sandbox that only its runner reaches dies with its supervisor;
 * it counts as gone at the end of its lifetime.
 */
import type { SandboxState } from '../domain/run.ts'
import type { SandboxProvider } from '../sandboxes/provider.ts'
import { NotYet, nothing } from './perform.ts'
import type { Perform, Performance, PerformDeps } from './perform.ts'

const LOOK_AGAIN_MS = 5_000
const LISTED_MAX = 10_000

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
  if (sandbox.id !== null) {
    // Nothing else is waited for: a list may be long, or fail. What else bears the Run's name, the reaper finds.
    await provider.destroy(sandbox.id)
    return 'destroyed'
  }
  if ((await destroyListed(deps, provider, run.id)) > 0) return 'destroyed'
  // Asked for, never reported: it may still turn up until the acquisition's own clock is over.
  const settledAt = sandbox.requestedAt + run.clocks.acquireMs + run.clocks.sandboxMarginMs
  if (deps.now() < settledAt) throw new NotYet('The sandbox may still turn up.', LOOK_AGAIN_MS)
  return 'never_made'
}

/** By metadata. Answers how many there were. */
async function destroyListed({ sandboxOwner }: PerformDeps, provider: SandboxProvider, runId: string): Promise<number> {
  let found = 0
  let listed = 0
  for await (const ref of provider.list(sandboxOwner)) {
    if (++listed > LISTED_MAX) break
    if (ref.runId !== runId) continue
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
