/**
 * Group commit in front of the deliveries: what arrives while one insert is on its way is written with the next, which
 * keeps "durable before 202" affordable (trust.md facts 6). The queue is bounded; beyond it the caller says 503.
 */
import type { DeliveryStore, Inserted, NewDelivery } from './deliveries.ts'

const INSERT_TIMEOUT_MS = 8_000
const BATCH_DELIVERIES_MAX = 200
const BATCH_BYTES_MAX = 32 * 1024 * 1024
export const QUEUE_DELIVERIES_MAX = 2_000
const QUEUE_BYTES_MAX = 32 * 1024 * 1024

/** The inbox is full, or the insert did not come back in time. */
export class InboxOverloaded extends Error {}

interface Waiting {
  delivery: NewDelivery
  settle: (answer: Inserted | Error) => void
}

export class Inbox {
  readonly #store: Pick<DeliveryStore, 'insertMany'>
  readonly #timeoutMs: number
  #queue: Waiting[] = []
  #queuedBytes = 0
  #busy = false

  constructor(store: Pick<DeliveryStore, 'insertMany'>, timeoutMs: number = INSERT_TIMEOUT_MS) {
    this.#store = store
    this.#timeoutMs = timeoutMs
  }

  /** Resolves once the delivery is durable. Rejects with `InboxOverloaded`, or with what the database said. */
  add(delivery: NewDelivery): Promise<Inserted> {
    const full = this.#queue.length >= QUEUE_DELIVERIES_MAX
    if (full || (this.#queuedBytes + delivery.body.length > QUEUE_BYTES_MAX && this.#queue.length > 0)) {
      return Promise.reject(new InboxOverloaded('The inbox is full.'))
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        delivery,
        settle: (answer) => {
          clearTimeout(timer)
          if (answer instanceof Error) reject(answer)
          else resolve(answer)
        },
      }
      const timer = setTimeout(() => {
        this.#forget(waiting)
        reject(new InboxOverloaded('The database did not answer in time.'))
      }, this.#timeoutMs)
      this.#queue.push(waiting)
      this.#queuedBytes += delivery.body.length
      if (!this.#busy) this.#start()
    })
  }

  #start(): void {
    this.#busy = true
    // The rest of this turn of the event loop may bring more, and then they go together.
    setImmediate(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    const batch = this.#take()
    if (batch.length > 0) {
      try {
        const answers = await this.#store.insertMany(batch.map(({ delivery }) => delivery))
        for (const [index, { settle }] of batch.entries()) settle(answers[index]!)
      } catch (error) {
        for (const { settle } of batch) settle(error instanceof Error ? error : new Error(String(error)))
      }
    }
    if (this.#queue.length > 0) this.#start()
    else this.#busy = false
  }

  #take(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { delivery } of this.#queue) {
      if (count === BATCH_DELIVERIES_MAX || (count > 0 && bytes + delivery.body.length > BATCH_BYTES_MAX)) break
      bytes += delivery.body.length
      count += 1
    }
    this.#queuedBytes -= bytes
    return this.#queue.splice(0, count)
  }

  #forget(waiting: Waiting): void {
    const index = this.#queue.indexOf(waiting)
    if (index === -1) return
    this.#queue.splice(index, 1)
    this.#queuedBytes -= waiting.delivery.body.length
  }
}
