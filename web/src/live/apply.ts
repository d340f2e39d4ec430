/** What an event changes in what the page already holds. Pure, so that each rule can be tested without a browser. */
import type { LedgerEventBody, RunBody, RunList } from '#contracts/api.ts'

/** The newer of two states of one Run: events may come late, twice or out of order after a reconnect. */
export function newerRun(known: RunBody | undefined, incoming: RunBody): RunBody {
  if (!known || known.id !== incoming.id) return incoming
  if (incoming.seq !== known.seq) return incoming.seq > known.seq ? incoming : known
  return incoming.updatedAt >= known.updatedAt ? incoming : known
}

/** The list with this Run's newer state in its place; the same list when it does not hold the Run. */
export function withRun<T extends { runs: RunBody[] }>(list: T, incoming: RunBody): T {
  if (!list.runs.some((run) => run.id === incoming.id)) return list
  return { ...list, runs: list.runs.map((run) => (run.id === incoming.id ? newerRun(run, incoming) : run)) }
}

/** A list that was read over REST, except where an event that overtook the answer has told of a newer state. */
export function freshList<T extends { runs: RunBody[] }>(known: T | undefined, fresh: T): T {
  const byId = new Map(known?.runs.map((run) => [run.id, run]))
  return { ...fresh, runs: fresh.runs.map((run) => newerRun(byId.get(run.id), run)) }
}

/** Both pieces of the ledger in order, each event once. */
export function joinEvents(known: readonly LedgerEventBody[], more: readonly LedgerEventBody[]): LedgerEventBody[] {
  const bySeq = new Map([...known, ...more].map((event) => [event.seq, event]))
  return [...bySeq.values()].toSorted((a, b) => a.seq - b.seq)
}

export interface Arranged {
  rows: RunBody[]
  /** How many Runs wait to be shown. */
  waiting: number
}

/**
 * Rows must not move under the reader: those that are shown stay where they are with their newest state, new ones wait
 * to be asked for. A row goes when it no longer fits the filter, but stays when newer ones only pushed it off the page.
 */
export function arrange(shown: readonly RunBody[], fresh: RunList): Arranged {
  if (shown.length === 0) return { rows: fresh.runs, waiting: 0 }
  const byId = new Map(fresh.runs.map((run) => [run.id, run]))
  const oldest = fresh.next === null ? '' : (fresh.runs.at(-1)?.createdAt ?? '')
  const rows = shown.flatMap((run) => {
    const now = byId.get(run.id)
    if (now) return [newerRun(run, now)]
    return run.createdAt < oldest ? [run] : []
  })
  const known = new Set(rows.map((run) => run.id))
  return { rows, waiting: fresh.runs.filter((run) => !known.has(run.id)).length }
}
