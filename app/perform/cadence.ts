/**
 * How often the status comments of an installation may be edited: a change of state at once, progress at most once in
 * `max(10 s, active Runs × 9 s)` (surfaces.md 1.5), which leaves 400 edits an hour of GitHub's 500 for everything.
 * Each replica counts the Runs that it tells of; the budget of the installation bounds them all together.
 */
import { isTerminal } from '../contracts/status.ts'
import { COMMENT_COALESCE_MS } from '../domain/policy.ts'
import type { Run } from '../domain/run.ts'

const EDIT_MS_PER_RUN = 9_000
/** A Run that has told nothing for this long is not counted. */
const ACTIVE_MS = 10 * 60_000
const RUNS_MAX = 10_000

export class Cadence {
  readonly #lastEdit = new Map<number, number>()
  /** Live Runs that wait for nothing by id, in the order in which they were last told of. */
  readonly #active = new Map<string, { installationId: number; at: number }>()

  /** Takes the turn and answers 0, or says in how many ms to come again. `urgent` never waits. */
  edit(run: Pick<Run, 'id' | 'status' | 'repository' | 'waits'>, { urgent }: { urgent: boolean }, now: number): number {
    const { installationId } = run.repository
    this.#active.delete(run.id)
    // What waits for its turn has no progress to tell of.
    if (!isTerminal(run.status) && !run.waits) this.#active.set(run.id, { installationId, at: now })
    const waitMs = (this.#lastEdit.get(installationId) ?? -Infinity) + this.#everyMs(installationId, now) - now
    if (!urgent && waitMs > 0) return waitMs
    if (this.#lastEdit.size >= RUNS_MAX) this.#lastEdit.clear()
    this.#lastEdit.set(installationId, now)
    return 0
  }

  #everyMs(installationId: number, now: number): number {
    let active = 0
    for (const [id, run] of this.#active) {
      if (run.at <= now - ACTIVE_MS || this.#active.size > RUNS_MAX) this.#active.delete(id)
      else if (run.installationId === installationId) active++
    }
    return Math.max(COMMENT_COALESCE_MS, active * EDIT_MS_PER_RUN)
  }
}
