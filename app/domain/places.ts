/**
 * The places of a repository: how many of its Runs are past their dispatch at once, and who stands in line for one. What
 * is kept of it is a hint, the Runs are the truth: nobody gives a place back, because whoever finds none free takes away
 * what belongs to Runs that need it no more. Pure; `store/places.ts` keeps it, `perform/turns.ts` goes by it.
 */
import { isTerminal } from '../contracts/status.ts'
import type { Run } from './run.ts'

/** How many Runs can stand in line for a place; who comes when so many do is told to come again. */
export const LINE_MAX = 100

export type Priority = 'high' | 'normal' | 'low'
const ranks: Record<Priority, number> = { high: 0, normal: 1, low: 2 }

/** The hold of one dispatch of a Run on a place; `seq` is the Run's last event when it was taken. */
interface Place {
  runId: string
  dispatchId: string
  seq: number
}

/** A place in the line: the higher priority comes first, then who was asked for first. */
export interface InLine extends Place {
  rank: number
  at: number
}

export interface Places {
  taken: readonly Place[]
  line: readonly InLine[]
}

/** As they are kept; `version` is 0 for a repository of which nothing was. */
export interface KeptPlaces extends Places {
  version: number
}

/** What a Run's place depends on. */
export type Standing = Pick<Run, 'status' | 'waits' | 'stop'> & {
  dispatch: Pick<Run['dispatch'], 'id' | 'sends' | 'binding'>
}

/** The port to whatever keeps the places. app/store has it on MongoDB. */
export interface PlacesStore {
  /** As this process last saw them, null where it never did: a guess. */
  seenPlaces(repositoryId: number): KeptPlaces | null
  readPlaces(repositoryId: number): Promise<KeptPlaces>
  /** False when another writer got there since `version`. */
  writePlaces(repositoryId: number, version: number, places: Places): Promise<boolean>
  /** How these Runs stand; one that is not there is left out. */
  standings(runIds: readonly string[]): Promise<ReadonlyMap<string, Standing>>
}

/** Whether a Run may start, or where it stands in line, from 1. */
export type Turn = 'now' | { position: number }

export const inLineFor = (run: Run): InLine => ({
  runId: run.id,
  dispatchId: run.dispatch.id,
  seq: run.seq,
  rank: ranks[run.priority ?? 'normal'],
  at: run.attemptAt ?? run.createdAt,
})

/** Takes a place, or one in the line, which nobody overtakes. Taking twice is the same as once. */
export function takePlace(places: Places, who: InLine, max: number): { places: Places; turn: Turn } {
  const isOwn = (place: Place): boolean => place.runId === who.runId
  const others = places.taken.filter((place) => !isOwn(place))
  const line = places.line.filter((place) => !isOwn(place))
  const { runId, dispatchId, seq } = who
  const own = { runId, dispatchId, seq }
  const isHeld = places.taken.some((place) => isOwn(place) && place.dispatchId === dispatchId)
  if (isHeld) return { places: { taken: [...others, own], line }, turn: 'now' }
  const before = line.filter((other) => isBefore(other, who))
  if (before.length < max - others.length) return { places: { taken: [...others, own], line }, turn: 'now' }
  const longer = [...before, who, ...line.filter((other) => !isBefore(other, who))]
  return {
    places: { taken: others, line: longer.slice(0, LINE_MAX) },
    turn: { position: before.length + 1 },
  }
}

function isBefore(a: InLine, b: InLine): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank
  if (a.at !== b.at) return a.at < b.at
  return a.runId < b.runId
}

/** True where a Run of this dispatch finds a place for sure, whoever else has gone meanwhile. */
export const hasRoom = ({ taken, line }: Places, max: number): boolean => line.length === 0 && taken.length < max

export const runsOf = ({ taken, line }: Places): string[] => [...taken, ...line].map(({ runId }) => runId)

/**
 * Without those who need no place any more: over, paused, at another dispatch, stopped before they left, or blocked by
 * issues since they took it.
 */
export function withoutGone<P extends Places>(places: P, standings: ReadonlyMap<string, Standing>): P {
  const isStill = ({ runId, dispatchId, seq }: Place): boolean => {
    const run = standings.get(runId)
    if (!run || isTerminal(run.status) || run.status === 'paused' || run.dispatch.id !== dispatchId) return false
    if (run.stop && run.dispatch.sends === 0 && run.dispatch.binding === null) return false
    return !run.waits || run.waits.position !== null || run.waits.seq <= seq
  }
  return { ...places, taken: places.taken.filter(isStill), line: places.line.filter(isStill) }
}

/**
 * Whether nobody fits into the line any more. A process that has seen room in it does not look again: who comes in between
 * is behind the line, and is not lost.
 */
export async function isLineFull(store: PlacesStore, repositoryId: number): Promise<boolean> {
  const seen = store.seenPlaces(repositoryId)
  if (seen && seen.line.length < LINE_MAX) return false
  const kept = await store.readPlaces(repositoryId)
  if (kept.line.length < LINE_MAX) return false
  // Nobody may be left who would take those away that have ended.
  return withoutGone(kept, await store.standings(runsOf(kept))).line.length >= LINE_MAX
}

export const isSamePlaces = (a: Places, b: Places): boolean =>
  JSON.stringify([a.taken, a.line]) === JSON.stringify([b.taken, b.line])
