/** 128 random bits in hex. `crypto.randomUUID` is missing on plain http outside of localhost, so it is not used. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
