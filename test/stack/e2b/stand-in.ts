/**
 * The E2B of the local world: the wire of E2B's service over temporary folders and real processes, so that the
 * unmodified SDK and everything above it run without the internet, and faults can be ordered.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { serveApi } from './api.ts'
import { serveEnvd } from './envd.ts'
import { realTime, standInState } from './state.ts'
import type { Fault, SandboxState, StandInTime } from './state.ts'
import { sendError } from './wire.ts'

interface E2bFaults {
  /** The next calls of this kind fail with an HTTP status, or are never answered. */
  failNext(fault: Fault): void
  /**
   * The next `count` creates are never answered. Without `appearAfterMs` they have no effect either; with it the
   * sandbox appears that much later (0: at once).
   */
  hangCreate(count: number, options?: { appearAfterMs?: number }): void
  /** While true, every connection is cut before it is answered. */
  unreachable(yes: boolean): void
  /** Cuts the streams of running commands, as a load balancer would; returns how many there were. */
  dropStreams(): number
  /** Lets the lifetime of a sandbox end now. */
  expire(id: string): void
}

export interface E2bStandIn extends AsyncDisposable {
  readonly apiUrl: string
  readonly sandboxUrl: string
  readonly apiKey: string
  /** Every sandbox there ever was, in the order of their creation. */
  sandboxes(): readonly SandboxState[]
  /** Resolves as soon as the condition holds; it is looked at whenever a sandbox appears or ends or a call arrives. */
  until(condition: (sandboxes: readonly SandboxState[]) => boolean): Promise<void>
  /** The calls so far, as `METHOD /path`. */
  calls(): readonly string[]
  readonly faults: E2bFaults
  dispose(): Promise<void>
}

/** A copy of what a test may see. */
function shown(sandbox: SandboxState): SandboxState {
  const { id, templateId, metadata, envVars, startedAt, endsAt, state, endedBy, network } = sandbox
  return { id, templateId, metadata, envVars, startedAt, endsAt, state, endedBy, network }
}

const CALLS_REMEMBERED_MAX = 10_000

export async function startE2bStandIn({ time = realTime }: { time?: StandInTime } = {}): Promise<E2bStandIn> {
  const state = standInState(time)
  const apiKey = `e2b_${randomBytes(20).toString('hex')}`
  const streams = new Set<ServerResponse>()
  const hangs: { appearAfterMs: number | null }[] = []
  const calls: string[] = []
  const watchers = new Set<() => void>()
  const timers = new Set<{ cancel(): void }>()
  let unreachable = false
  const context = {
    state,
    hang: () => hangs.shift() ?? null,
    later: (ms: number, act: () => void) => void timers.add(time.after(ms, act)),
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    if (calls.length < CALLS_REMEMBERED_MAX) calls.push(`${request.method} ${url.pathname}`)
    watchers.forEach((watch) => watch())
    if (unreachable) return void request.socket.destroy()
    if (/^\/process\.Process\/(Start|Connect)$/.test(url.pathname)) {
      streams.add(response)
      response.once('close', () => streams.delete(response))
    }
    serveApi(context, request, response, url, apiKey)
      .then(async (done) => done || (await serveEnvd(state, request, response, url)))
      .then((done) => done || sendError(response, 404, `the stand-in does not serve ${request.method} ${url.pathname}`))
      .catch((error: unknown) => (response.headersSent ? response.destroy() : sendError(response, 500, String(error))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  state.onChange(() => watchers.forEach((watch) => watch()))

  const sandboxes = () => [...state.sandboxes.values()].map(shown)
  const endAll = () => state.sandboxes.forEach((sandbox) => state.end(sandbox, 'dispose'))
  // A test process that is ended from outside must not leave commands behind.
  process.once('exit', endAll)
  const dispose = async () => {
    process.off('exit', endAll)
    timers.forEach((timer) => timer.cancel())
    endAll()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return {
    apiUrl: url,
    sandboxUrl: url,
    apiKey,
    sandboxes,
    calls: () => calls,
    until: (condition) =>
      new Promise((resolve) => {
        const watch = () => {
          if (!condition(sandboxes())) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
      }),
    faults: {
      failNext: (fault) => state.order(fault),
      hangCreate(count, { appearAfterMs } = {}) {
        for (let i = 0; i < count; i++) hangs.push({ appearAfterMs: appearAfterMs ?? null })
      },
      unreachable: (yes) => void (unreachable = yes),
      dropStreams() {
        const open = [...streams]
        for (const stream of open) stream.socket?.destroy()
        return open.length
      },
      expire(id) {
        const sandbox = state.live(id)
        if (sandbox !== null) state.end(sandbox, 'ttl')
      },
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}
