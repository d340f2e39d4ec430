/** The loops and their timers. */
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { intake } from '../loops/intake.ts'
import { reap } from '../loops/reap.ts'
import { repeat } from '../loops/repeat.ts'
import type { Loop, Timers } from '../loops/repeat.ts'
import { sweep } from '../loops/sweep.ts'
import type { Core } from './core.ts'

/** The drain and the intake are hurried; their timers only catch what a lost hurry left behind. */
const DRAIN_INTERVAL_MS = 1_000
const INTAKE_INTERVAL_MS = 1_000

const timers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Starts every loop; each turns at once and then by its timer. */
export function startLoops(
  config: Config,
  core: Core,
  log: Logger,
): Record<'intake' | 'drain' | 'sweep' | 'reap', Loop> {
  const { engine, drain, perform, now } = core
  const loop = (name: string, everyMs: number, step: () => Promise<unknown>) =>
    repeat(name, everyMs, step, { timers, log })
  return {
    intake: loop('intake', INTAKE_INTERVAL_MS, () => intake(core.intakeDeps)),
    drain: loop('drain', DRAIN_INTERVAL_MS, async () => {
      // A slow call to GitHub must not hold up the next turn; the drain knows which Runs it works on.
      drain.step().catch((err: unknown) => log.error({ err }, 'drain_step_failed'))
    }),
    sweep: loop('sweep', config.sweepIntervalMs, () => sweep(engine, now(), log)),
    reap: loop('reap', config.sweepIntervalMs, async () => {
      const provider = await core.provider(config.sandbox.provider)
      return reap({ engine, provider, owner: perform.sandboxOwner, log }, now())
    }),
  }
}
