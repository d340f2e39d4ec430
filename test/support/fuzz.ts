/** Fuzzing for the attack table: a thousand cases each. */
import { Agent, request } from 'node:http'

import fc from 'fast-check'

export const CASES = 1_000
/** For those that go over HTTP and to the store: a machine that is busy otherwise may take long. */
export const FUZZ_MS_MAX = 300_000

/** Fails with the smallest case for which `holds` throws; asynchronous ones run one after another. */
export function fuzz<T>(cases: fc.Arbitrary<T>, holds: (value: T) => void | Promise<void>): Promise<void> {
  const property = fc.asyncProperty(cases, async (value) => {
    await holds(value)
  })
  return fc.assert(property, { numRuns: CASES })
}

/** One of the characters of a text. */
export const charOf = (text: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(text))

/** Lower-case hex of exactly this many digits. */
export const hexOf = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: charOf('0123456789abcdef'), minLength: length, maxLength: length })

interface Told {
  status: number
  text: string
}
interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

interface KeptConnection extends Disposable {
  ask(path: string, options?: Ask): Promise<Told>
}

/** One connection for all requests of a test, opened again only when the server closes it. */
export function keepConnection(url: string): KeptConnection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    ask: (path, { method = 'GET', headers = {}, body = '' } = {}) =>
      new Promise((resolve, reject) => {
        const length = method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const sending = request(`${url}${path}`, { agent, method, headers: { ...length, ...headers } }, (answer) => {
          let text = ''
          answer.setEncoding('utf8')
          answer.on('data', (chunk: string) => (text += chunk))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        })
        sending.on('error', reject)
        sending.end(body)
      }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** A problem's code; empty when the body is none. */
export function codeOf({ text }: Told): string {
  try {
    return (JSON.parse(text) as { code?: string }).code ?? ''
  } catch {
    return ''
  }
}
