/**
 * Fixes the commit that the Run works on, before anything is dispatched: a job may bind and finish before the answer to
 * the dispatch is recorded, and by then the base has to stand in the ledger.
 */
import type { Perform } from './perform.ts'

export const resolveBase: Perform = async ({ github }, { run }) => {
  const sha = await github.baseCommit(run.repository, run.baseRef)
  return { outcome: { type: 'base.resolved', data: { ref: run.baseRef, sha } } }
}
