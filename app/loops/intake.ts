/**
 * Works off the durable inbox: every stored delivery is looked at, handed to the webhook handlers, and keeps what became
 * of it. What is refused stays visible with its reason; what fails is tried again, a bounded number of times.
 */
import { DELIVERY_LEASE_MS, backoffMs } from '../domain/policy.ts'
import { inspectPayload } from '../domain/payload.ts'
import { failure } from '../perform/failure.ts'
import type { Log } from '../perform/perform.ts'
import { WaitingRoom } from './waiting-room.ts'
import type { Room } from './waiting-room.ts'

export interface InboxItem {
  id: string
  event: string
  attempts: number
  /** ms since the epoch. */
  receivedAt: number
  body: Uint8Array
}

export interface Inbox {
  /** Leases the delivery that has waited longest; null when none is due. */
  claimDelivery(now: number, leaseMs: number): Promise<InboxItem | null>
  finishDelivery(id: string, state: 'processed' | 'ignored' | 'refused', reason: string | null): Promise<void>
  /** `counts` is false when nothing failed: then the try does not count as an attempt. */
  postponeDelivery(id: string, dueAt: number, reason: string, counts: boolean): Promise<void>
}

/** The webhook handlers, passed in by the composition root. */
interface Delivery {
  id: string
  name: string
  payload: unknown
}

export type Receive = (delivery: Delivery) => Promise<{
  outcome: 'processed' | 'ignored' | 'refused'
  reason: string | null
}>

export interface IntakeDeps {
  inbox: Inbox
  receive: Receive
  /** Tells the person whose command failed for good. */
  apologise: (delivery: Delivery) => Promise<void>
  /** Where it is absent nothing waits before it is begun. */
  room?: Room<Delivery>
  log: Log
  /** Default `DELIVERY_LEASE_MS`. */
  leaseMs?: number
  now: () => number
  chance: () => number
}

export const DELIVERY_ATTEMPTS_MAX = 10
/** In an outage of GitHub no more tries than these count: the others are left for replicas that die over it. */
const AWAY_ATTEMPTS_MAX = DELIVERY_ATTEMPTS_MAX / 2
/** How long a delivery may wait for GitHub, or for room in its limits, before that counts as failing. */
export const HELD_BACK_MS_MAX = 6 * 3_600_000
/** Deliveries worked on at once by one replica. */
export const INTAKE_CONCURRENCY_MAX = 8

/** The workers of one replica. One that waits for GitHub holds up nobody else's delivery. */
export class Intake {
  readonly #deps: IntakeDeps
  readonly #waiting: WaitingRoom
  readonly #steps = new Set<Promise<number>>()
  #workers = 0
  #stopped = false

  constructor(deps: IntakeDeps) {
    this.#deps = deps
    this.#waiting = new WaitingRoom(deps.room?.roomAt ?? (() => 0), deps.now)
  }

  /**
   * Works off what is due; resolves when nothing is, with how many deliveries it finished. Each delivery that is found
   * brings one more worker along, so that an empty inbox costs one question and a full one is worked off side by side.
   */
  async step(): Promise<number> {
    // Whoever is at work looks again before it goes.
    if (this.#workers >= INTAKE_CONCURRENCY_MAX) return 0
    const step = this.#work()
    this.#steps.add(step)
    return step.finally(() => this.#steps.delete(step))
  }

  /** Takes nothing more in; resolves when what was begun is done. What waits is another replica's. */
  async stop(): Promise<void> {
    this.#stopped = true
    while (this.#steps.size > 0) await Promise.allSettled(this.#steps)
  }

  async #work(): Promise<number> {
    const { inbox, now, leaseMs = DELIVERY_LEASE_MS } = this.#deps
    const others: Promise<number>[] = []
    let finished = 0
    this.#workers++
    try {
      while (!this.#stopped) {
        const item = await inbox.claimDelivery(now(), leaseMs)
        if (!item) break
        const other = this.step()
        // It is waited for below, and may have failed by then.
        other.catch(() => {})
        others.push(other)
        await takeIn(this.#deps, this.#waiting, item)
        finished++
      }
    } finally {
      this.#workers--
    }
    const theirs = await Promise.all(others)
    return theirs.reduce((sum, each) => sum + each, finished)
  }
}

async function takeIn(deps: IntakeDeps, waiting: WaitingRoom, item: InboxItem): Promise<void> {
  const { inbox, room, log, now } = deps
  const fields = { delivery: item.id, event: item.event, attempts: item.attempts }
  if (item.attempts > DELIVERY_ATTEMPTS_MAX) {
    // No handler failed so often: the process ended each time, and it is not to end for ever.
    log.error(fields, 'delivery_never_ended')
    return inbox.finishDelivery(item.id, 'refused', `gave up: begun ${DELIVERY_ATTEMPTS_MAX} times, and never ended`)
  }
  const inspected = inspectPayload(item.body)
  if (!inspected.ok) {
    log.warn({ ...fields, reason: inspected.reason }, 'delivery_refused')
    return inbox.finishDelivery(item.id, 'refused', inspected.reason)
  }
  const delivery = { id: item.id, name: item.event, payload: inspected.json }
  // One that has waited too long is begun all the same, so that whoever it is from hears that it failed.
  const command = mayWait(item, now()) ? (room?.commandIn(delivery) ?? null) : null
  if (command === null) return work(deps, item, delivery, () => null)
  const until = waiting.enter(command)
  if (until !== null) {
    log.info(fields, 'delivery_waits')
    return inbox.postponeDelivery(item.id, until, 'Waits for room in the limits that GitHub sets.', false)
  }
  try {
    await work(deps, item, delivery, () => waiting.putBack(command))
  } finally {
    waiting.leave(command)
  }
}

const mayWait = (item: InboxItem, now: number): boolean => now - item.receivedAt < HELD_BACK_MS_MAX

/** `roomAt`: when the limits that stopped it have room again; null when it was something else. */
async function work(
  { inbox, receive, apologise, log, now, chance }: IntakeDeps,
  item: InboxItem,
  delivery: Delivery,
  roomAt: () => number | null,
): Promise<void> {
  const fields = { delivery: item.id, event: item.event, attempts: item.attempts }
  try {
    const { outcome, reason } = await receive(delivery)
    log.info({ ...fields, outcome, reason }, 'delivery_finished')
    await inbox.finishDelivery(item.id, outcome, reason)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const { waits, away, retryAfterMs } = failure(error)
    const backoff = now() + Math.max(backoffMs(item.attempts, chance()), retryAfterMs ?? 0)
    if ((waits || away) && mayWait(item, now())) {
      log.warn({ ...fields, reason }, 'delivery_held_back')
      const room = waits ? roomAt() : null
      const dueAt = room === null ? backoff : Math.max(room, now() + (retryAfterMs ?? 0))
      return inbox.postponeDelivery(item.id, dueAt, reason, away && item.attempts < AWAY_ATTEMPTS_MAX)
    }
    log.error({ ...fields, err: error }, 'delivery_failed')
    if (item.attempts < DELIVERY_ATTEMPTS_MAX) {
      return inbox.postponeDelivery(item.id, backoff, reason, true)
    }
    await inbox.finishDelivery(item.id, 'refused', `gave up: ${reason}`)
    await apologise(delivery).catch((err: unknown) => log.error({ ...fields, err }, 'apology_failed'))
  }
}
