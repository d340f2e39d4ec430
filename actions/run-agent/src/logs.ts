/**
 * Takes the output of the agent and our own remarks to the app, in numbered lines, and to the runner's log. Memory is
 * bounded: while the app cannot be reached the oldest lines go, and a line in their place says how many.
 */
import { LOG_LINES_PER_POST_MAX, LOG_LINE_CHARS_MAX, LogAnswer } from '#contracts/executor.ts'
import type { LogLine } from '#contracts/executor.ts'

import type { Commands } from './commands.ts'
import { isAccepted, isTransient } from './http.ts'
import { bearer, heed } from './link.ts'
import type { Link } from './link.ts'
import type { Redactor } from './redact.ts'
import { backoffMs, wait } from './timing.ts'

export const LOG_BUFFER_LINES_MAX = 10_000
const LOG_POST_CHARS_MAX = 128 * 1024

type Entry = Omit<LogLine, 'n'>
export type Source = LogLine['source']
export type Level = LogLine['level']

export class Logs {
  readonly #link: Link
  readonly #commands: Commands
  readonly #redactor: Redactor
  readonly #buffer: Entry[] = []
  #unprinted: string[] = []
  #batch: LogLine[] = []
  #next = 0
  #dropped = 0
  #stopped = false

  constructor(link: Link, commands: Commands, redactor: Redactor) {
    this.#link = link
    this.#commands = commands
    this.#redactor = redactor
  }

  /** Takes text of any number of lines. Long lines are folded, not cut. */
  write(source: Source, level: Level, text: string): void {
    for (const line of this.#redactor.redact(text).split(/\r\n|\n|\r/)) {
      this.#unprinted.push(line)
      const at = new Date().toISOString()
      for (let from = 0; from === 0 || from < line.length; from += LOG_LINE_CHARS_MAX) {
        this.#buffer.push({ at, source, level, text: line.slice(from, from + LOG_LINE_CHARS_MAX) })
      }
    }
    const over = this.#buffer.length - LOG_BUFFER_LINES_MAX
    if (over > 0) {
      this.#buffer.splice(0, over)
      this.#dropped += over
    }
  }

  /** Sends in the background until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      this.print()
      const sent = await this.#send(signal)
      failures = sent ? 0 : failures + 1
      await wait(sent ? this.#link.timing.logFlushMs : backoffMs(this.#link.timing, failures), signal)
    }
  }

  /** Sends what is left, at most `ms`. Logs are not worth more than that at the end. */
  async drain(ms: number): Promise<void> {
    this.print()
    const limit = AbortSignal.timeout(Math.max(1, ms))
    for (let failures = 0; this.#hasMore() && !limit.aborted;) {
      if (await this.#send(limit)) failures = 0
      else await wait(backoffMs(this.#link.timing, ++failures), limit)
    }
  }

  /** Shows the new lines in the runner's log, where none of them can act as a workflow command. */
  print(): void {
    this.#commands.foreign(this.#unprinted)
    this.#unprinted = []
  }

  #hasMore(): boolean {
    return !this.#stopped && this.#batch.length + this.#buffer.length > 0
  }

  /** One batch. Its numbers are given once, so a repetition after a lost answer is appended only once. */
  async #send(signal: AbortSignal): Promise<boolean> {
    if (!this.#hasMore()) return true
    if (this.#batch.length === 0) this.#fill()
    const url = `${this.#link.base}/logs`
    const reply = await this.#link
      .send({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-ndjson', ...(await bearer(this.#link, url)) },
        body: this.#batch.map((line) => `${JSON.stringify(line)}\n`).join(''),
        timeoutMs: this.#link.timing.requestTimeoutMs,
        signal,
      })
      .catch(() => null)
    if (!reply || isTransient(reply)) return false
    if (isAccepted(reply)) {
      heed(this.#link, reply)
      const answer = LogAnswer.safeParse(reply.body)
      const taken = answer.success ? answer.data.next : this.#next
      this.#batch = this.#batch.filter((line) => line.n >= taken)
      return this.#batch.length === 0
    }
    // Logs that the app does not want are no reason to stop; whether the Run goes on, the callbacks tell.
    this.#stopped = true
    return true
  }

  #fill(): void {
    const taken: Entry[] = []
    if (this.#dropped > 0) {
      const text = `… ${this.#dropped} lines were dropped here: the app could not be reached.`
      taken.push({ at: new Date().toISOString(), source: 'executor', level: 'warn', text })
      this.#dropped = 0
    }
    let chars = 0
    while (this.#buffer[0] && taken.length < LOG_LINES_PER_POST_MAX && chars < LOG_POST_CHARS_MAX) {
      const entry = this.#buffer.shift() as Entry
      chars += entry.text.length
      taken.push(entry)
    }
    this.#batch = taken.map((entry) => Object.assign({ n: this.#next++ }, entry))
  }
}
