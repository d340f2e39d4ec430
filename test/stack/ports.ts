/** Ports for what is started in a moment: its address has to be known before it listens. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

const PORTS_TRIED_MAX = 50
/** Below those that systems give to connections: one of them could take a port before somebody listens on it. */
const PORTS = { from: 20_000, to: 32_000 }
/** Workers of a test run share the ports out: what one has let go for its program, another could take meanwhile. */
const POOLS = 4

/** The wanted port, or the next free one after it; 0 is any free one. `spoken` is promised to somebody already. */
export async function freePort(wanted: number, spoken?: number): Promise<number> {
  const held = await holdPort(wanted, spoken)
  await held.release()
  return held.port
}

export interface HeldPort {
  port: number
  /** Called just before somebody else listens there. */
  release(): Promise<void>
}

/** The same, and nobody else gets it meanwhile: two demos may start side by side. */
export async function holdPort(wanted: number, spoken?: number): Promise<HeldPort> {
  for (let tried = 0; tried < PORTS_TRIED_MAX; tried++) {
    const held = await tryPort(wanted === 0 ? nextPort() : wanted + tried)
    if (held !== null && held.port !== spoken) return held
    await held?.release()
  }
  const where = wanted === 0 ? 'that were tried' : `${wanted} to ${wanted + PORTS_TRIED_MAX - 1}`
  throw new Error(`The ports ${where} of 127.0.0.1 are all taken.`)
}

let last: number | null = null

/** One after the other from a random one, so that this process gives none away twice in a short time. */
function nextPort(): number {
  const pool = Number(process.env['VITEST_POOL_ID'] ?? 0) % POOLS
  const many = Math.floor((PORTS.to - PORTS.from) / POOLS)
  last = last === null ? randomInt(many) : (last + 1) % many
  return PORTS.from + pool * many + last
}

function tryPort(port: number): Promise<HeldPort | null> {
  return new Promise((resolve) => {
    // As if nobody listened: a connection that stayed open would keep the port from being released.
    const server = createServer((early) => early.resetAndDestroy())
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const release = () => new Promise<void>((closed) => void server.close(() => closed()))
      resolve({ port: (server.address() as AddressInfo).port, release })
    })
  })
}
