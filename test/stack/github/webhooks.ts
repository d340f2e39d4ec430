/**
 * Webhooks that this GitHub owes: real payloads, signed, once, with a ten-second limit and no retry of their own; and
 * the ways in which deliveries go wrong on order.
 */
import { createHmac } from 'node:crypto'

import { newGuid } from './ids.ts'
import { eventPermissions, unconditionalEvents } from './manifest.ts'
import type { DeliveryRecord, InstallationRecord, RepositoryRecord } from './records.ts'
import type { Deliveries, DeliveryMode } from './types.ts'
import { iso, organizationView, userView } from './views/common.ts'
import type { Json } from './views/common.ts'
import { repositoryView } from './views/repository.ts'
import { nodeId } from './ids.ts'
import type { World, WorldEvent } from './world.ts'

const DELIVERY_TIMEOUT_MS = 10_000
const RESPONSE_CHARS_MAX = 10_000
const HOOK_ID = 480_000_001

type Listener = (event: {
  name: string
  action: string | null
  repository: RepositoryRecord | null
  payload: Json
  startsWorkflows: boolean
}) => void

export class Webhooks implements Deliveries {
  url: string | null
  contentType = 'json'
  readonly listeners: Listener[] = []
  private readonly world: World
  private readonly checkPayload: (event: string, action: string | null, payload: Json) => void
  private mode: DeliveryMode = { mode: 'normal' }
  private hits = 0
  private heldBack: DeliveryRecord[] = []
  private readonly under = new Set<Promise<unknown>>()
  private readonly stopped = new AbortController()
  /** Events leave in the order in which they happened, though some payloads are slower to make. */
  private chain: Promise<void> = Promise.resolve()

  constructor(world: World, url: string | null, checkPayload: Webhooks['checkPayload']) {
    this.world = world
    this.url = url
    this.checkPayload = checkPayload
  }

  readonly emit = (event: WorldEvent): void => {
    const installation = event.installation ?? (event.repository && this.world.installationOf(event.repository))
    const frame = payloadFrame(this.world, event, installation ?? null)
    const wanted = installation ? subscribed(installation, event.name) : false
    const url = this.url
    // What the event is about is read now, before the next act changes it.
    const data = event.data instanceof Promise ? event.data : structuredClone(event.data)
    const deliver = async () => {
      const payload: Json = { ...(event.action === null ? {} : { action: event.action }), ...(await data), ...frame }
      const { name, action, repository } = event
      this.checkPayload(name, action, payload)
      for (const listener of this.listeners) {
        listener({ name, action, repository, payload, startsWorkflows: event.startsWorkflows ?? true })
      }
      if (wanted && url !== null) this.queue(this.record(event, installation ?? null, payload, url))
    }
    this.chain = after(this.chain, deliver)
  }

  /** What GitHub sends when a webhook is made: that it is there. */
  ping(): void {
    const url = this.url
    if (url === null) return
    const { app, ourApp, apiUrl } = this.world
    const at = iso(this.world.now())
    const config = { content_type: this.contentType, insecure_ssl: '0', secret: '********', url }
    const deliveries = `${apiUrl}/app/hook/deliveries`
    const hook = { type: 'App', id: HOOK_ID, name: 'web', active: true, events: [...ourApp.events], config }
    const payload: Json = {
      zen: 'Keep it logically awesome.',
      hook_id: HOOK_ID,
      hook: { ...hook, updated_at: at, created_at: at, app_id: app.id, deliveries_url: deliveries },
    }
    this.checkPayload('ping', null, payload)
    this.queue(this.record({ name: 'ping', action: null, repository: null }, null, payload, url))
  }

  /** A delivery's record, signed over its exact bytes. */
  private record(
    event: Pick<WorldEvent, 'name' | 'action' | 'repository'>,
    installation: InstallationRecord | null,
    payload: Json,
    url: string,
    guid = newGuid(),
  ): DeliveryRecord {
    const body = JSON.stringify(payload)
    const hmac = (algorithm: string) => createHmac(algorithm, this.world.app.webhookSecret).update(body).digest('hex')
    return {
      id: this.world.ids.take('delivery'),
      guid,
      event: event.name,
      action: event.action,
      installationId: installation?.id ?? null,
      repositoryId: event.repository?.id ?? null,
      deliveredAt: this.world.now(),
      redelivery: false,
      url,
      body,
      headers: {
        Accept: '*/*',
        'Content-Type': 'application/json',
        'User-Agent': 'GitHub-Hookshot/0a1b2c3',
        'X-GitHub-Delivery': guid,
        'X-GitHub-Event': event.name,
        'X-GitHub-Hook-ID': String(HOOK_ID),
        'X-GitHub-Hook-Installation-Target-ID': String(this.world.app.id),
        'X-GitHub-Hook-Installation-Target-Type': 'integration',
        'X-Hub-Signature': `sha1=${hmac('sha1')}`,
        'X-Hub-Signature-256': `sha256=${hmac('sha256')}`,
      },
      ...unanswered,
    }
  }

