/**
 * Encryption at rest: what opens doors is stored under a key that the database never sees. AES-256-GCM, with a key of
 * its own for every document, derived from SECRET_KEY by HKDF; the document's name is bound in, so that one document's
 * text cannot be put in another's place.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const SALT_BYTES = 16
const IV_BYTES = 12
const TAG_BYTES = 16

/** Everything in base64. */
export interface Sealed {
  v: 1
  salt: string
  iv: string
  tag: string
  text: string
}

/** The text was sealed under another key or name, or was changed since. The message holds nothing of it. */
export class SealBroken extends Error {
  override name = 'SealBroken'
}

export interface Seal {
  close(name: string, text: string): Sealed
  /** @throws SealBroken */
  open(name: string, sealed: Sealed): string
}

export function sealWith(secretKey: string): Seal {
  const keyOf = (salt: Uint8Array, name: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secretKey, salt, `deckhand at rest v1 ${name}`, KEY_BYTES))
  return {
    close(name, text) {
      const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(IV_BYTES)]
      const cipher = createCipheriv(ALGORITHM, keyOf(salt, name), iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(name))
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      const shown = (part: Buffer): string => part.toString('base64')
      return { v: 1, salt: shown(salt), iv: shown(iv), tag: shown(cipher.getAuthTag()), text: shown(bytes) }
    },
    open(name, { salt, iv, tag, text }) {
      const bytes = (part: string): Buffer => Buffer.from(part, 'base64')
      try {
        const key = keyOf(bytes(salt), name)
        const decipher = createDecipheriv(ALGORITHM, key, bytes(iv), { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(name)).setAuthTag(bytes(tag))
        return Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new SealBroken('The stored text cannot be opened with this SECRET_KEY.', { cause })
      }
    },
  }
}
