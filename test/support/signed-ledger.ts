/**
 * Makes a ledger as an app and a real executor would have written it out of a history that was only played: the reports
 * are signed by an Ed25519 key, the marks carry the digests of what was signed, and the chain is laid anew.
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'

import { jwsTypes } from '../../app/contracts/callbacks.ts'
import type { LedgerDocument } from '../../app/contracts/ledger.ts'
import { hashInput } from '../../app/domain/events.ts'
import type { RunEvent } from '../../app/domain/events.ts'
import { markOf, toLedgerDocument } from '../../app/domain/ledger.ts'
import { foldAll } from '../../app/domain/run.ts'
import { sha256 } from './story.ts'

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

/** Lays the chain of events anew. */
export function rechained(events: readonly RunEvent[]): RunEvent[] {
  let prev: string | null = null
  return events.map((event) => {
    const linked: RunEvent = { ...event, prev }
    prev = sha256(hashInput(linked))
    return { ...linked, hash: prev }
  })
}

/** The document of a history without signatures, as one that was recorded before any job was bound. */
export function documentOf(
  events: readonly RunEvent[],
  kept: Parameters<typeof toLedgerDocument>[1] = [],
): LedgerDocument {
  const chained = rechained(events)
  const run = foldAll(chained[0]!.runId, chained)
  return toLedgerDocument({ run, lastHash: chained.at(-1)!.hash, events: chained }, kept)
}

/** The same with every report signed. */
export function signedLedger(history: readonly RunEvent[]): LedgerDocument {
  const kept: { dispatchId: string; seq: number; digest: string; jws: string }[] = []
  let executor = newExecutor()
  let dispatch = { id: '', bind: '' }
  let prev: string | null = null
  const events = history.map((event): RunEvent => {
    if (event.type === 'executor.bound') {
      executor = newExecutor()
      prev = null
      dispatch = { id: event.data.dispatchId, bind: event.data.bind }
      return { ...event, data: { ...event.data, jkt: executor.jkt, publicKeyX: executor.x } }
    }
    const mark = markOf(event)
    if (!mark) return event
    const { callback: _, ...data } = event.data as Record<string, unknown>
    const aud = `https://deckhand.example/api/runs/${event.runId}/events`
    const at = new Date(event.at).toISOString()
    const envelope = { v: 1, iss: executor.jkt, aud, bind: dispatch.bind }
    const payload = JSON.stringify({ ...envelope, seq: mark.seq, prev, at, type: event.type, data })
    const digest = sha256(payload)
    kept.push({ dispatchId: dispatch.id, seq: mark.seq, digest, jws: executor.seal(payload, event.at) })
    const marked = { ...event, data: { ...event.data, callback: { seq: mark.seq, prev, digest } } } as RunEvent
    prev = digest
    return marked
  })
  return documentOf(events, kept)
}

function newExecutor() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const x = publicKey.export({ format: 'jwk' }).x!
  const jkt = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url')
  return {
    x,
    jkt,
    seal(payload: string, at: number): string {
      const header = {
        alg: 'EdDSA',
        typ: jwsTypes.event,
        iat: Math.floor(at / 1000),
        jti: sha256(payload).slice(0, 36),
      }
      const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`
      return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`
    },
  }
}
