/** What the proof of a ledger says to people, on whichever command line. */
import type { Verdict } from './verify.ts'

export function sentenceOf(verdict: Verdict): string {
  if (!verdict.ok) return `NOT PROVED: ${verdict.what}`
  const { runId, status, events, signatures } = verdict
  return `Proved: Run ${runId} (${status}), ${events} events in one chain, ${signatures} signed by its executors, and the state is what they fold to.`
}
