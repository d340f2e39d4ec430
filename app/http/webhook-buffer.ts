/**
 * Bounds what all webhook bodies together hold in memory, because anyone may send 25 MB before a signature can be
 * checked. Small bodies share one allowance, in which the newest have the right of way: a sender that stalls loses its
 * place to those who come after. Larger ones take turns in one buffer, while TCP holds their senders back.
 */
import { DELIVERY_BODY_BYTES_MAX } from '../store/deliveries.ts'
import { ProblemError } from './problem.ts'

const SMALL_BODY_BYTES_MAX = 256 * 1024
const SMALL_BODIES_BYTES_MAX = 16 * 1024 * 1024
const RETRY_AFTER_SECONDS = '5'

/** Frees a chunk now: the collector lets tens of megabytes of such garbage gather before it looks (trust.md row 6). */
export function discard(chunk: Buffer): void {
  const { buffer } = chunk
  const isAlone = buffer.byteLength === chunk.byteLength
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

export class WebhookBuffer {
  readonly #queue: Share[] = []
  /** Those that hold small bodies, oldest first. */
  readonly #holding = new Set<Share>()
  #smallBytes = 0
  #turn: Share | null = null
  #large: ArrayBuffer | null = null

  share(): Share {
    return new Share(this)
  }

  /** More of a small body; whoever has waited longest for the rest of theirs gives way. */
  hold(share: Share, bytes: number): void {
    this.#holding.add(share)
    this.#smallBytes += bytes
    for (const oldest of this.#holding) {
      if (this.#smallBytes <= SMALL_BODIES_BYTES_MAX) return
      if (oldest !== share) oldest.giveWay()
    }
    if (this.#smallBytes > SMALL_BODIES_BYTES_MAX) throw overloaded()
  }

  forget(share: Share, bytes: number): void {
    this.#holding.delete(share)
    this.#smallBytes -= bytes
  }

  /** Resolves when it is this share's turn to fill the one large buffer. */
  turnOf(share: Share): Promise<ArrayBuffer> {
    return new Promise((resolve) => {
      share.granted = () => resolve((this.#large ??= new ArrayBuffer(DELIVERY_BODY_BYTES_MAX)))
      this.#queue.push(share)
      if (this.#turn === null) this.#next()
    })
  }

  leave(share: Share): void {
    const waiting = this.#queue.indexOf(share)
    if (waiting !== -1) this.#queue.splice(waiting, 1)
    if (this.#turn === share) this.#next()
  }

  #next(): void {
    this.#turn = this.#queue.shift() ?? null
    if (this.#turn) return this.#turn.granted()
    this.#large?.transfer(0)
    this.#large = null
  }
}

/** One request's body. `release` it when it is stored or not wanted; what `view` gave is not valid after that. */
export class Share {
  readonly #owner: WebhookBuffer
  #chunks: Buffer[] = []
  #small = 0
  #total = 0
  #large: Buffer | null = null
  #turn: Promise<void> | null = null
  granted = (): void => {}
  /** Ends the reading of this body; set by whoever reads it. */
  stop: (reason: Error) => void = () => {}

  constructor(owner: WebhookBuffer) {
    this.#owner = owner
  }

  /** Keeps a chunk; the sender is to be held back until a promise resolves. Throws `unavailable` when all is full. */
  take(chunk: Buffer): Promise<void> | void {
    if (this.#large) return this.#append(chunk)
    this.#chunks.push(chunk)
    this.#small += chunk.length
    this.#owner.hold(this, chunk.length)
    if (this.#small > SMALL_BODY_BYTES_MAX) return (this.#turn ??= this.#moveToLarge())
  }

  view(): Buffer {
    if (this.#large) return this.#large.subarray(0, this.#total)
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
  }

  /** The body as bytes of its own, which outlive `release`. */
  own(): Buffer {
    return this.#large ? Buffer.from(this.view()) : this.view()
  }

  release(): void {
    this.#forgetSmall()
    this.#large = null
    this.#owner.leave(this)
  }

  async #moveToLarge(): Promise<void> {
    this.#large = Buffer.from(await this.#owner.turnOf(this))
    for (const chunk of this.#chunks) this.#append(chunk)
    this.#forgetSmall()
  }

  #append(chunk: Buffer): void {
    chunk.copy(this.#large!, this.#total)
    this.#total += chunk.length
    discard(chunk)
  }

  /** For others: what is here is forgotten, and its sender told to come again. */
  giveWay(): void {
    this.#forgetSmall()
    this.stop(overloaded())
  }

  #forgetSmall(): void {
    this.#owner.forget(this, this.#small)
    this.#small = 0
    this.#chunks = []
  }
}

function overloaded(): ProblemError {
  const detail = 'Too many webhooks arrive at once. Send this one again.'
  const headers = { 'retry-after': RETRY_AFTER_SECONDS }
  return new ProblemError('unavailable', { detail, headers, reason: 'buffer_full' })
}
