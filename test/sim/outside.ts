/** What is decided outside of the app and lasts for a while: an election of the store, an outage of GitHub, the kill switch. */
import type { FaultRates } from './faults.ts'
import type { Scheduler } from './scheduler.ts'

/** A span of time in ms since the epoch. */
interface Span {
  from: number
  until: number
}

export interface Outside {
  /** While a primary is elected, nothing of the store answers. */
  storeIsDown(): boolean
  githubIsDown(): boolean
  /** When its outage is over, in ms since the epoch; null when there is none. */
  githubBackAt(): number | null
  /** Since when the kill switch is on, in ms since the epoch; null while it is off. */
  switchedOffSince(): number | null
}

/** Chooses when it happens; each at most once in a simulation. */
export function createOutside(scheduler: Scheduler, faults: FaultRates): Outside {
  const start = scheduler.now
  const span = (happens: boolean, [low, high]: [number, number], [msMin, msMax]: [number, number]): Span | null => {
    // Chance is spent on what happens only, so that a fault that is not wanted does not move the others.
    if (!happens) return null
    const from = start + scheduler.between(low, high)
    return { from, until: from + scheduler.between(msMin, msMax) }
  }
  const drawn = (probability: number) => probability > 0 && scheduler.happens(probability)
  const outageMsMax = faults.githubOutageMsMax

  const stepdown = span(faults.stepdown, [60_000, 400_000], [2_000, 12_000])
  const outage = span(drawn(faults.githubOutage), [10_000, 400_000], [outageMsMax / 4, outageMsMax])
  const switched = span(drawn(faults.killSwitch), [10_000, 250_000], [20_000, 90_000])
  const within = (it: Span | null) => it !== null && scheduler.now >= it.from && scheduler.now < it.until

  return {
    storeIsDown: () => within(stepdown),
    githubIsDown: () => within(outage),
    githubBackAt: () => outage?.until ?? null,
    switchedOffSince: () => (within(switched) ? switched!.from : null),
  }
}
