/**
 * How a replica reaches the world: a request travels, has its effect in one step, and its answer travels back. A replica
 * has an epoch; killing it means that its promises are never settled, which is what SIGKILL is to everyone else.
 */
import type { Scheduler } from './scheduler.ts'
import type { FaultRates } from './faults.ts'

export interface Replica {
  readonly name: string
  epoch: number
  alive: boolean
  /** The epoch of the process that holds this handle: one that was killed reaches nothing any more. */
  readonly born?: number
  kill(): void
}

export interface CallOptions {
  /** Probability that the call fails; half of the failures come after the effect. */
  fails?: number
  error?: () => Error
  maxMs?: number
}

export interface Network {
  call<T>(replica: Replica, name: string, effect: () => T, options?: CallOptions): Promise<T>
  /** How many boundaries were crossed, and how many replicas died at one. */
  readonly boundaries: number
  readonly kills: number
}

const LEG_MS_MAX = 40

/** `killAt`: kills at exactly this boundary instead of by chance. */
export function createNetwork(
  scheduler: Scheduler,
  faults: FaultRates,
  quiet: () => boolean,
  killAt: number | null = null,
): Network {
  let boundaries = 0
  let kills = 0

  /** True when the replica dies here. */
  function boundary(replica: Replica): boolean {
    boundaries++
    const dies = killAt === null ? !quiet() && scheduler.happens(faults.killAtBoundary) : boundaries === killAt
    if (!dies || !replica.alive) return false
    kills++
    replica.kill()
    return true
  }

  return {
    get boundaries() {
      return boundaries
    },
    get kills() {
      return kills
    },
    call(replica, name, effect, { fails = 0, error = () => new Error(`${name} failed`), maxMs = LEG_MS_MAX } = {}) {
      const epoch = replica.born ?? replica.epoch
      return new Promise((resolve, reject) => {
        if (replica.epoch !== epoch || boundary(replica)) return
        const failure =
          !quiet() && fails > 0 && scheduler.happens(fails) ? (scheduler.happens(0.5) ? 'before' : 'after') : null
        scheduler.after(scheduler.between(1, maxMs), () => {
          let settle: () => void
          if (failure === 'before') settle = () => reject(error())
          else {
            try {
              const value = effect()
              settle = failure === 'after' ? () => reject(error()) : () => resolve(value)
            } catch (thrown) {
              settle = () => reject(thrown)
            }
          }
          scheduler.note(`${replica.name} ${name}${failure ? ` (${failure})` : ''}`)
          scheduler.after(scheduler.between(1, maxMs), () => {
            // A dead replica hears nothing, and the one that starts in its place never asked.
            if (replica.epoch !== epoch || boundary(replica)) return
            settle()
          })
        })
      })
    },
  }
}
