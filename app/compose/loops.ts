/** The loops and their timers. */
import { randomUUID } from 'node:crypto'

import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { Intake } from '../loops/intake.ts'
import { probe } from '../loops/probe.ts'
import { reap } from '../loops/reap.ts'
import { DeliveryReconciler } from '../loops/reconcile-deliveries.ts'
import { repeat } from '../loops/repeat.ts'
import type { Loop, Timers } from '../loops/repeat.ts'
import { sweep } from '../loops/sweep.ts'
import type { ProviderName } from '../sandboxes/table.ts'
import type { Core } from './core.ts'
import { negativeProbes } from './probes.ts'
import type { Stores } from './stores.ts'
import type { Telemetry } from './telemetry.ts'

/** The drain and the intake are hurried; their timers only catch what a lost hurry left behind. */
const DRAIN_INTERVAL_MS = 1_000
const INTAKE_INTERVAL_MS = 1_000
/** A kill starts with its request, on the replica that took it; this is for the one that died then, and for repeats. */
const KILL_INTERVAL_MS = 500
const RECONCILE_LEASE = 'reconcile-deliveries'

export const timers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** E2B wherever its key is there: what an earlier setting made may be paused, and then no lifetime ends it. */
export const reapedProvider = ({ sandbox: { provider, e2b } }: Pick<Config, 'sandbox'>): ProviderName =>
  e2b.apiKey === null ? provider : 'e2b'

/** Starts every loop; each turns at once and then by its timer. */
export function startLoops(
  config: Config,
  stores: Stores,
  core: Core,
  { log, telemetry }: { log: Logger; telemetry: Telemetry },
): Record<'intake' | 'drain' | 'kill' | 'sweep' | 'reap' | 'reconcile' | 'probe', Loop> {
  const { engine, drain, perform, now } = core
  const loop = (name: string, everyMs: number, step: () => Promise<unknown>) =>
    repeat(name, everyMs, step, { timers, log })
  return {
    intake: intakeLoop(core, (step) => loop('intake', INTAKE_INTERVAL_MS, step), log),
    drain: loop('drain', DRAIN_INTERVAL_MS, async () => {
      // A slow call to GitHub must not hold up the next turn; the drain knows which Runs it works on.
      drain.stepOrdinary().catch((err: unknown) => log.error({ err }, 'drain_step_failed'))
    }),
    kill: loop('kill', KILL_INTERVAL_MS, async () => {
      drain.stepKills().catch((err: unknown) => log.error({ err }, 'drain_step_failed'))
    }),
    sweep: loop('sweep', config.sweepIntervalMs, () => sweep(engine, now(), log)),
    reap: loop('reap', config.sweepIntervalMs, async () => {
      const provider = await core.provider(reapedProvider(config))
      return reap({ engine, provider, owner: perform.sandboxOwner, log, left: telemetry.metrics.orphaned }, now())
    }),
    reconcile: reconcileLoop(config, stores, core, (step) => loop('reconcile', config.sweepIntervalMs, step), log),
    probe: probeLoop(config, stores, log, telemetry),
  }
}

/** A delivery that is worked on slowly must not hold up the next turn; stopping waits for all that is under way. */
function intakeLoop({ intakeDeps }: Core, start: (step: () => Promise<unknown>) => Loop, log: Logger): Loop {
  const intake = new Intake(intakeDeps)
  const loop = start(async () => {
    intake.step().catch((err: unknown) => log.error({ err }, 'intake_step_failed'))
  })
  return {
    hurry: () => loop.hurry(),
    async stop() {
      await loop.stop()
      await intake.stop()
    },
  }
}

/** Not at once: an address that leads here only after the start would have told of nothing. */
function probeLoop(config: Config, { runs }: Stores, log: Logger, { metrics }: Telemetry): Loop {
  const { publicUrl, oidcIssuer, probeIntervalMs } = config
  const probes = negativeProbes({ publicUrl, oidcIssuer, runs })
  const step = () => probe({ probes, log, told: metrics.probed })
  return repeat('probe', probeIntervalMs, step, { timers, log, firstAfterMs: probeIntervalMs })
}

/** Asks GitHub for lost deliveries, on one replica at a time; a replica that stops hands this on at once. */
function reconcileLoop(
  config: Config,
  { deliveries, leases }: Stores,
  { github, now }: Core,
  start: (step: () => Promise<unknown>) => Loop,
  log: Logger,
): Loop {
  const holder = randomUUID()
  const lead = () => leases.holdLease(RECONCILE_LEASE, holder, now(), 2 * config.sweepIntervalMs)
  const reconciler = new DeliveryReconciler({ github, inbox: deliveries, lead, log })
  const loop = start(() => reconciler.step(now()))
  return {
    hurry: () => loop.hurry(),
    async stop() {
      await loop.stop()
      await leases
        .releaseLease(RECONCILE_LEASE, holder)
        .catch((err: unknown) => log.warn({ err }, 'lease_not_released'))
    },
  }
}
