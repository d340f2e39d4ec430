/** The primary rate limit: counted for each token over an hour, shown in headers, or ordered by a test. */
import type { Principal } from './auth.ts'
import { ApiError } from './errors.ts'
import type { FaultPlan } from './faults.ts'
import type { World } from './world.ts'

const WINDOW_MS = 60 * 60 * 1000
const CALLS_PER_HOUR = 5_000
const CALLS_PER_HOUR_ANONYMOUS = 60

export class RateLimits {
  private readonly windows = new Map<string, { used: number; resetAt: number }>()
  private readonly world: World
  private readonly faults: FaultPlan

  constructor(world: World, faults: FaultPlan) {
    this.world = world
    this.faults = faults
  }

  /** The headers of this call's answer; throws 403 when there is nothing left. `/rate_limit` itself is free. */
  count(principal: Principal, path: string, requestId: string): Record<string, string> {
    const limit = principal.kind === 'none' ? CALLS_PER_HOUR_ANONYMOUS : CALLS_PER_HOUR
    const costs = path === '/rate_limit' ? 0 : 1
    const own = this.window(keyOf(principal), costs)
    const ordered = costs === 0 ? null : this.faults.takePrimary()
    // Anonymous calls are not refused: everything here comes from one address.
    const remaining = ordered?.remaining ?? Math.max(0, limit - own.used)
    const resetAt = ordered?.resetAt ?? own.resetAt
    const headers = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
      'x-ratelimit-used': String(limit - remaining),
      'x-ratelimit-resource': 'core',
    }
    if (!ordered?.exceeded) return headers
    const help = `If you reach out to GitHub Support for help, please include the request ID ${requestId}.`
    throw new ApiError(403, `API rate limit exceeded for ${nameOf(principal)}. ${help}`, undefined, headers)
  }

  private window(key: string, costs: number): { used: number; resetAt: number } {
    const now = this.world.now()
    let window = this.windows.get(key)
    if (!window || window.resetAt <= now) window = { used: 0, resetAt: now + WINDOW_MS }
    window.used += costs
    this.windows.set(key, window)
    return window
  }
}

function keyOf(principal: Principal): string {
  if (principal.kind === 'installation') return `installation ${principal.installation.id}`
  return 'user' in principal ? `user ${principal.user.id}` : principal.kind
}
function nameOf(principal: Principal): string {
  if (principal.kind === 'installation') return `installation ID ${principal.installation.id}`
  return 'user' in principal ? `user ID ${principal.user.id}` : '127.0.0.1'
}
