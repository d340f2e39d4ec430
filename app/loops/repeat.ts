/**
 * Turns a step into a loop: at once on start (a replica that crashes in circles still sweeps), then on a timer, and
 * sooner when hurried. Timers come from outside, so that tests and simulations call the steps by hand.
 */
import type { Log } from '../perform/perform.ts'

export interface Timers {
  /** Calls back once; the answer cancels it. */
  after(ms: number, callback: () => void): () => void
}

export interface Loop {
  /** Runs the step soon. Any number of calls while one is waiting cost one turn. */
  hurry(): void
  /** No new turns; resolves when the running one is over. */
  stop(): Promise<void>
}

/**
 * Repeats `step` until stopped, at once or first after `firstAfterMs`. A failing step is logged and tried again on its
 * next turn.
 */
export function repeat(
  name: string,
  everyMs: number,
  step: () => Promise<unknown>,
  { timers, log, firstAfterMs = 0 }: { timers: Timers; log: Log; firstAfterMs?: number },
): Loop {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  let cancel: () => void = () => {}

  const turn = (): void => {
    cancel()
    if (stopped) return
    if (running) {
      again = true
      return
    }
    running = once()
  }

  async function once(): Promise<void> {
    try {
      await step()
    } catch (error) {
      log.error({ loop: name, err: error }, 'loop_step_failed')
    }
    running = null
    if (!stopped) cancel = timers.after(again ? 0 : everyMs, turn)
    again = false
  }
  if (firstAfterMs > 0) cancel = timers.after(firstAfterMs, turn)
  else turn()

  return {
    hurry: turn,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}
