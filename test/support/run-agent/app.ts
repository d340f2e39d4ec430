/**
 * A small app for the executor's tests: the executor's routes as the contracts say, with every signature, chain and
 * bound checked for real, and ways to misbehave. What it was told is kept in order.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { CryptoKey, JWK } from 'jose'

import {
  CallbackPayload,
  HeartbeatPayload,
  RequestPayload,
  jwsTypes,
  parseExecutorEvent,
} from '#contracts/callbacks.ts'
import type { AgentMessage, ExecutorEvent, Wanted } from '#contracts/callbacks.ts'
import { BindRequest, Checkpoint, LogLine, Proposal } from '#contracts/executor.ts'
import type { BindAnswer } from '#contracts/executor.ts'
import { problems } from '#contracts/problems.ts'
import type { ProblemCode } from '#contracts/problems.ts'

export type Route = 'oidc' | 'bind' | 'events' | 'heartbeat' | 'control' | 'proposals' | 'logs'
/** What to do instead of, or after, the ordinary work: `lost` does the work and drops the connection. */
export type Fault = 'drop' | 'lost' | number | { code: ProblemCode; expectedSeq?: number }
export interface Seen {
  route: Route
  /** How often this route was called before. */
  nth: number
  type: string | null
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

export class TestApp {
  url = ''
  readonly events: (ExecutorEvent & { seq: number })[] = []
  readonly payloads: string[] = []
  readonly proposals = new Map<string, Proposal>()
  readonly checkpoints = new Map<string, Checkpoint>()
  readonly logs: LogLine[] = []
  readonly heartbeats: HeartbeatPayload[] = []
  readonly traceparents = new Set<string>()
  readonly jtis: string[] = []
  readonly #calls = new Map<Route, number>()
  readonly #waiting: { type: string; resolve: () => void }[] = []
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer((req, res) => void this.#handle(req, res))
  fault: (seen: Seen) => Fault | undefined = () => undefined
  wanted: Wanted = 'continue'
  /** What every answer says to the agent, again and again. */
  messages: AgentMessage[] = []
  /** After a kill the key may sign the sandbox's end only. */
  killed = false
  answer: (url: string) => BindAnswer
  #bound: { thumbprint: string; key: CryptoKey } | null = null
  #oidc = ''

  constructor(answer: (url: string) => BindAnswer) {
    this.answer = answer
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get types(): string[] {
    return this.events.map((event) => event.type)
  }
  calls(route: Route): number {
    return this.#calls.get(route) ?? 0
  }
  /** Resolves when an event of this type (or a call of this route) was taken. */
  until(type: string): Promise<void> {
    if (this.types.includes(type)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ type, resolve }))
  }
  /** Says something on every open control stream. */
  control(event: 'cancel' | 'kill' | 'pause' | 'ping' | 'message', data: object = {}): void {
    if (event === 'kill') this.killed = true
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy()
    this.#streams.clear()
  }
  get streams(): number {
    return this.#streams.size
  }

  /** Forgets the job that was here; answers with what the real app would tell the one that comes after its pause. */
  nextJob(sandboxId: string | null): NonNullable<BindAnswer['resume']> {
    const saved = this.events.findLast((event) => event.type === 'checkpoint.saved')
    const { digest = null, step = 0 } = saved?.type === 'checkpoint.saved' ? saved.data : {}
    const bundleBase64 = digest === null ? null : (this.checkpoints.get(digest)?.bundleBase64 ?? null)
    this.#bound = null
    this.wanted = 'continue'
    for (const list of [this.events, this.payloads, this.logs]) list.length = 0
    return { step, sandboxId, bundleBase64 }
  }

  #tell(type: string): void {
    for (const waiter of this.#waiting.filter((each) => each.type === type)) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      waiter.resolve()
    }
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const path = req.url?.split('?')[0] ?? ''
    const route = (path === '/oidc' ? 'oidc' : (path.split('/')[4] ?? '')) as Route
    this.traceparents.add(String(req.headers.traceparent))
    const nth = this.calls(route)
    this.#calls.set(route, nth + 1)
    const type = route === 'events' ? peekType(body) : null
    const fault = this.fault({ route, nth, type })
    if (fault === 'drop') return void req.socket.destroy()
    if (typeof fault === 'number') return void res.writeHead(fault).end()
    if (typeof fault === 'object') return problem(res, fault.code, fault)
    try {
      const answer = await this.#route(route, req, res, body)
      if (fault === 'lost') req.socket.destroy()
      else if (answer) res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    } catch (error) {
      if (error instanceof Refusal) problem(res, error.code, error)
      else problem(res, 'bad_request', { detail: String(error) })
    } finally {
      this.#tell(route)
    }
  }

