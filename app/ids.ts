/** Chance and keys, kept out of the pure parts: Run ids, time-ordered ids, and secrets that are derived and not stored. */
import { createHash, createHmac, randomBytes } from 'node:crypto'

/** Crockford's base32, lower case: no i, l, o or u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RUN_ID_CHARS = 10

/** `r_` and ten random characters: 50 bits, and the store refuses one that is taken. */
export function newRunId(): string {
  return `r_${Array.from(randomBytes(RUN_ID_CHARS), (byte) => ALPHABET[byte % 32]).join('')}`
}

/** A UUID of version 7 (RFC 9562): sorts by time. */
export function uuidv7(now: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** SHA-256, lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * The nonce of a dispatch: 256 bits that only who holds SECRET_KEY can know, the same whenever the dispatch is repeated,
 * by whatever replica. Its digest stands in the ledger; the nonce itself is stored nowhere.
 */
export function nonceOf(secretKey: string, dispatchId: string): string {
  return createHmac('sha256', secretKey).update(`dispatch nonce ${dispatchId}`).digest('base64url')
}

/** The name under which this installation's sandboxes are found at their provider. */
export function sandboxOwner(appId: number, publicUrl: string): string {
  return `deckhand-${appId}-${sha256(publicUrl).slice(0, 12)}`
}
