/**
 * A gate that requests pass on their way to somebody: a load balancer in front of the app's replicas, or the network
 * between the app and GitHub. A story can hold a request there, before it arrives or after it was answered, which are
 * the two sides of every boundary at which a process may die.
 */
import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { onTestFinished } from 'vitest'

import { isReady } from './app-process.ts'

const BODY_BYTES_MAX = 32 * 1024 * 1024
const PASSED_KEPT_MAX = 20_000

export interface Passing {
  method: string
  /** With its query. */
  path: string
  body: string
  at: number
}

export interface Hold {
  readonly match: (passing: Passing) => boolean
  /** `before`: it never arrives. `after`: it was answered, and the answer is never heard. */
  readonly when: 'before' | 'after'
  /** When a request was caught, by `performance.now()`; null while none was. It catches one, and once only. */
  reachedAt: number | null
}

export interface Gate {
  readonly url: string
  /** What was answered or held. */
  readonly passed: readonly Passing[]
  hold(match: Hold['match'], when: Hold['when']): Hold
  /** Whatever this matches does not arrive while it does; asked again for every request. */
  block(match: Hold['match']): void
  /** Cuts the connections of all that is held or blocked; nothing is held any more. */
  cut(): void
}

export interface GateOptions {
  port?: number
  /** Base addresses of those behind the gate, the preferred first; a path in them goes before the request's. */
  targets: () => readonly string[]
}

/** Starts a gate on 127.0.0.1 that is closed when the test ends. */
export async function startGate({ port = 0, targets }: GateOptions): Promise<Gate> {
  const passed: Passing[] = []
  const holds = new Set<Hold>()
  const blocks: Hold['match'][] = []
  const held = new Set<ServerResponse>()

  const note = (passing: Passing): void => {
    passed.push(passing)
    if (passed.length > PASSED_KEPT_MAX) passed.shift()
  }
  const keep = (res: ServerResponse): void => {
    held.add(res)
    res.once('close', () => held.delete(res))
  }
  /** True when the request was caught on this side. */
  const caught = (passing: Passing, when: Hold['when'], res: ServerResponse): boolean => {
    const hold = [...holds].find((each) => each.when === when && each.match(passing))
    if (!hold) return false
    holds.delete(hold)
    hold.reachedAt = performance.now()
    if (when === 'before') note(passing)
    keep(res)
    return true
  }
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await read(req)
    const { method = 'GET', url: path = '/' } = req
    const passing = { method, path, body: body.toString('utf8'), at: performance.now() }
    if (caught(passing, 'before', res)) return
    if (blocks.some((match) => match(passing))) return keep(res)
    const answer = await forward(req, body, targets(), res)
    if (answer === null) return void res.writeHead(502).end()
    note(passing)
    if ([...holds].some((each) => each.when === 'after' && each.match(passing))) {
      await read(answer)
      if (caught(passing, 'after', res)) return
    }
    const { connection: _, ...headers } = answer.headers
    res.writeHead(answer.statusCode!, headers)
    answer.on('error', () => res.destroy())
    answer.pipe(res)
  }
  const server = createServer((req, res) => void serve(req, res).catch(() => res.destroy()))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    hold(match, when) {
      const hold: Hold = { match, when, reachedAt: null }
      holds.add(hold)
      return hold
    },
    block: (match) => void blocks.push(match),
    cut() {
      holds.clear()
      for (const res of held) res.destroy()
    },
  }
}

/** The answer of the first target that takes the connection; null when none does. */
async function forward(
  req: IncomingMessage,
  body: Buffer,
  targets: readonly string[],
  res: ServerResponse,
): Promise<IncomingMessage | null> {
  for (const target of targets) {
    try {
      return await ask(req, body, target, res)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
    }
  }
  return null
}

function ask(req: IncomingMessage, body: Buffer, target: string, res: ServerResponse): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // No connection is kept: one that the other side closes at this very moment would look like a failed request.
    const headers = { ...req.headers, connection: 'close' }
    const onward = send(`${target}${req.url}`, { method: req.method, headers, agent: false }, resolve)
    onward.once('error', reject)
    res.once('close', () => onward.destroy())
    onward.end(body)
  })
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new Error(`A request through the gate is larger than ${BODY_BYTES_MAX} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Which replicas a balancer sends to: those that said at the last look that they are ready; all when none did. */
export function readiness(everyMs: number, replicas: () => readonly string[]): () => readonly string[] {
  const known = new Map<string, { look: number; ready: boolean }>()
  let turn = 0
  let looks = 0
  const lookAt = async (url: string, look: number): Promise<void> => {
    const ready = await isReady(url)
    // A look that took long is older than one that has answered meanwhile.
    if ((known.get(url)?.look ?? 0) < look) known.set(url, { look, ready })
  }
  // Each for itself, so that nobody is taken for ready for as long as another one needs for its answer.
  const look = (): void => {
    looks++
    for (const url of replicas()) void lookAt(url, looks)
  }
  const timer = setInterval(look, everyMs)
  onTestFinished(() => clearInterval(timer))
  return () => {
    const all = replicas()
    const ready = all.filter((url) => known.get(url)?.ready)
    const candidates = ready.length > 0 ? ready : all
    const first = turn++ % candidates.length
    return [...candidates.slice(first), ...candidates.slice(0, first)]
  }
}
