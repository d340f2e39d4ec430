/**
 * The executor's routes over the real engine, store, feed and token issuer, and a job that can speak with them honestly
 * or not: every part of what it signs can be changed.
 */
import { createHmac, randomUUID } from 'node:crypto'

import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey } from 'jose'

import { readingOf } from '../../../app/http/executor/reading.ts'
import { executorRoutes } from '../../../app/http/executor/routes.ts'
import type { ExecutorDeps } from '../../../app/http/executor/ports.ts'
import { sha256Hex } from '../../../app/http/executor/jws.ts'
import { agentOnboardingStore } from '../../../app/store/agent-onboarding.ts'
import { auditStore } from '../../../app/store/audit.ts'
import { documentStore } from '../../../app/store/documents.ts'
import { RunFeed } from '../../../app/store/feed.ts'
import { logStore } from '../../../app/store/logs.ts'
import { proposalStore } from '../../../app/store/proposals.ts'
import { BindAnswer, actionAbilities } from '#contracts/executor.ts'
import type { BindRequest } from '#contracts/executor.ts'
import { jwsTypes } from '#contracts/callbacks.ts'
import type { Run } from '#domain/run.ts'

import { runsWorld } from '../api/runs.ts'
import { startOidcIssuer } from '../oidc/issuer.ts'
import type { Forgery, OidcIssuer } from '../oidc/issuer.ts'
import { databaseUri, dropDatabase } from '../mongo/test-database.ts'
import { asDescribed } from './as-described.ts'
import { testServer } from './server.ts'

export const PUBLIC_URL = 'http://app.test'
export const RELEASE = 'a'.repeat(40)
export const BASE_SHA = 'b'.repeat(40)
export const nonceFor = (dispatchId: string): string =>
  createHmac('sha256', 'nonces').update(dispatchId).digest('base64url')

export type ExecutorWorld = Awaited<ReturnType<typeof executorWorld>>

/** Costs a second; the tests of a file may share one, each with Runs of its own. */
export async function executorWorld(changes: Partial<ExecutorDeps> = {}) {
  let skewMs = 0
  let issues = 0
  let switchedOff = false
  const uri = databaseUri()
  const now = (): number => Date.now() + skewMs
  const runs = await runsWorld(uri, now)
  const issuer = await startOidcIssuer()
  const feed = new RunFeed(runs.connection, runs.store)
  await feed.start()
  const [proposals, logs, trail] = [
    proposalStore(runs.connection),
    logStore(runs.connection),
    auditStore(runs.connection),
  ]
  const agentOnboarding = agentOnboardingStore(runs.connection)
  const documents = documentStore(runs.connection, new Map([['dev', 'Work well.\n']]))
  await Promise.all([proposals.ensureIndexes(), logs.ensureIndexes(), trail.ensureIndexes()])
  const server = await testServer({
    publicUrl: PUBLIC_URL,
    now,
    checkAnswer: asDescribed,
    routes: executorRoutes({
      publicUrl: PUBLIC_URL,
      githubUrl: 'https://github.com',
      oidc: { issuer: issuer.issuer, workflows: [released], allowSelfHostedRunners: false },
      engine: runs.engine,
      executorRepository: async (run) => run.repository,
      nonceFor,
      switchedOff: async () => switchedOff,
      reading: (run) => readingOf(run, { agentOnboarding, documents, logs, runs: runs.store }),
      readToken: async () => ({ value: 'a read token', expiresAt: new Date(now() + 3_600_000).toISOString() }),
      sandbox: { owner: 'deckhand-test', isolation: 'none' },
      feed,
      proposals,
      logs,
      audit: (event) => trail.record(event),
      now,
      ...changes,
    }),
  })
  return {
    runs,
    issuer,
    server,
    proposals,
    logs,
    agentOnboarding,
    documents,
    trail,
    url: server.url,
    /** The kill switch. */
    flip: (on: boolean) => void (switchedOff = on),
    /** Lets the server's clock run ahead. */
    advance: (ms: number) => void (skewMs += ms),
    /** A Run whose dispatch GitHub has taken. */
    async dispatched(): Promise<Run> {
      const run = await runs.request({ number: ++issues })
      const fixed = { type: 'base.resolved' as const, data: { ref: run.baseRef, sha: BASE_SHA } }
      await runs.engine.submit(run.id, { type: 'outcome', outcome: fixed, at: now() })
      const data = { dispatchId: run.dispatch.id, send: 1, nonceDigest: sha256Hex('x') }
      await runs.engine.submit(run.id, { type: 'outcome', outcome: { type: 'run.dispatched', data }, at: now() })
      return (await runs.engine.load(run.id))!
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await feed.stop()
      await issuer[Symbol.asyncDispose]()
      await runs[Symbol.asyncDispose]()
      await dropDatabase(uri)
    },
  }
}

export const released = {
  owner: 'deckhand',
  name: 'deckhand',
  file: '.github/workflows/run-agent.yml',
  ref: RELEASE,
  pinned: true,
}

/** The claims of an honest job of this Run. */
export function claimsOf(run: Run): Record<string, unknown> {
  const repository = `${run.repository.owner}/${run.repository.name}`
  return {
    repository,
    repository_id: String(run.repository.id),
    event_name: 'repository_dispatch',
    ref: 'refs/heads/main',
    workflow_ref: `${repository}/.github/workflows/deckhand.yml@refs/heads/main`,
    job_workflow_ref: `${released.owner}/${released.name}/${released.file}@${RELEASE}`,
    job_workflow_sha: RELEASE,
    runner_environment: 'github-hosted',
    run_id: '4711',
    run_attempt: '1',
    check_run_id: '99',
  }
}

