/** A Run's history as a document that can be checked without the app: its events, its keys, its signatures, its state. */
import { LEDGER_FORMAT, LEDGER_VERSION } from '../contracts/ledger.ts'
import type { LedgerCallback, LedgerDocument, LedgerKey } from '../contracts/ledger.ts'
import type { CallbackMark, RunEvent } from './events.ts'
import type { Run } from './run.ts'
import { toLedgerBody } from './stream-events.ts'

export interface History {
  run: Run
  lastHash: string
  events: readonly RunEvent[]
}

/** A callback as it is kept, with its signature. */
interface Kept {
  dispatchId: string
  seq: number
  digest: string
  jws: string
}

/** The mark of an event that an executor reported; undefined for the app's own. */
export function markOf(event: Pick<RunEvent, 'data'>): CallbackMark | undefined {
  return 'callback' in event.data ? event.data.callback : undefined
}

/** A callback that was kept but never folded is no part of the history, and stays out. */
export function toLedgerDocument({ run, lastHash, events }: History, kept: readonly Kept[]): LedgerDocument {
  const keys: LedgerKey[] = []
  const callbacks: LedgerCallback[] = []
  for (const event of events) {
    if (event.type === 'executor.bound') {
      const { dispatchId, jkt, publicKeyX } = event.data
      keys.push({ dispatchId, jkt, publicKeyX })
    }
    const mark = markOf(event)
    const dispatchId = keys.at(-1)?.dispatchId
    const found = mark && kept.find((k) => k.dispatchId === dispatchId && k.digest === mark.digest)
    if (found) callbacks.push({ dispatchId: found.dispatchId, seq: found.seq, jws: found.jws })
  }
  return {
    format: LEDGER_FORMAT,
    v: LEDGER_VERSION,
    runId: run.id,
    head: { seq: run.seq, hash: lastHash },
    events: events.map(toLedgerBody),
    keys,
    callbacks,
    state: { ...run },
  }
}

/** The event of the ledger that a document's entry stands for. */
export function fromLedgerBody(body: LedgerDocument['events'][number]): RunEvent {
  return { ...body, at: Date.parse(body.at) } as unknown as RunEvent
}
