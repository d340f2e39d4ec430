/**
 * What agents made, as the performers read it: branch, pull request and check of one Run each need it, within a minute.
 * Bytes under a digest never change, so that small ones are remembered and read once by a replica (trust.md P10).
 */
import { LRUCache } from 'lru-cache'

import type { Proposal } from '../contracts/executor.ts'
import { proposalIn } from '../domain/proposal.ts'
import type { PerformDeps } from '../perform/perform.ts'

/** Most changes are smaller; a larger one is read each time. */
export const REMEMBERED_PROPOSAL_BYTES_MAX = 64 * 1024
const REMEMBERED_BYTES_MAX = 4 * 1024 * 1024

/** The stored proposal by its Run and digest, or null where the store has none; that is asked again. */
export function proposalReader(
  read: (runId: string, digest: string) => Promise<Uint8Array | null>,
): PerformDeps['proposal'] {
  const kept = new LRUCache<string, Proposal>({
    maxSize: REMEMBERED_BYTES_MAX,
    maxEntrySize: REMEMBERED_PROPOSAL_BYTES_MAX,
  })
  return async (runId, digest) => {
    const key = `${runId} ${digest}`
    const known = kept.get(key)
    if (known) return known
    const bytes = await read(runId, digest)
    if (bytes === null) return null
    const proposal = proposalIn(bytes)
    kept.set(key, proposal, { size: Math.max(1, bytes.length) })
    return proposal
  }
}
