/** Which sandboxes nobody owns any more: for the reaper that ends them, and for people who look at them. */
import { isTerminal } from '../contracts/status.ts'
import { attemptIdOf } from './attempts.ts'
import type { Run } from './run.ts'

/** A sandbox whose Run ended keeps this long to be released by its own job. */
const RELEASE_GRACE_MS = 30_000
/** A sandbox of no known Run is left alone this long: its Run may be on another replica's way to the store. */
const UNKNOWN_GRACE_MS = 120_000

/** `starting`: of a Run that is not known yet. */
export type SandboxStanding = 'in_use' | 'ending' | 'starting' | 'orphaned'

/** A sandbox as its provider lists it (`startedAt` in ms since the epoch) against the Run that it was made for. */
export function standingOf(
  sandbox: { id: string; attemptId: string; startedAt: number },
  run: Pick<Run, 'id' | 'attempt' | 'status' | 'endedAt' | 'sandbox' | 'clocks'> | null,
  now: number,
): SandboxStanding {
  const age = now - sandbox.startedAt
  if (!run) return age > UNKNOWN_GRACE_MS ? 'orphaned' : 'starting'
  if (isTerminal(run.status)) return now - (run.endedAt ?? now) > RELEASE_GRACE_MS ? 'orphaned' : 'ending'
  if (run.sandbox?.id === sandbox.id) return 'in_use'
  // Of a live Run: one that its executor did not report while it reports another is the loser of a race, and one of an
  // earlier attempt came to life too late.
  const other = (run.sandbox !== null && run.sandbox.id !== null) || sandbox.attemptId !== attemptIdOf(run)
  return other && age > run.clocks.acquireMs + RELEASE_GRACE_MS ? 'orphaned' : 'in_use'
}
