/**
 * Keeps zod out of the browser. The client talks to its own server over the same origin, so it reads the contracts'
 * constants and types and never runs a schema; leaving the library out saves a tenth of the first load.
 */

/** Answers every property and every call with itself, so that the contracts' modules load; a schema that is run throws. */
const ABSENT = `const absent = new Proxy(() => undefined, {
  apply: () => absent,
  get: (target, name) => {
    if (/^(safe)?parse/i.test(String(name))) throw new Error('The web client carries no schemas')
    return absent
  },
})
export const z = absent
`
const ID = '\0deckhand:no-schemas'

/** A Vite plugin that puts an empty stand-in where the contracts import zod. */
export function noSchemas() {
  return {
    name: 'deckhand:no-schemas',
    enforce: 'pre' as const,
    resolveId: (source: string) => (source === 'zod' ? ID : null),
    load: (id: string) => (id === ID ? ABSENT : null),
  }
}
