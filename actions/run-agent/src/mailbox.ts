/**
 * What people say to the agent, kept for it until it asks: in order, each once, by whichever way it came (the control
 * stream, the answer to a callback or a heartbeat, the bind). That it came, and that the agent took it, is reported.
 */
import { AgentMessage, MESSAGES_MAX } from '#contracts/callbacks.ts'
import type { ExecutorEvent } from '#contracts/callbacks.ts'
import type { BindAnswer } from '#contracts/executor.ts'

export class Mailbox {
  /** What the agent saw before a pause: it is told again, for it remembers nothing. */
  readonly earlier: readonly AgentMessage[]
  readonly #report: (event: ExecutorEvent) => void
  readonly #unseen: readonly AgentMessage[]
  readonly #known = new Set<string>()
  readonly #waiting: AgentMessage[] = []
  #closed = false

  constructor(told: NonNullable<BindAnswer['messages']>, report: (event: ExecutorEvent) => void) {
    this.#report = report
    this.earlier = told.filter(({ seen }) => seen)
    this.#unseen = told.filter(({ seen }) => !seen)
    for (const { id } of this.earlier) this.#known.add(id)
  }

  /** Takes in what the bind brought. Later than that, because the job says first that it has started. */
  open(): void {
    for (const message of this.#unseen) this.receive(message)
  }

  /** Takes one in; one that is known is left. */
  receive({ id, by, text }: AgentMessage): void {
    if (this.#closed || this.#known.has(id) || this.#known.size >= MESSAGES_MAX) return
    this.#known.add(id)
    this.#waiting.push({ id, by, text })
    this.#report({ type: 'message.delivered', data: { id } })
  }

  /** Takes in what an answer of the app brings; what is not understood changes nothing. */
  receiveAll(messages: unknown): void {
    if (!Array.isArray(messages)) return
    for (const each of messages.slice(0, MESSAGES_MAX)) {
      const message = AgentMessage.safeParse(each)
      if (message.success) this.receive(message.data)
    }
  }

  /** Gives the agent what is new. */
  take(): AgentMessage[] {
    const taken = this.#waiting.splice(0)
    for (const { id } of taken) this.#report({ type: 'message.seen', data: { id } })
    return taken
  }

  /** The agent is gone: what comes from now on is not delivered to anybody. */
  close(): void {
    this.#closed = true
  }
}
