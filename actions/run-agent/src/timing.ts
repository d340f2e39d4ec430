/** Every wait of the action, in milliseconds, in one place; tests pass shorter ones. */
export interface Timing {
  /** One request to the app. */
  requestTimeoutMs: number
  /** A proposal may be 4 MiB over a slow line. */
  uploadTimeoutMs: number
  backoffBaseMs: number
  backoffMaxMs: number
  /** Over all tries; the app waits 120 s for the first callback. */
  bindMsMax: number
  /** How long a sandbox waits until the app knows that it is asked for; after that the app's look for orphans has to do. */
  recordedMsMax: number
  /** How long a job stays only to deliver what is left; after that it leaves an artifact. */
  flushMsMax: number
  /** The same after the runner asked us to stop: Actions follows with SIGTERM after 7.5 s. */
  hurriedFlushMsMax: number
  /** From the request to cancel until the agent's processes are killed; the app waits 20 s before it kills. */
  cancelGraceMs: number
  /** From the request to pause until a step that takes longer is ended; it is done again after the pause. */
  pauseGraceMs: number
  /** How long we wait for an agent that was killed before we go on without it. */
  abandonAgentMs: number
  /** The same when the runner is in a hurry. */
  hurriedAbandonMs: number
  /** A control stream that says nothing for this long is dead (the app pings every 30 s). */
  controlSilenceMs: number
  logFlushMs: number
  /** One destroy of a sandbox, over its tries. */
  destroyMsMax: number
  hurriedDestroyMsMax: number
  /** The last log lines are worth this long. */
  lastLogsMsMax: number
  hurriedLastLogsMsMax: number
}

export const defaultTiming: Timing = {
  requestTimeoutMs: 10_000,
  uploadTimeoutMs: 60_000,
  backoffBaseMs: 250,
  backoffMaxMs: 15_000,
  bindMsMax: 90_000,
  recordedMsMax: 30_000,
  flushMsMax: 300_000,
  hurriedFlushMsMax: 2_000,
  cancelGraceMs: 8_000,
  pauseGraceMs: 20_000,
  abandonAgentMs: 3_000,
  hurriedAbandonMs: 1_000,
  controlSilenceMs: 75_000,
  logFlushMs: 1_000,
  destroyMsMax: 30_000,
  hurriedDestroyMsMax: 2_500,
  lastLogsMsMax: 5_000,
  hurriedLastLogsMsMax: 500,
}

/** Waits, or returns early when the signal fires; never rejects. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.max(0, ms))
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** Exponential with jitter: between half of the step and the step; `tries` counts from 1. */
export function backoffMs(timing: Timing, tries: number): number {
  const step = Math.min(timing.backoffMaxMs, timing.backoffBaseMs * 2 ** Math.min(tries - 1, 20))
  return step / 2 + Math.random() * (step / 2)
}
