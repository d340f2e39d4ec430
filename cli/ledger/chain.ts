/**
 * Finds the first place at which a ledger is not what was written. The head (number and hash of the last event, which
 * the Run remembers beside its ledger) holds the chain from its end, so that what was put in is told from what was there.
 */
import { createHash } from 'node:crypto'

import { LedgerEventBody } from '#contracts/api.ts'
import { hashInput } from '#domain/events.ts'
import { fromLedgerBody } from '#domain/ledger.ts'

export interface Head {
  seq: number
  hash: string
}

/** `seq` is the place, from 1, of the first event that is wrong; `what` says it in one sentence. */
export interface Finding {
  seq: number
  what: string
}

/** An entry that is a well-formed event and whose hash is that of its content. */
export function intact(entry: unknown): LedgerEventBody | null {
  const parsed = LedgerEventBody.safeParse(entry)
  if (!parsed.success) return null
  const hash = createHash('sha256')
    .update(hashInput(fromLedgerBody(parsed.data)))
    .digest('hex')
  return hash === parsed.data.hash ? parsed.data : null
}

/** Null when every event stands where it was written and says what it said. */
export function findBreak(entries: readonly unknown[], runId: string, head: Head): Finding | null {
  const sound = entries.map(intact)
  const genuine = chainTo(head, sound)
  if (genuine.length === head.seq) return misplaced(entries, sound, genuine, runId)
  return missing(entries, sound, genuine, head)
}

/** The events that lead to the head, the oldest first, as far back as they go. */
function chainTo(head: Head, sound: readonly (LedgerEventBody | null)[]): LedgerEventBody[] {
  const byHash = new Map(sound.flatMap((event) => (event ? [[event.hash, event] as const] : [])))
  const chain: LedgerEventBody[] = []
  let { seq } = head
  let hash: string | null = head.hash
  while (hash !== null && seq > 0) {
    const event: LedgerEventBody | undefined = byHash.get(hash)
    if (event?.seq !== seq) break
    chain.unshift(event)
    hash = event.prev
    seq--
  }
  // A first event that follows another one is not a first event.
  if (seq === 0 && hash !== null) chain.shift()
  return chain
}

/** Everything that was written is there: what stands between, or elsewhere, is to be found. */
function misplaced(
  entries: readonly unknown[],
  sound: readonly (LedgerEventBody | null)[],
  genuine: readonly LedgerEventBody[],
  runId: string,
): Finding | null {
  for (let i = 0; i < Math.max(entries.length, genuine.length); i++) {
    const expected = genuine[i]
    const found = sound[i]
    const seq = i + 1
    if (expected && found && found.hash === expected.hash) {
      if (found.runId !== runId) return { seq, what: `${named(seq, found)} belongs to another Run, ${found.runId}.` }
      continue
    }
    if (expected && entries.length === genuine.length) {
      const place = sound.findIndex((event) => event?.hash === expected.hash) + 1
      return { seq, what: `${named(seq, expected)} was reordered: it stands at place ${place}.` }
    }
    return { seq, what: `${named(seq, found ?? entries[i])} was added: it is no part of the chain.` }
  }
  return null
}

/** The chain from the head has a hole: the event before it was dropped or edited. */
function missing(
  entries: readonly unknown[],
  sound: readonly (LedgerEventBody | null)[],
  genuine: readonly LedgerEventBody[],
  head: Head,
): Finding {
  const hole = head.seq - genuine.length
  let fits = 0
  while (fits < hole && continues(sound, fits)) fits++
  // Everything up to the hole hangs together, so what fills the hole was made to fit, but is not what was written.
  const seq = Math.min(fits + 1, hole)
  const entry = entries[seq - 1]
  const next = genuine[0]
  if (entry === undefined) return { seq, what: `Event ${seq} was dropped: the ledger ends before it.` }
  if (fits < hole && sound[seq - 1] && next && sound[seq - 1]!.hash === next.hash) {
    return { seq, what: `Event ${seq} was dropped: event ${next.seq} (${next.type}) stands in its place.` }
  }
  const why = sound[seq - 1] ? 'the chain does not go on from it' : 'its content does not give its hash'
  return { seq, what: `${named(seq, entry)} was edited: ${why}.` }
}

function continues(sound: readonly (LedgerEventBody | null)[], index: number): boolean {
  const event = sound[index]
  const prev = index === 0 ? null : sound[index - 1]!.hash
  return event?.seq === index + 1 && event.prev === prev
}

/** `Event 7 (sandbox.acquired)`, as far as the entry says what it is. */
export function named(seq: number, entry: unknown): string {
  const type = (entry as { type?: unknown } | null | undefined)?.type
  return typeof type === 'string' && /^[a-z_.]{1,64}$/.test(type) ? `Event ${seq} (${type})` : `Event ${seq}`
}
