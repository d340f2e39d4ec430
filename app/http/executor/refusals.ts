/** The engine's refusals as problems; the one place that says which is which (trust.md rows 16 to 20). */
import type { ProblemCode } from '../../contracts/problems.ts'
import type { Refusal } from '../../domain/inputs.ts'
import { ProblemError } from '../problem.ts'

const codes: Record<Refusal['refused'], ProblemCode> = {
  unknown_input: 'internal',
  ended: 'run_ended',
  not_allowed_now: 'not_allowed_now',
  already_bound: 'already_bound',
  not_bound: 'callback_forbidden',
  foreign_job: 'callback_forbidden',
  duplicate: 'conflicting_callback',
  expected_seq: 'expected_seq',
  fork: 'conflicting_callback',
  past_deadline: 'gone',
  only_destroyed: 'callback_forbidden',
  ledger_full: 'run_ended',
}

/** What the engine can make a route of the executor answer with. */
export const refusals: readonly ProblemCode[] = [...new Set(Object.values(codes))]

export function problemOf({ refused, expectedSeq }: Refusal): ProblemError {
  const code = codes[refused]
  const tell = code === 'expected_seq' && expectedSeq !== undefined
  return new ProblemError(code, { reason: refused, ...(tell ? { expectedSeq } : {}) })
}
