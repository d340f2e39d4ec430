/**
 * What changed in any Run, in order, each change with the change stream's token as its place. A reader that was away
 * says where it stopped, on whichever replica, and is told what it missed; who was away for longer than is kept here has
 * to read everything again. A Run is read once for all readers.
 */
import type { RunEvent } from '../domain/events.ts'
import type { Run } from '../domain/run.ts'
import type { MoveListener, RunMove } from './feed.ts'

/** Moves that can be gone back to; about 2 MB. */
const MOVES_KEPT_MAX = 10_000
/** Who missed changes of more Runs than this reads everything again instead. */
export const RUNS_RETOLD_MAX = 500
const RUNS_CACHED_MAX = 500
const PARALLEL_READS_MAX = 16

/** A Run as it was at `place` or later, and the last event that it had then. */
export interface Told {
  readonly place: string
  readonly run: Run
  readonly event: RunEvent
}

export interface NewsListener {
  /** In order of their places; a Run stands in it once, however often it moved. Must not throw and must not wait. */
  told(news: readonly Told[]): void
  /** Something could not be told: read everything again. */
  lost(): void
}

interface NewsReads {
  newest(runId: string): Promise<{ run: Run; event: RunEvent } | null>
}

/** The part of `RunFeed` that is used. */
interface Moves {
  onMoves(listener: MoveListener): void
  readonly place: string | null
}

export class RunNews {
  readonly #feed: Moves
  readonly #reads: NewsReads
  readonly #onTrouble: (error: unknown) => void
  readonly #listeners = new Set<NewsListener>()
  readonly #known = new Map<string, { place: string; told: Promise<Told | null> }>()
  #kept: RunMove[] = []
  /** Everything after this place is kept. */
  #floor = ''
  /** Everything up to here was told. */
  #place = ''
  #pending: RunMove[] = []
  #busy = false

  constructor(feed: Moves, reads: NewsReads, onTrouble: (error: unknown) => void = () => {}) {
    this.#feed = feed
    this.#reads = reads
    this.#onTrouble = onTrouble
    feed.onMoves({ moved: (move) => this.#moved(move), gap: (place) => this.#gap(place) })
  }

  /** Whoever listens now hears of all that comes after this place. */
  get place(): string {
    return this.#place
  }

  /** Number of listeners. */
  get size(): number {
    return this.#listeners.size
  }

  /** Moves the place along while nothing happens, so that a quiet reader's place does not become too old. */
  advance(): string {
    const reached = this.#feed.place
    if (!this.#busy && reached !== null && reached > this.#place) this.#place = reached
    return this.#place
  }

  hear(listener: NewsListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What happened after `place`. Null when that is not known any more, or too much to tell. */
  async since(place: string): Promise<Told[] | null> {
    if (place < this.#floor) return null
    const moves = lastOfEach(this.#kept.slice(firstAfter(this.#kept, place)))
    return moves.length > RUNS_RETOLD_MAX ? null : this.#tell(moves)
  }

  #moved(move: RunMove): void {
    // After an interruption the stream may repeat itself.
    if (move.place <= (this.#kept.at(-1)?.place ?? '')) return
    this.#kept.push(move)
    if (this.#kept.length > MOVES_KEPT_MAX) {
      const dropped = this.#kept.splice(0, MOVES_KEPT_MAX / 2)
      this.#floor = dropped.at(-1)!.place
    }
    if (this.#listeners.size === 0 && !this.#busy) {
      this.#place = move.place
      return
    }
    this.#pending.push(move)
    if (!this.#busy) void this.#rounds()
  }

  /** Tells in rounds: what moves while a round is read is told in the next one, each Run once. */
  async #rounds(): Promise<void> {
    this.#busy = true
    while (this.#pending.length > 0) {
      const moves = lastOfEach(this.#pending.splice(0))
      try {
        const news = await this.#tell(moves)
        for (const listener of this.#listeners) listener.told(news)
      } catch (error) {
        this.#onTrouble(error)
        for (const listener of this.#listeners) listener.lost()
      }
      this.#place = moves.at(-1)!.place
    }
    this.#busy = false
  }

  #gap(place: string): void {
    const first = this.#place === ''
    this.#kept = []
    this.#pending = []
    this.#floor = place
    if (place > this.#place) this.#place = place
    if (!first) for (const listener of this.#listeners) listener.lost()
  }

  async #tell(moves: readonly RunMove[]): Promise<Told[]> {
    const news: Told[] = []
    for (let start = 0; start < moves.length; start += PARALLEL_READS_MAX) {
      const some = await Promise.all(moves.slice(start, start + PARALLEL_READS_MAX).map((move) => this.#read(move)))
      news.push(...some.filter((told) => told !== null))
    }
    return news
  }

  /** The same answer for everyone who asks about the same move. */
  #read({ runId, place }: RunMove): Promise<Told | null> {
    const known = this.#known.get(runId)
    if (known?.place === place) return known.told
    // What was read for a later move is true now, but it may not take that place before those that lie between.
    if (known && known.place > place) return known.told.then((told) => told && { ...told, place })
    const told = this.#reads.newest(runId).then((found) => found && { place, ...found })
    this.#known.delete(runId)
    this.#known.set(runId, { place, told })
    // A read that failed is tried again.
    told.catch(() => this.#known.delete(runId))
    const [oldest] = this.#known.keys()
    if (this.#known.size > RUNS_CACHED_MAX && oldest !== undefined) this.#known.delete(oldest)
    return told
  }
}

/** The last move of each Run, in order. */
function lastOfEach(moves: readonly RunMove[]): RunMove[] {
  const last = new Map(moves.map((move) => [move.runId, move.place]))
  return moves.filter(({ runId, place }) => last.get(runId) === place)
}

/** Index of the first move after a place; moves are in order. */
function firstAfter(moves: readonly RunMove[], place: string): number {
  let [from, to] = [0, moves.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (moves[middle]!.place <= place) from = middle + 1
    else to = middle
  }
  return from
}
