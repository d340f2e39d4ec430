/** What addresses may say: the filters of the list of Runs and the tab of a Run live there, so that they can be sent to others. */
import { runStatuses } from '#contracts/status.ts'

export interface RunsSearch {
  status?: string
  repository?: string
  /** Login of who asked for the Run. */
  requestedBy?: string
  after?: string
}

const LOGIN = /^[A-Za-z0-9-]{1,39}(?:\[bot\])?$/
const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/

/** What the address says about the list of Runs; anything that could not be a filter is left out. */
export function parseRunsSearch(search: Record<string, unknown>): RunsSearch {
  const { status, repository, requestedBy, after } = search
  const known = (typeof status === 'string' ? status.split(',') : []).filter((word) =>
    runStatuses.some((s) => s === word),
  )
  return {
    ...(known.length > 0 ? { status: known.join(',') } : {}),
    ...(typeof repository === 'string' && REPOSITORY.test(repository) ? { repository } : {}),
    ...(typeof requestedBy === 'string' && LOGIN.test(requestedBy) ? { requestedBy } : {}),
    ...(typeof after === 'string' && after !== '' && after.length <= 120 ? { after } : {}),
  }
}

/** The tabs of a Run, in order. */
export const runTabs = ['timeline', 'logs', 'events'] as const
export type RunTab = (typeof runTabs)[number]
/** The first tab is not named. */
export interface RunSearch {
  tab?: RunTab
}

export function parseRunSearch({ tab }: Record<string, unknown>): RunSearch {
  const known = runTabs.find((name) => name === tab)
  return known && known !== 'timeline' ? { tab: known } : {}
}
