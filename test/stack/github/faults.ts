/** Misbehaviour on order: failing, hanging and limited requests. */
import type { FailNext, FaultMatch, Faults, Hang } from './types.ts'

type Planned = ({ kind: 'fail' } & FailNext) | ({ kind: 'hang' } & Hang)

export class FaultPlan implements Faults {
  private planned: { fault: Planned; left: number }[] = []
  private secondary: { until: number; retryAfterSeconds: number; left: number; contentCreatingOnly: boolean } | null =
    null
  private limit: { remaining: number; resetAt: number } | null = null
  private waiting = new Set<() => void>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  failNext(fault: FailNext): void {
    this.planned.push({ fault: { kind: 'fail', ...fault }, left: fault.times ?? 1 })
  }
  hang(hang: Hang): void {
    this.planned.push({ fault: { kind: 'hang', ...hang }, left: hang.times ?? 1 })
  }
  rateLimit(limit: { remaining: number; resetInMs: number }): void {
    this.limit = { remaining: limit.remaining, resetAt: this.now() + limit.resetInMs }
  }
  secondaryLimit(limit: { retryAfterSeconds: number; times?: number; contentCreatingOnly?: boolean }): void {
    const { retryAfterSeconds, contentCreatingOnly = false } = limit
    const left = limit.times ?? Infinity
    this.secondary = { until: this.now() + retryAfterSeconds * 1000, retryAfterSeconds, left, contentCreatingOnly }
  }
  clear(): void {
    this.planned = []
    this.secondary = null
    this.limit = null
    for (const wake of this.waiting) wake()
    this.waiting.clear()
  }

  /** The first planned fault that this request meets; it is used up by that. */
  take(method: string, path: string): Planned | null {
    const hit = this.planned.find(({ fault }) => matches(fault, method, path))
    if (!hit) return null
    hit.left -= 1
    if (hit.left <= 0) this.planned = this.planned.filter((plan) => plan !== hit)
    return hit.fault
  }

  /** Seconds to wait when the secondary limit refuses this request. */
  takeSecondary(contentCreating: boolean): number | null {
    const limit = this.secondary
    if (!limit || (limit.contentCreatingOnly && !contentCreating)) return null
    if (this.now() >= limit.until || limit.left <= 0) {
      this.secondary = null
      return null
    }
    limit.left -= 1
    return Math.max(1, Math.ceil((limit.until - this.now()) / 1000))
  }

  /** What is left of an ordered primary limit; null when none was ordered or it is over. */
  takePrimary(): { remaining: number; resetAt: number; exceeded: boolean } | null {
    const limit = this.limit
    if (!limit) return null
    if (this.now() >= limit.resetAt) {
      this.limit = null
      return null
    }
    const exceeded = limit.remaining <= 0
    limit.remaining = Math.max(0, limit.remaining - 1)
    return { ...limit, exceeded }
  }

  /** Resolves after the delay, or, without one, on `clear()` and when the client goes. */
  wait(hang: Hang, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = hang.delayMs === undefined ? undefined : setTimeout(() => wake(), hang.delayMs)
      const wake = () => {
        clearTimeout(timer)
        this.waiting.delete(wake)
        resolve()
      }
      this.waiting.add(wake)
      gone.addEventListener('abort', wake, { once: true })
    })
  }
}

function matches(fault: FaultMatch, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false
  return fault.path === undefined || new RegExp(fault.path.source, fault.path.flags.replace('g', '')).test(path)
}