export interface BindChanges {
  claims?: Record<string, unknown>
  audience?: string | string[]
  forgery?: Forgery
  oidc?: string
  nonce?: string
  dispatchId?: string
  /** Null: an action that is older than the first of them. */
  abilities?: readonly string[] | null
  proof?: { header?: Record<string, unknown>; payload?: Record<string, unknown> }
}

export interface SignChanges {
  header?: Record<string, unknown>
  payload?: Record<string, unknown>
  typ?: string
}

/** One job with a key of its own. `url` is where it sends to; what it signs names the public address. */
export class Job {
  readonly run: Run
  readonly #url: string
  readonly #issuer: OidcIssuer
  readonly #key: CryptoKey
  readonly jwk: Record<string, unknown>
  readonly jkt: string
  bindId = '4711.1.99'
  seq = 0
  prev: string | null = null

  private constructor(run: Run, url: string, issuer: OidcIssuer, key: CryptoKey, jwk: object, jkt: string) {
    this.run = run
    this.#url = url
    this.#issuer = issuer
    this.#key = key
    this.jwk = jwk as Record<string, unknown>
    this.jkt = jkt
  }

  static async of(run: Run, { url, issuer }: { url: string; issuer: OidcIssuer }): Promise<Job> {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    const jwk = await exportJWK(publicKey)
    return new Job(run, url, issuer, privateKey, jwk, await calculateJwkThumbprint(jwk))
  }

  get base(): string {
    return `${this.#url}/api/runs/${this.run.id}`
  }

  address(path: string): string {
    return `${PUBLIC_URL}/api/runs/${this.run.id}${path}`
  }

  seal(header: Record<string, unknown>, payload: string | object): Promise<string> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return new CompactSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'EdDSA', ...header })
      .sign(this.#key, { crit: Object.fromEntries(((header['crit'] as string[]) ?? []).map((name) => [name, true])) })
  }

  /** A token of one kind for one path, as an honest job makes it, then changed. */
  token(kind: keyof typeof jwsTypes, path: string, content: object, changes: SignChanges = {}): Promise<string> {
    const header = { typ: changes.typ ?? jwsTypes[kind], iat: seconds(), jti: randomUUID(), ...changes.header }
    const envelope = { v: 1, iss: this.jkt, aud: this.address(path), bind: this.bindId }
    return this.seal(header, { ...envelope, ...content, ...changes.payload })
  }

  async bindRequest(changes: BindChanges = {}): Promise<BindRequest> {
    const { run } = this
    const claims = { ...claimsOf(run), ...changes.claims }
    const audience = changes.audience ?? `${PUBLIC_URL}/runs/${run.id}`
    const oidc = changes.oidc ?? (await this.#issuer.mint(claims, audience, changes.forgery))
    const dispatchId = changes.dispatchId ?? run.dispatch.id
    const payload = { aud: this.address('/bind'), iat: seconds(), ath: sha256Hex(oidc), ...changes.proof?.payload }
    const proof = await this.seal({ typ: jwsTypes.keyProof, jwk: this.jwk, ...changes.proof?.header }, payload)
    const abilities = changes.abilities === undefined ? actionAbilities : changes.abilities
    const nonce = changes.nonce ?? nonceFor(run.dispatch.id)
    return { dispatchId, nonce, oidc, proof, ...(abilities ? { abilities: [...abilities] } : {}) }
  }

  async bind(changes: BindChanges = {}): Promise<Response> {
    const body = JSON.stringify(await this.bindRequest(changes))
    return fetch(`${this.base}/bind`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  }

  /** Binds and expects it to work. */
  async bound(changes: BindChanges = {}): Promise<BindAnswer> {
    const answer = await this.bind(changes)
    if (answer.status !== 200) throw new Error(`bind: ${answer.status} ${await answer.text()}`)
    return BindAnswer.parse(await answer.json())
  }

  /** The payload of the next event, which is counted as sent. */
  next(type: string, data: object): Record<string, unknown> {
    const envelope = { v: 1, iss: this.jkt, aud: this.address('/events'), bind: this.bindId }
    const payload = { ...envelope, seq: ++this.seq, prev: this.prev, at: new Date().toISOString(), type, data }
    this.prev = sha256Hex(JSON.stringify(payload))
    return payload
  }

  async sendEvent(payload: string | object, header: Record<string, unknown> = {}): Promise<Response> {
    return this.post(
      '/events',
      await this.seal({ typ: jwsTypes.event, iat: seconds(), jti: randomUUID(), ...header }, payload),
    )
  }

  post(path: string, body: string, contentType = 'application/jose'): Promise<Response> {
    return fetch(`${this.base}${path}`, { method: 'POST', headers: { 'content-type': contentType }, body })
  }

  async report(type: string, data: object): Promise<Response> {
    return this.sendEvent(this.next(type, data))
  }

  async bearer(path: string, content: object = {}, changes: SignChanges = {}): Promise<{ authorization: string }> {
    return { authorization: `Bearer ${await this.token('request', path, content, changes)}` }
  }
}

export const seconds = (): number => Math.floor(Date.now() / 1000)

/** Facts of events that a test only needs to be valid. */
export const sample = {
  started: { actionVersion: '0.1.0', nodeVersion: '24.21.0', os: 'linux', arch: 'x64' },
  requested: { provider: 'local', attemptId: 'a' },
  acquired: { provider: 'local', sandboxId: 'sbx_1', isolation: 'none', ttlMs: 1_000, ms: 5 },
}
