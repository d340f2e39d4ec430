/** Full-jitter backoff: many tabs that lost the server together must not come back together. */
const BACKOFF_FIRST_MS = 500
export const BACKOFF_MAX_MS = 30_000

/** How long to wait before try number `attempt` (from 0), in milliseconds. `chance` lies in [0, 1). */
export function backoffMs(attempt: number, chance: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 16))
  return Math.floor(chance * ceiling)
}
