/**
 * Bounds what all webhook bodies together hold in memory, because anyone may send 25 MB before a signature can be
 * checked. Small bodies share one allowance; larger ones take turns, one at a time, while TCP holds their senders back.
 */
import { ProblemError } from './problem.ts'

const SMALL_BODY_BYTES_MAX = 256 * 1024
const SMALL_BODIES_BYTES_MAX = 16 * 1024 * 1024
const RETRY_AFTER_SECONDS = '5'

/** One request's share. `release` it when the body is stored or thrown away. */
export interface Share {
  take(bytes: number): Promise<void> | void
  release(): void
}

interface Waiter {
  over: boolean
  granted(): void
}

export class WebhookBuffer {
  #smallBytes = 0
  #turn: Waiter | null = null
  #queue: Waiter[] = []

  share(): Share {
    let total = 0
    let small = 0
    let turn: Promise<void> | null = null
    const waiter: Waiter = { over: false, granted: () => {} }
    const waitForTurn = async (): Promise<void> => {
      await this.#myTurn(waiter)
      this.#smallBytes -= small
      small = 0
    }
    const take = (bytes: number): Promise<void> | void => {
      total += bytes
      if (this.#turn === waiter) return
      small += bytes
      this.#smallBytes += bytes
      if (this.#smallBytes > SMALL_BODIES_BYTES_MAX) throw overloaded()
      if (total <= SMALL_BODY_BYTES_MAX) return
      return (turn ??= waitForTurn())
    }
    const release = (): void => {
      if (waiter.over) return
      waiter.over = true
      this.#smallBytes -= small
      small = 0
      this.#queue = this.#queue.filter((other) => other !== waiter)
      if (this.#turn === waiter) this.#next()
    }
    return { take, release }
  }

  #myTurn(waiter: Waiter): Promise<void> {
    return new Promise((resolve) => {
      waiter.granted = resolve
      this.#queue.push(waiter)
      if (this.#turn === null) this.#next()
    })
  }

  #next(): void {
    this.#turn = this.#queue.shift() ?? null
    this.#turn?.granted()
  }
}

function overloaded(): ProblemError {
  const detail = 'Too many webhooks arrive at once. Send this one again.'
  return new ProblemError('unavailable', {
    detail,
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    reason: 'buffer_full',
  })
}
