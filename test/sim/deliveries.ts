/**
 * GitHub's side of the webhooks: it sends each once, loses, doubles and mixes some up, never sends one again by itself,
 * and keeps a list of what it tried, from which the app asks for what it missed.
 */
import { DELIVERY_TRIES_MAX } from '../../app/loops/reconcile-deliveries.ts'
import type { Attempted } from '../../app/loops/reconcile-deliveries.ts'
import type { FaultRates } from './faults.ts'
import type { Scheduler } from './scheduler.ts'

export interface SimDeliveries {
  /** Deliveries that the app has answered for: from here on nothing of them may be lost. */
  readonly accepted: ReadonlySet<string>
  /** Everything has reached the app, or was tried as often as the app asks for it. */
  settled(): boolean
  send(id: string, afterMs: number, redelivery?: boolean): void
  /** GitHub's list, newest first. */
  since(at: number): Attempted[]
  redeliver(attemptId: number): void
}

export interface DeliveriesDeps {
  scheduler: Scheduler
  faults: FaultRates
  quiet: () => boolean
  /** Whether the app has it, whatever it answered. */
  reached: (id: string) => boolean
  /** Hands the delivery to the app; `accept` is called when it answers 2xx. */
  receive: (id: string, accept: () => void) => Promise<void>
}

/** GitHub waits this long for an answer. */
const ANSWER_MS_MAX = 10_000
const REDELIVERY_MS_MAX = 3_000

export function createDeliveries({ scheduler, faults, quiet, reached, receive }: DeliveriesDeps): SimDeliveries {
  const accepted = new Set<string>()
  const sent = new Set<string>()
  const attempts: Attempted[] = []

  async function attempt(guid: string, redelivery: boolean): Promise<void> {
    const tried: Attempted = { id: 0, guid, event: 'issue_comment', deliveredAt: scheduler.now, ok: false, redelivery }
    if (!quiet() && scheduler.happens(faults.dropDelivery)) await scheduler.sleep(ANSWER_MS_MAX)
    else {
      const accept = () => {
        tried.ok = true
        accepted.add(guid)
      }
      const given = new Promise<void>((resolve) => void scheduler.after(ANSWER_MS_MAX, resolve))
      await Promise.race([receive(guid, accept).catch(() => {}), given])
    }
    // It is listed once it was answered, or once GitHub has waited for long enough.
    tried.id = attempts.push(tried)
  }

  function send(id: string, afterMs: number, redelivery = false): void {
    sent.add(id)
    scheduler.after(afterMs, () => void attempt(id, redelivery))
  }

  return {
    accepted,
    settled: () =>
      [...sent].every((id) => reached(id) || attempts.filter((a) => a.guid === id).length >= DELIVERY_TRIES_MAX),
    send,
    since: (at) =>
      attempts.filter((a) => a.deliveredAt >= at).toSorted((a, b) => b.deliveredAt - a.deliveredAt || b.id - a.id),
    redeliver(attemptId) {
      const found = attempts.find((a) => a.id === attemptId)
      if (found) send(found.guid, scheduler.between(100, REDELIVERY_MS_MAX), true)
    },
  }
}
