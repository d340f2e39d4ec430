/**
 * Reports events to the app: numbered, chained, signed, in order, one in flight. A payload is made once, when its turn
 * comes, and its bytes are kept: it is its payload's digest that identifies a callback, so a resend is the same one.
 */
import type { ExecutorEvent } from '#contracts/callbacks.ts'

import { isAccepted, isTransient, refusalText } from './http.ts'
import type { Reply } from './http.ts'
import { envelope, heed } from './link.ts'
import type { Link } from './link.ts'
import { sha256Hex } from './signing.ts'
import { backoffMs, wait } from './timing.ts'

/** The app keeps at most this many events of a Run. */
export const EVENTS_MAX = 1_000
/** How often the app may send us back to an earlier number before we call it a disagreement. */
const REWINDS_MAX = 20

interface Draft {
  event: ExecutorEvent
  at: string
}
interface Sealed {
  seq: number
  type: ExecutorEvent['type']
  payload: string
  digest: string
}
type Delivery = 'accepted' | 'again' | 'refused' | 'stopped'

export class Callbacks {
  readonly #link: Link
  readonly #url: string
  readonly #drafts: Draft[] = []
  readonly #sealed: Sealed[] = []
  readonly #closing = new AbortController()
  /** Index into `#sealed` of what is sent next. */
  #cursor = 0
  #head: { seq: number; digest: string | null }
  #running: Promise<void> | null = null
  #restricted = false
  #gaveUp = false
  #rewinds = 0
  #total = 0

  constructor(link: Link, last: { seq: number; digest: string | null }) {
    this.#link = link
    this.#url = `${link.base}/events`
    this.#head = last
  }

  /** Queues an event; never waits and never throws. After a kill only the sandbox's end is taken. */
  report(event: ExecutorEvent): void {
    if (this.#gaveUp || (this.#restricted && event.type !== 'sandbox.destroyed')) return
    if (++this.#total > EVENTS_MAX) return
    this.#drafts.push({ event, at: new Date().toISOString() })
    this.#running ??= this.#pump().finally(() => {
      this.#running = null
    })
  }

  /** Waits until what was reported so far is delivered, at most `ms`, or until the signal. */
  async told(ms: number, signal?: AbortSignal): Promise<void> {
    const done = new AbortController()
    const idle = (this.#running ?? Promise.resolve()).then(() => done.abort())
    await Promise.race([idle, wait(ms, AbortSignal.any([done.signal, ...(signal ? [signal] : [])]))])
  }

  /** From now on the key may sign `sandbox.destroyed` and nothing else; what waits unsent is dropped. */
  restrict(): void {
    this.#restricted = true
    this.#drafts.splice(0, this.#drafts.length, ...this.#drafts.filter((d) => d.event.type === 'sandbox.destroyed'))
  }

  /** Nothing is sent from now on; what is reported waits for `undelivered()`. */
  hold(): void {
    this.#closing.abort()
  }

  /** Waits until everything is delivered, at most `ms`; then stops for good. True when nothing is left. */
  async settle(ms: number): Promise<boolean> {
    await this.told(ms)
    this.#closing.abort()
    await this.#running
    return this.#gaveUp || (this.#drafts.length === 0 && this.#cursor === this.#sealed.length)
  }

  /** What was not delivered, signed: one JSON object `{jws, payload}` a line, in order. */
  async undelivered(): Promise<string[]> {
    for (let draft = this.#drafts.shift(); draft; draft = this.#drafts.shift()) this.#seal(draft)
    return Promise.all(
      this.#sealed
        .slice(this.#cursor)
        .map(async ({ payload }) =>
          JSON.stringify({ jws: await this.#link.signer.event(payload), payload: JSON.parse(payload) as unknown }),
        ),
    )
  }

  async #pump(): Promise<void> {
    let tries = 0
    while (!this.#closing.signal.aborted && !this.#gaveUp) {
      const next = this.#next()
      if (!next) return
      const { delivery, pauseMs } = await this.#deliver(next, ++tries)
      if (delivery === 'accepted') {
        this.#cursor++
        tries = 0
      } else if (delivery === 'again') {
        await wait(Math.min(pauseMs, Math.max(0, this.#link.deadlineAt - Date.now())), this.#closing.signal)
        if (Date.now() >= this.#link.deadlineAt) return
      } else if (delivery === 'refused') {
        this.#drop(next)
        tries = 0
      }
    }
  }

  #next(): Sealed | undefined {
    const draft = this.#cursor === this.#sealed.length ? this.#drafts.shift() : undefined
    return draft ? this.#seal(draft) : this.#sealed[this.#cursor]
  }

  #seal({ event, at }: Draft): Sealed {
    const seq = this.#head.seq + 1
    const content = { ...envelope(this.#link, this.#url), seq, prev: this.#head.digest, at, ...event }
    const payload = JSON.stringify(content)
    const sealed = { seq, type: event.type, payload, digest: sha256Hex(payload) }
    this.#head = { seq, digest: sealed.digest }
    this.#sealed.push(sealed)
    return sealed
  }

  async #deliver({ seq, payload }: Sealed, tries: number): Promise<{ delivery: Delivery; pauseMs: number }> {
    const link = this.#link
    const reply = await link
      .send({
        method: 'POST',
        url: this.#url,
        headers: { 'content-type': 'application/jose' },
        body: await link.signer.event(payload),
        timeoutMs: link.timing.requestTimeoutMs,
        signal: this.#closing.signal,
      })
      .catch((error: Error) => error)
    if (reply instanceof Error) return { delivery: 'again', pauseMs: backoffMs(link.timing, tries) }
    if (isAccepted(reply)) {
      heed(link, reply)
      return { delivery: 'accepted', pauseMs: 0 }
    }
    if (isTransient(reply)) {
      return { delivery: 'again', pauseMs: Math.max(backoffMs(link.timing, tries), reply.retryAfterMs) }
    }
    if (this.#rewind(reply, seq)) return { delivery: 'again', pauseMs: backoffMs(link.timing, 1) }
    link.steering.ask('refused', `The app takes no more reports of this job: ${refusalText(reply)}.`)
    return { delivery: 'refused', pauseMs: 0 }
  }

  /** Goes to where the app says it is, as long as that is something we still have. */
  #rewind({ problem }: Reply, seq: number): boolean {
    const expected = problem?.code === 'expected_seq' ? problem.expectedSeq : undefined
    if (expected === undefined || ++this.#rewinds > REWINDS_MAX) return false
    const index = this.#sealed.findIndex((each) => each.seq === expected)
    const ahead = expected === this.#head.seq + 1
    if (index < 0 && !ahead) return false
    if (expected !== seq) this.#cursor = ahead ? this.#sealed.length : index
    return true
  }

  /** A refused callback does not count: its number is given to the sandbox's end, the only thing left to say. */
  #drop(refused: Sealed): void {
    if (refused.type === 'sandbox.destroyed') this.#gaveUp = true
    this.#sealed.length = this.#cursor
    const last = this.#sealed.at(-1)
    this.#head = { seq: refused.seq - 1, digest: last?.digest ?? this.#firstPrev(refused) }
    this.restrict()
  }

  #firstPrev(refused: Sealed): string | null {
    return (JSON.parse(refused.payload) as { prev: string | null }).prev
  }
}
