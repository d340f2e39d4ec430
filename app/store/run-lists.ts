/**
 * The lists of Runs that people page through. A Run keeps the name of every list that it stands in (all Runs, those of
 * a repository, its failed ones that octocat asked for, …), so that one index over (list, place) answers every mix of
 * filters in order: a page reads as many keys as it shows, with a thousand Runs or with a million (trust.md P8). A
 * filter for each field alone would read, and throw away, everything that fits one field and not the others.
 */
import type { RunStatus } from '../contracts/status.ts'
import type { Run } from '../domain/run.ts'

/** What a list is about; what is absent does not matter to it. */
export interface ListFilter {
  repositoryId?: number | undefined
  issue?: number | undefined
  status?: RunStatus | undefined
  agent?: string | undefined
  requestedBy?: string | undefined
}

const MS_DIGITS = 15

/** Sorts by the time of making and then by the id, as text. */
export const placeOf = ({ createdAt, id }: RunPlace): string => `${String(createdAt).padStart(MS_DIGITS, '0')}/${id}`

export interface RunPlace {
  createdAt: number
  id: string
}

/** The Run of a place that `placeOf` made. */
export function runAt(place: string): RunPlace {
  const cut = place.indexOf('/')
  return { createdAt: Number(place.slice(0, cut)), id: place.slice(cut + 1) }
}

/** The name of a list. JSON, because agents and logins may hold any character. */
export function listName({ repositoryId, issue, status, agent, requestedBy }: ListFilter): string {
  return JSON.stringify([repositoryId ?? 0, issue ?? 0, status ?? 0, agent ?? 0, requestedBy ?? 0])
}

/** Every list that a Run stands in: one for each subset of what a list can be about, so 32. */
export function listsOf(run: Pick<Run, 'repository' | 'issue' | 'status' | 'agent' | 'requestedBy'>): string[] {
  const fields: ListFilter = {
    repositoryId: run.repository.id,
    issue: run.issue.number,
    status: run.status,
    agent: run.agent,
    requestedBy: run.requestedBy.login,
  }
  let subsets: ListFilter[] = [{}]
  for (const [name, value] of Object.entries(fields)) {
    subsets = subsets.flatMap((subset) => [subset, { ...subset, [name]: value }])
  }
  return subsets.map(listName)
}
