/** Proves a ledger: its chain, its signatures, and that its events fold to the state that it was exported with. */
import { z } from 'zod'

import { LedgerDocument } from '#contracts/ledger.ts'
import { canonicalJson } from '#domain/events.ts'
import { fromLedgerBody } from '#domain/ledger.ts'
import { foldAll } from '#domain/run.ts'
import type { Run } from '#domain/run.ts'
import { findBreak } from './chain.ts'
import { checkSignatures } from './signatures.ts'

export type Verdict =
  | { ok: true; runId: string; events: number; signatures: number; status: string }
  /** `seq` is the place of the first wrong event, or null when the fault is not an event's. */
  | { ok: false; seq: number | null; what: string }

/** The document with events that may be anything: which one is wrong is to be named, not only that one is. */
const Outer = LedgerDocument.extend({ events: z.array(z.unknown()) })

/** What every exported state says, null where there is nothing to say: one that leaves it out was cut. */
const STATED = [
  'id',
  'seq',
  'status',
  'phase',
  'reason',
  'attempt',
  'repository',
  'issue',
  'requestedBy',
  'agent',
  'baseSha',
  'branchName',
  'sandbox',
  'proposal',
  'branch',
  'pullRequest',
  'endedAt',
] as const satisfies readonly (keyof Run)[]

/** Null when this is no ledger at all. */
export function verifyLedger(json: unknown): Verdict | null {
  const outer = Outer.safeParse(json)
  if (!outer.success) return null
  const { events: entries, runId, head, state } = outer.data
  const broken = findBreak(entries, runId, head)
  // What stands before the break can still be wrong in what was signed.
  const before = entries.slice(0, broken ? broken.seq - 1 : entries.length) as LedgerDocument['events']
  const { finding, count, spare } = checkSignatures({ ...outer.data, events: before })
  const first = finding ?? broken
  if (first) return { ok: false, ...first }
  if (spare)
    return { ok: false, seq: null, what: 'There are signatures or keys that belong to no event of the ledger.' }
  return folded({ ...outer.data, events: before }, state, count)
}

function folded(document: LedgerDocument, state: Record<string, unknown>, signatures: number): Verdict {
  const { runId, events } = document
  let run: Record<string, unknown>
  try {
    run = { ...foldAll(runId, events.map(fromLedgerBody)) }
  } catch (error) {
    return { ok: false, seq: 1, what: `The events do not fold: ${(error as Error).message}.` }
  }
  const missing = STATED.find((key) => !Object.hasOwn(state, key))
  if (missing !== undefined) {
    return { ok: false, seq: null, what: `The state was cut: it does not say ${missing}.` }
  }
  // What a later version adds to the state is not in a ledger that was exported before.
  const differs = Object.keys(state).find((key) => canonicalJson(run[key]) !== canonicalJson(state[key]))
  if (differs !== undefined) {
    return {
      ok: false,
      seq: null,
      what: `The events are as they were, but the state is not what they fold to: ${differs} differs.`,
    }
  }
  return { ok: true, runId, events: events.length, signatures, status: String(state['status']) }
}
