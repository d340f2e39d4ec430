/** What a repository may ask for: so many Runs a day, and no more than fit into its line. Everything beyond is refused at the door. */

export type Obstacle =
  /** So many Runs were made since 00:00 UTC. */
  | { code: 'quota_used'; max: number }
  /** As many Runs as can stand in line wait for a place. */
  | { code: 'line_full'; max: number }

/** The refusal of a request that would be one too many: it left nothing behind, and nothing else is wrong with it. */
export class NotAdmitted extends Error {
  readonly obstacle: Obstacle
  constructor(obstacle: Obstacle) {
    super(`The repository takes no more Runs now: ${obstacle.code}.`)
    this.name = 'NotAdmitted'
    this.obstacle = obstacle
  }
}

const DAY_MS = 86_400_000

/** 00:00 UTC of the day, and of the next one; ms since the epoch. */
export const dayStart = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS
export const nextDayStart = (at: number): number => dayStart(at) + DAY_MS
