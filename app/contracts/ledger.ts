/** A Run's whole ledger with what proves it: what `GET /api/runs/{id}/ledger` gives and `npm run verify` reads offline. */
import { z } from 'zod'

import { LedgerEventBody } from './api.ts'
import { RunId, Sha256Hex } from './ids.ts'

export const LEDGER_FORMAT = 'deckhand.ledger'
export const LEDGER_VERSION = 1
/** More than a Run's ledger can hold; a longer document is none of ours. */
const ENTRIES_MAX = 2_000

/** The signed form of one callback: a compact JWS whose payload is the event. */
export const LedgerCallback = z.strictObject({
  dispatchId: z.string().max(64),
  seq: z.int().min(1),
  jws: z.string().max(64 * 1024),
})
export type LedgerCallback = z.infer<typeof LedgerCallback>

/** The executor's Ed25519 key of one dispatch, as it was bound (`executor.bound`). */
export const LedgerKey = z.strictObject({
  dispatchId: z.string().max(64),
  /** RFC 7638 thumbprint, and the public key itself as in a JWK. */
  jkt: z.string().max(64),
  publicKeyX: z.string().max(64),
})
export type LedgerKey = z.infer<typeof LedgerKey>

/** Everything of it is checked by `npm run verify`: an edit to any field is found. */
export const LedgerDocument = z.strictObject({
  format: z.literal(LEDGER_FORMAT),
  v: z.literal(LEDGER_VERSION),
  runId: RunId,
  /** Number and hash of the last event as the Run remembers them beside its ledger. */
  head: z.strictObject({ seq: z.int().min(1), hash: Sha256Hex }),
  /** Oldest first, from 1. */
  events: z.array(LedgerEventBody).max(ENTRIES_MAX),
  keys: z.array(LedgerKey).max(ENTRIES_MAX),
  /** In the order in which their events stand. */
  callbacks: z.array(LedgerCallback).max(ENTRIES_MAX),
  /** The Run as it is stored: what the events fold to. */
  state: z.record(z.string(), z.unknown()),
})
export type LedgerDocument = z.infer<typeof LedgerDocument>
