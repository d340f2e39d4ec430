/**
 * Whose turn it is: a dispatch leaves when no open issue blocks its own and its repository has a place for it. Both are
 * asked again and again by whoever performs the dispatch; who waits holds nothing and is woken by nobody else.
 */
import { hasRoom, inLineFor, isSamePlaces, runsOf, takePlace, withoutGone } from '../domain/places.ts'
import type { InLine, KeptPlaces, PlacesStore, Turn } from '../domain/places.ts'
import type { WaitReason } from '../domain/events.ts'
import { BLOCKERS_ASKED_MS } from '../domain/policy.ts'
import type { Run } from '../domain/run.ts'
import { NotYet } from './perform.ts'
import type { PerformDeps } from './perform.ts'

const CONFLICTS_MAX = 20
const CONFLICT_WAIT_MS = 1_000

/** Why this dispatch may not leave yet; null when it may. One that was sent is not held back any more. */
export async function reasonToWait({ github, turns, now }: PerformDeps, run: Run): Promise<WaitReason | null> {
  if (run.dispatch.sends > 0) return null
  const blocked = async (): Promise<WaitReason | null> => {
    const issues = await github.openBlockers(run.repository, run.issue.number)
    return issues.length > 0 ? { issues } : null
  }
  // Who is blocked takes no place, and who stands in line asks GitHub only when it comes to its turn.
  const isInLine = typeof run.waits?.position === 'number'
  const before = isInLine || isKnownFree(run, now()) ? null : await blocked()
  if (before) return before
  const turn = await turns.take(run)
  if (turn !== 'now') return turn
  return isInLine ? blocked() : null
}

/** GitHub said so with the request, which is no longer ago than it would be asked again. */
const isKnownFree = ({ blocked, createdAt, attempt, waits }: Run, now: number): boolean =>
  blocked === false && attempt === 1 && !waits && now - createdAt < BLOCKERS_ASKED_MS

/** Takes places for this process, those of one repository one after the other: side by side they only got in each other's way. */
export class Turns {
  readonly #store: PlacesStore
  /** How many Runs of a repository may be past their dispatch at once. */
  readonly #max: number
  readonly #last = new Map<number, Promise<unknown>>()

  constructor(store: PlacesStore, max: number) {
    this.#store = store
    this.#max = max
  }

  /** Whether it is this Run's turn. What it answers holds for as long as the Run is live, not paused and not blocked. */
  take(run: Run): Promise<Turn> {
    const { id } = run.repository
    const turn = (this.#last.get(id) ?? Promise.resolve()).then(() => this.#take(id, inLineFor(run)))
    const done = turn
      .catch(() => {})
      .finally(() => {
        if (this.#last.get(id) === done) this.#last.delete(id)
      })
    this.#last.set(id, done)
    return turn
  }

  async #take(repositoryId: number, who: InLine): Promise<Turn> {
    const guess = this.#store.seenPlaces(repositoryId)
    if (guess && hasRoom(guess, this.#max) && (await this.#write(repositoryId, guess, guess, who)) === 'now')
      return 'now'
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      const kept = await this.#store.readPlaces(repositoryId)
      const places = hasRoom(kept, this.#max) ? kept : withoutGone(kept, await this.#store.standings(runsOf(kept)))
      const turn = await this.#write(repositoryId, kept, places, who)
      if (turn !== null) return turn
    }
    throw new NotYet('Many Runs of this repository took a place at once.', CONFLICT_WAIT_MS)
  }

  /** Null when somebody else wrote since `kept` was read. */
  async #write(repositoryId: number, kept: KeptPlaces, places: KeptPlaces, who: InLine): Promise<Turn | null> {
    const next = takePlace(places, who, this.#max)
    if (isSamePlaces(next.places, kept)) return next.turn
    return (await this.#store.writePlaces(repositoryId, kept.version, next.places)) ? next.turn : null
  }
}
