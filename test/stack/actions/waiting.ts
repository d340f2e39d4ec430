/** What runs wait for: a free runner, and their concurrency group. */

/** Shut while all runners are busy. */
export class Gate {
  #shut = false
  #waiting: (() => void)[] = []

  get isShut(): boolean {
    return this.#shut
  }

  shut(): void {
    this.#shut = true
  }

  open(): void {
    this.#shut = false
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Resolves when the gate is open or the signal is aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#shut && !signal.aborted) {
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), aborted(signal)])
    }
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

interface Member {
  cancel: () => void
  admit: () => void
}
interface Group {
  running: Member | null
  pending: Member[]
}

const PENDING_MAX = 100

/**
 * GitHub's `concurrency`: one runs, one waits, and a newer one takes the place of the one that waits. `queue: max` lets
 * up to 100 wait; `cancel-in-progress` ends the one that runs.
 */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>()

  /** `admitted` resolves when it is this member's turn; who was replaced is cancelled and never admitted. */
  enter(
    name: string,
    options: { cancelInProgress: boolean; queueAll: boolean },
    cancel: () => void,
  ): { waits: boolean; admitted: Promise<void>; leave: () => void } {
    const key = name.toLowerCase()
    const group = this.#groups.get(key) ?? { running: null, pending: [] }
    this.#groups.set(key, group)
    let admit = () => {}
    const admitted = new Promise<void>((resolve) => (admit = resolve))
    const member: Member = { cancel, admit }
    const waits = group.running !== null
    if (waits) {
      if (!options.queueAll || group.pending.length >= PENDING_MAX) {
        for (const replaced of group.pending.splice(0)) replaced.cancel()
      }
      group.pending.push(member)
      if (options.cancelInProgress) group.running?.cancel()
    } else {
      group.running = member
      admit()
    }
    return { waits, admitted, leave: () => this.#leave(group, member) }
  }

  #leave(group: Group, member: Member): void {
    group.pending = group.pending.filter((other) => other !== member)
    if (group.running !== member) return
    group.running = group.pending.shift() ?? null
    group.running?.admit()
  }
}