  async #route(route: Route, req: IncomingMessage, res: ServerResponse, body: Buffer): Promise<object | null> {
    const url = `${this.url}${req.url}`
    switch (route) {
      case 'oidc':
        this.#oidc = `e30.${Buffer.from(new URL(url).searchParams.get('audience') ?? '').toString('base64url')}.sig`
        return { value: this.#oidc }
      case 'bind':
        return this.#bind(url, JSON.parse(body.toString()))
      case 'events':
        return this.#event(url, req, body.toString())
      case 'heartbeat': {
        this.heartbeats.push(HeartbeatPayload.parse((await this.#verify(body.toString(), 'heartbeat', url)).content))
        return { wanted: this.wanted, lastSeq: this.events.length, messages: this.messages }
      }
      case 'control': {
        await this.#bearer(req, url)
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: ping\ndata: {}\n\n')
        this.#streams.add(res)
        req.socket.on('close', () => this.#streams.delete(res))
        return null
      }
      case 'proposals': {
        const digest = req.url?.split('/').at(-1) ?? ''
        const token = await this.#bearer(req, url)
        if (token.digest !== digest || sha256(body) !== digest) throw new Refusal('callback_unauthenticated')
        const content: unknown = JSON.parse(body.toString())
        const checkpoint = Checkpoint.safeParse(content)
        if (checkpoint.success) this.checkpoints.set(digest, checkpoint.data)
        else this.proposals.set(digest, Proposal.parse(content))
        return { stored: true }
      }
      case 'logs': {
        await this.#bearer(req, url)
        for (const text of body.toString().trim().split('\n')) {
          const line = LogLine.parse(JSON.parse(text))
          if (line.n === this.logs.length) this.logs.push(line)
        }
        return { next: this.logs.length, wanted: this.wanted }
      }
    }
  }

  async #bind(url: string, raw: unknown): Promise<object> {
    const request = BindRequest.parse(raw)
    const header = decodeProtectedHeader(request.proof)
    const jwk = header.jwk as JWK
    const key = (await importJWK(jwk, 'EdDSA')) as CryptoKey
    const { payload } = await compactVerify(request.proof, key, { algorithms: ['EdDSA'] })
    const proof = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>
    const audience = Buffer.from(request.oidc.split('.')[1] ?? '', 'base64url').toString()
    const runId = this.answer(this.url).runId
    const sound =
      header.typ === jwsTypes.keyProof &&
      proof.aud === url &&
      typeof proof.iat === 'number' &&
      proof.ath === sha256(this.#oidc) &&
      request.oidc === this.#oidc &&
      audience === `${this.url}/runs/${runId}` &&
      !('d' in jwk)
    if (!sound) throw new Refusal('callback_unauthenticated')
    const thumbprint = createHash('sha256')
      .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
      .digest('base64url')
    if (this.#bound && this.#bound.thumbprint !== thumbprint) throw new Refusal('already_bound')
    this.#bound = { thumbprint, key }
    return this.answer(this.url)
  }

  async #verify(jws: string, kind: keyof typeof jwsTypes, url: string): Promise<{ text: string; content: unknown }> {
    if (!this.#bound) throw new Refusal('callback_unauthenticated')
    const { payload, protectedHeader } = await compactVerify(jws, this.#bound.key, { algorithms: ['EdDSA'] })
    const { typ, iat, jti } = protectedHeader as Record<string, unknown>
    if (typ !== jwsTypes[kind] || typeof iat !== 'number' || typeof jti !== 'string') {
      throw new Refusal('callback_unauthenticated')
    }
    if (Object.keys(protectedHeader).toSorted().join() !== 'alg,iat,jti,typ')
      throw new Refusal('callback_unauthenticated')
    this.jtis.push(jti)
    const text = Buffer.from(payload).toString()
    const content = JSON.parse(text) as Record<string, unknown>
    const { bind } = this.answer(this.url)
    if (content.iss !== this.#bound.thumbprint || content.aud !== url || content.bind !== bind) {
      throw new Refusal('callback_unauthenticated')
    }
    return { text, content }
  }

  async #bearer(req: IncomingMessage, url: string): Promise<RequestPayload> {
    const token = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1] ?? ''
    return RequestPayload.parse((await this.#verify(token, 'request', url)).content)
  }

  async #event(url: string, req: IncomingMessage, body: string): Promise<object> {
    if (req.headers['content-type'] !== 'application/jose') throw new Refusal('unsupported_media_type')
    const { text, content } = await this.#verify(body, 'event', url)
    const payload = CallbackPayload.parse(content)
    const event = parseExecutorEvent(payload)
    if (!event) throw new Refusal('unprocessable')
    const answer = { wanted: this.wanted, lastSeq: payload.seq, messages: this.messages }
    if (payload.seq <= this.payloads.length) {
      if (this.payloads[payload.seq - 1] !== text) throw new Refusal('conflicting_callback')
      return answer
    }
    if (this.killed && event.type !== 'sandbox.destroyed') throw new Refusal('callback_forbidden')
    if (payload.seq !== this.payloads.length + 1) throw new Refusal('expected_seq', this.payloads.length + 1)
    const last = this.payloads.at(-1)
    if (payload.prev !== (last === undefined ? null : sha256(last))) throw new Refusal('conflicting_callback')
    this.payloads.push(text)
    this.events.push({ ...event, seq: payload.seq })
    this.#tell(event.type)
    return answer
  }
}

class Refusal extends Error {
  readonly code: ProblemCode
  readonly expectedSeq: number | undefined
  constructor(code: ProblemCode, expectedSeq?: number) {
    super(code)
    this.code = code
    this.expectedSeq = expectedSeq
  }
}

function problem(
  res: ServerResponse,
  code: ProblemCode,
  { expectedSeq, detail }: { expectedSeq?: number | undefined; detail?: string },
): void {
  const { status, title } = problems[code]
  const body = { type: `http://127.0.0.1/problems/${code}`, title, status, code, expectedSeq, detail }
  res.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body))
}

function peekType(jws: Buffer): string | null {
  try {
    const text = Buffer.from(jws.toString().split('.')[1] ?? '', 'base64url').toString()
    return (JSON.parse(text) as { type: string }).type
  } catch {
    return null
  }
}