  private queue(delivery: DeliveryRecord): void {
    this.world.deliveries.set(delivery.id, delivery)
    const mode = this.mode
    const chosen = mode.mode !== 'normal' && mode.events?.includes(delivery.event) !== false
    const limit = 'times' in mode ? (mode.times ?? Infinity) : Infinity
    if (!chosen || this.hits >= limit) return this.send(delivery)
    this.hits += 1
    if (mode.mode === 'drop') finish(delivery, 502, 'failed to connect to host')
    else if (mode.mode === 'delay') this.send(delivery, mode.delayMs)
    else if (mode.mode === 'hold') this.heldBack.push(Object.assign(delivery, { state: 'held' }))
    else {
      this.send(delivery)
      this.send(delivery)
    }
  }

  private send(delivery: DeliveryRecord, delayMs = 0): void {
    delivery.state = 'sending'
    const sent = pause(delayMs, this.stopped.signal).then(() => post(delivery, this.stopped.signal))
    this.under.add(sent)
    void sent.finally(() => this.under.delete(sent))
  }

  setMode(mode: DeliveryMode): void {
    this.mode = mode
    this.hits = 0
  }

  async release(order?: readonly number[]): Promise<void> {
    await this.chain
    const held = this.heldBack
    this.heldBack = []
    this.setMode({ mode: 'normal' })
    for (const index of order ?? held.keys()) {
      const delivery = held[index]
      if (!delivery) throw new Error(`No delivery ${index} is held; there are ${held.length}.`)
      // One after the other: otherwise the network could undo the order that was asked for.
      await post(Object.assign(delivery, { state: 'sending' }), this.stopped.signal)
    }
  }

  held(): readonly DeliveryRecord[] {
    return this.heldBack
  }

  list(): readonly DeliveryRecord[] {
    return [...this.world.deliveries.values()]
  }

  async redeliver(id: number): Promise<DeliveryRecord> {
    const original = this.world.deliveries.get(id)
    if (!original) throw new Error(`The local GitHub has no delivery ${id}.`)
    const again: DeliveryRecord = {
      ...original,
      id: this.world.ids.take('delivery'),
      deliveredAt: this.world.now(),
      redelivery: true,
      url: this.url ?? original.url,
      ...unanswered,
    }
    this.world.deliveries.set(again.id, again)
    const sent = post(again, this.stopped.signal)
    this.under.add(sent)
    await sent.finally(() => this.under.delete(sent))
    return again
  }

  async idle(): Promise<void> {
    let chain: Promise<void> | undefined
    while (chain !== this.chain || this.under.size > 0) {
      chain = this.chain
      await chain
      await Promise.all(this.under)
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort()
    await this.idle()
  }
}

async function after(earlier: Promise<void>, next: () => Promise<void>): Promise<void> {
  await earlier
  await next()
}

const unanswered = {
  state: 'sending',
  statusCode: 0,
  status: '',
  durationMs: 0,
  responseBody: '',
  responseHeaders: {},
} as const

function subscribed(installation: InstallationRecord, event: string): boolean {
  if (unconditionalEvents.includes(event)) return true
  if (installation.suspendedAt !== null || !installation.events.includes(event)) return false
  const needed = eventPermissions[event]
  return needed === undefined || needed.some((permission) => permission in installation.permissions)
}

function payloadFrame(world: World, event: WorldEvent, installation: InstallationRecord | null): Json {
  const owner = event.repository && world.userById(event.repository.ownerId)
  const short = installation && { id: installation.id, node_id: nodeId('IN', installation.id) }
  const repository = event.repository && repositoryView(world, event.repository)
  // `push` alone shows the repository's times as numbers and names the default branch twice.
  const pushed = event.name === 'push' && event.repository ? pushForm(event.repository) : {}
  return {
    ...(repository ? { repository: { ...repository, ...pushed } } : {}),
    ...(owner?.type === 'Organization' ? { organization: organizationView(world, owner) } : {}),
    sender: userView(world, event.sender),
    ...(short && !event.installation ? { installation: short } : {}),
  }
}

function pushForm(repository: RepositoryRecord): Json {
  return {
    created_at: Math.floor(repository.createdAt / 1000),
    pushed_at: Math.floor(repository.pushedAt / 1000),
    stargazers: 0,
    master_branch: repository.defaultBranch,
  }
}

function finish(delivery: DeliveryRecord, statusCode: number, status: string): void {
  Object.assign(delivery, { state: 'done', statusCode, status })
}

async function post(delivery: DeliveryRecord, stopped: AbortSignal): Promise<void> {
  const started = performance.now()
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)])
    const { url, headers, body } = delivery
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    delivery.responseBody = (await response.text()).slice(0, RESPONSE_CHARS_MAX)
    delivery.responseHeaders = Object.fromEntries(response.headers)
    const good = response.status >= 200 && response.status < 300
    finish(delivery, response.status, good ? 'OK' : `Invalid HTTP Response: ${response.status}`)
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    finish(delivery, late ? 504 : 502, late ? 'timed out' : 'failed to connect to host')
  }
  delivery.durationMs = Math.round(performance.now() - started)
}

/** Resolves early when the server stops: nothing may wait for a delay then. */
function pause(delayMs: number, stopped: AbortSignal): Promise<void> {
  if (delayMs === 0 || stopped.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs)
    stopped.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
