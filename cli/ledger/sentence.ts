/** What the proof of a ledger says to people, on whichever command line. */
import { oneLine } from '#domain/render/inert.ts'

import type { Verdict } from './verify.ts'

export function sentenceOf(verdict: Verdict): string {
  // It names what stands in the ledger, which anybody may have written.
  if (!verdict.ok) return `NOT PROVED: ${oneLine(verdict.what)}`
  const { runId, status, events, signatures } = verdict
  return `Proved: Run ${runId} (${status}), ${events} events in one chain, ${signatures} signed by its executors, and the state is what they fold to.`
}
