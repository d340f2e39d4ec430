/** What addresses may say: the filters of the list of Runs and the tab of a Run live there, so that they can be sent to others. */
import { type RunWindow, runWindows } from '#contracts/api.ts'
import { issueRunFilters } from '#contracts/browse.ts'
import { runStatuses } from '#contracts/status.ts'

export interface RunsSearch {
  status?: string
  repository?: string
  /** Login of who asked for the Run. */
  requestedBy?: string
  agent?: string
  /** How far back the list reaches. */
  within?: RunWindow
  /** What is looked for. */
  q?: string
  after?: string
}

/** The parameters of an address as plain text, each once: digits stay digits, and are not taken for a number. */
export function parametersOf(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

/**
 * For every `validateSearch`. The router lays what it returns over what the address says, so that whatever is merely
 * left out would stay as it was written: it is given as undefined.
 */
export function only<T extends object>(
  parse: (search: Record<string, unknown>) => T,
): (search: Record<string, unknown>) => T {
  return (search) => ({ ...Object.fromEntries(Object.keys(search).map((name) => [name, undefined])), ...parse(search) })
}

/** Whether an address narrows its list at all: what was left out stands in it as undefined. */
export function isNarrowed(search: RunsSearch | IssuesSearch): boolean {
  return Object.values(search).some((value) => value !== undefined)
}

const QUERY_CHARS_MAX = 100
const LOGIN = /^[A-Za-z0-9-]{1,39}(?:\[bot\])?$/
const AGENT = /^[a-z0-9][a-z0-9-]{0,63}$/
const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/

/** Whether it can be the `owner/name` of a repository. */
export function isRepository(text: string): boolean {
  return REPOSITORY.test(text)
}

/** What the address says about the list of Runs; anything that could not be a filter is left out. */
export function parseRunsSearch(search: Record<string, unknown>): RunsSearch {
  const { status, repository, requestedBy, agent, within, q, after } = search
  const window = runWindows.find((name) => name === within)
  const known = (typeof status === 'string' ? status.split(',') : []).filter((word) =>
    runStatuses.some((s) => s === word),
  )
  return {
    ...(known.length > 0 ? { status: known.join(',') } : {}),
    ...(typeof repository === 'string' && isRepository(repository) ? { repository } : {}),
    ...(typeof requestedBy === 'string' && LOGIN.test(requestedBy) ? { requestedBy } : {}),
    ...(typeof agent === 'string' && AGENT.test(agent) ? { agent } : {}),
    ...(window ? { within: window } : {}),
    ...(typeof q === 'string' && q.trim() !== '' ? { q: q.slice(0, QUERY_CHARS_MAX) } : {}),
    ...(typeof after === 'string' && after !== '' && after.length <= 120 ? { after } : {}),
  }
}

export interface IssuesSearch {
  repository?: string
  q?: string
  run?: (typeof issueRunFilters)[number]
}

export function parseIssuesSearch({ repository, q, run }: Record<string, unknown>): IssuesSearch {
  const known = issueRunFilters.find((name) => name === run)
  return {
    ...(typeof repository === 'string' && isRepository(repository) ? { repository } : {}),
    ...(typeof q === 'string' && q.trim() !== '' ? { q: q.slice(0, QUERY_CHARS_MAX) } : {}),
    ...(known ? { run: known } : {}),
  }
}

/** The tabs of a repository, in order; the first one is not named. */
export const repositoryTabs = ['issues', 'runs', 'settings'] as const
export type RepositoryTab = (typeof repositoryTabs)[number]

export function parseRepositorySearch(search: Record<string, unknown>): IssuesSearch & { tab?: RepositoryTab } {
  const { repository: _itself, ...issues } = parseIssuesSearch(search)
  const tab = repositoryTabs.find((name) => name === search['tab'])
  return { ...issues, ...(tab && tab !== 'issues' ? { tab } : {}) }
}

/** The issue of a tree that is shown beside it: its number, with `owner/name#` where it is in another repository. */
const NODE = /^(?:[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}#)?[1-9]\d{0,9}$/
export interface NodeSearch {
  issue?: string | undefined
}

export function parseNodeSearch({ issue }: Record<string, unknown>): NodeSearch {
  return typeof issue === 'string' && NODE.test(issue) ? { issue } : {}
}

/** What a page of trees shows: issues whose newest Run stands so; `none` has none. Closed ones are hidden unless asked for. */
export const treeStatuses = ['none', ...runStatuses] as const
export interface TreeSearch extends NodeSearch {
  status?: (typeof treeStatuses)[number]
  done?: 'show'
}

export function parseTreeSearch({ status, done, issue }: Record<string, unknown>): TreeSearch {
  const known = treeStatuses.find((name) => name === status)
  return { ...(known ? { status: known } : {}), ...(done === 'show' ? { done } : {}), ...parseNodeSearch({ issue }) }
}

/** The tabs of a Run, in order. */
export const runTabs = ['timeline', 'logs', 'changes', 'gates', 'chat', 'sandbox', 'events'] as const
export type RunTab = (typeof runTabs)[number]
/** The first tab is not named. A step belongs to it, a file to the changes, an event's number to the events. */
export interface RunSearch {
  tab?: RunTab | undefined
  step?: string | undefined
  file?: string | undefined
  event?: string | undefined
}

const STEP = /^[a-z]{1,20}$/
const EVENT = /^[1-9]\d{0,3}$/
const PATH_CHARS_MAX = 1_000

export function parseRunSearch({ tab, step, file, event }: Record<string, unknown>): RunSearch {
  const known = runTabs.find((name) => name === tab) ?? 'timeline'
  return {
    ...(known === 'timeline' ? {} : { tab: known }),
    ...(known === 'timeline' && typeof step === 'string' && STEP.test(step) ? { step } : {}),
    ...(known === 'changes' && typeof file === 'string' && file.length <= PATH_CHARS_MAX ? { file } : {}),
    ...(known === 'events' && typeof event === 'string' && EVENT.test(event) ? { event } : {}),
  }
}
