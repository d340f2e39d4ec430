/**
 * `Idempotency-Key`, for every route that starts or stops something: a request that is sent again does nothing again and
 * gets the first answer (draft-ietf-httpapi-idempotency-key-header-07). Keys belong to their caller.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import type { IdempotencyStore } from '../store/idempotency.ts'
import { ProblemError } from './problem.ts'
import type { Identity, Outgoing } from './route.ts'

const KEY = /^[\x21-\x7e]{1,200}$/
/** A longer answer is not kept: the request is done again, which does nothing twice either. */
const KEPT_ANSWER_CHARS_MAX = 1024 * 1024
const RETRY_AFTER_SECONDS = '1'

export type KeyStore = Pick<IdempotencyStore, 'claimKey' | 'keepAnswer' | 'releaseKey'>

/** The key that a request carries, or null. Throws `bad_request` for one that is none. */
export function idempotencyKeyOf(req: IncomingMessage): string | null {
  const key = req.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key === 'string' && KEY.test(key)) return key
  throw new ProblemError('bad_request', {
    detail: 'The Idempotency-Key is 1 to 200 visible ASCII characters. Send a UUID.',
  })
}

/** Whose key it is: `person-583231`, `token-ci`. */
export function ownerOf(who: Exclude<Identity, { kind: 'anonymous' }>): string {
  return who.kind === 'person' ? `person-${who.id}` : `token-${who.name}`
}

/** A name for what a request makes, where one is needed: the same for the same key of the same caller, for ever. */
export function nameOfWish(who: Exclude<Identity, { kind: 'anonymous' }>, key: string | null): string {
  return key === null ? randomUUID() : digestOf([ownerOf(who), key])
}

/**
 * The same as a Run's command, which it obeys once: also when the answer was never kept, because its replica died. A
 * request without a key has none.
 */
export function commandOf(who: Identity, req: IncomingMessage): string | undefined {
  const key = idempotencyKeyOf(req)
  return key === null || who.kind === 'anonymous' ? undefined : nameOfWish(who, key)
}

export interface Repeatable {
  who: Exclude<Identity, { kind: 'anonymous' }>
  key: string
  /** Everything that makes two requests the same one. */
  request: readonly string[]
}

/**
 * Does `work` unless it was done under this key before. A refusal is not kept: it has changed nothing, and what it was
 * about may be otherwise by now. Throws what `work` throws, `idempotency_mismatch` and `idempotency_in_progress`.
 */
export async function once(
  { who, key, request }: Repeatable,
  { keys, now }: { keys: KeyStore; now: () => number },
  work: () => Promise<Outgoing | null>,
): Promise<Outgoing | null> {
  const mine = { key: digestOf([ownerOf(who), key]), request: digestOf(request), claim: randomUUID() }
  const claimed = await keys.claimKey(mine, now())
  if (claimed.kind === 'answered') return replayed(claimed.answer)
  if (claimed.kind === 'other_request') {
    throw new ProblemError('idempotency_mismatch', {
      detail: 'This Idempotency-Key came with another request before. Send a new key with a new request.',
    })
  }
  if (claimed.kind === 'running') {
    throw new ProblemError('idempotency_in_progress', {
      detail: 'The first request with this Idempotency-Key is not answered yet. Send it again in a second.',
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
    })
  }
  const answer = await work().catch(async (error: unknown) => {
    await keys.releaseKey(mine)
    throw error
  })
  const kept = answer === null ? null : JSON.stringify(answer)
  if (kept !== null && kept.length <= KEPT_ANSWER_CHARS_MAX) await keys.keepAnswer(mine, kept)
  else await keys.releaseKey(mine)
  return answer
}

function replayed(answer: string): Outgoing {
  const { status, headers, data } = JSON.parse(answer) as Outgoing
  return { status, headers: { ...headers, 'idempotency-replayed': 'true' }, data }
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
