/**
 * Turns the ledger of a Run into the few steps that a person follows. Pure: it reads event types by name and passes
 * over those it does not know, so that a newer server does not break an older page.
 */
import type { LedgerEventBody, RunBody } from '#contracts/api.ts'

export type StepKey = 'queued' | 'sandbox' | 'workspace' | 'agent' | 'publish'
export type StepState = 'todo' | 'active' | 'paused' | 'done' | 'failed' | 'cancelled' | 'skipped'

export interface SubStep {
  title: string
  state: StepState
  startedAtMs: number
  endedAtMs: number | null
}

export interface Step {
  key: StepKey
  state: StepState
  detail: string | null
  startedAtMs: number | null
  endedAtMs: number | null
  children: SubStep[]
}

const order: readonly StepKey[] = ['queued', 'sandbox', 'workspace', 'agent', 'publish']
const SHORT_SHA = 7

/** What an event does to the steps: where it leads, and what it says about a step. */
interface Rule {
  enter?: StepKey
  leave?: StepKey
  fail?: StepKey
  about?: StepKey
  detail?: (data: Data) => string | null
}
type Data = Record<string, unknown>

const rules: Record<string, Rule> = {
  'run.requested': { enter: 'queued' },
  'run.retried': { enter: 'queued' },
  'executor.started': { leave: 'queued', enter: 'sandbox' },
  'sandbox.requested': { enter: 'sandbox' },
  'sandbox.acquired': { leave: 'sandbox', enter: 'workspace', about: 'sandbox', detail: sandboxDetail },
  'sandbox.acquire_failed': { fail: 'sandbox', about: 'sandbox', detail: (data) => text(data['detail']) },
  'workspace.prepared': {
    leave: 'workspace',
    enter: 'agent',
    about: 'workspace',
    detail: (data) => sha(data['baseSha']),
  },
  'agent.started': { enter: 'agent' },
  'agent.finished': { leave: 'agent', about: 'agent', detail: changes },
  'agent.failed': { fail: 'agent', about: 'agent', detail: (data) => text(data['detail']) },
  'proposal.submitted': { enter: 'publish' },
  'branch.published': { enter: 'publish', about: 'publish', detail: (data) => text(data['name']) },
  'proposal.refused': { fail: 'publish', about: 'publish', detail: (data) => text(data['detail']) },
  'pull_request.opened': { leave: 'publish', about: 'publish', detail: (data) => `#${String(data['number'])}` },
}

const endings: Record<string, StepState> = {
  'run.succeeded': 'done',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
}

/** The steps of the Run's present attempt, in order, each with its times in milliseconds since the epoch. */
export function timelineOf(run: Pick<RunBody, 'attempt'>, events: readonly LedgerEventBody[]): Step[] {
  const steps = order.map((key): Step => ({
    key,
    state: 'todo',
    detail: null,
    startedAtMs: null,
    endedAtMs: null,
    children: [],
  }))
  for (const event of events) {
    if (event.attempt === run.attempt) apply(steps, event)
  }
  return steps
}

function apply(steps: Step[], event: LedgerEventBody): void {
  const atMs = Date.parse(event.at)
  if (event.type === 'run.paused') return pause(steps, atMs)
  const ending = endings[event.type]
  if (ending) {
    if (event.data['reason'] === 'dry_run') skip(step(steps, 'publish'))
    return finish(steps, ending, atMs)
  }
  if (event.type === 'agent.progressed') return progress(step(steps, 'agent'), event.data, atMs)
  const rule = rules[event.type]
  if (!rule) return
  if (rule.leave) close(step(steps, rule.leave), 'done', atMs)
  if (rule.fail) close(step(steps, rule.fail), 'failed', atMs)
  if (rule.enter) enter(steps, rule.enter, atMs)
  if (rule.about && rule.detail) step(steps, rule.about).detail = rule.detail(event.data)
}

/** Entering a step means that the ones before it are over, even if the event that says so was never written. */
function enter(steps: Step[], key: StepKey, atMs: number): void {
  const index = order.indexOf(key)
  for (const earlier of steps.slice(0, index)) if (isOpen(earlier.state)) close(earlier, 'done', atMs)
  const entered = step(steps, key)
  if (entered.state === 'done') return
  if (entered.state === 'paused') goOn(entered, atMs)
  entered.state = 'active'
  entered.startedAtMs ??= atMs
  entered.endedAtMs = null
}

function close(step: Step, state: StepState, atMs: number): void {
  if (step.state === 'todo') step.startedAtMs = atMs
  step.state = state
  step.endedAtMs = atMs
  for (const child of step.children) if (isOpen(child.state)) Object.assign(child, { state, endedAtMs: atMs })
}

/** What it stood paused is no time of the step. */
function goOn(paused: Pick<Step, 'startedAtMs' | 'endedAtMs'>, atMs: number): void {
  if (paused.startedAtMs !== null && paused.endedAtMs !== null) paused.startedAtMs += atMs - paused.endedAtMs
}

/** The step that a pause ends at; the resumed job goes on with it. */
function pause(steps: Step[], atMs: number): void {
  for (const each of steps) if (each.state === 'active') close(each, 'paused', atMs)
}

function finish(steps: Step[], ending: StepState, atMs: number): void {
  for (const each of steps) {
    if (each.state === 'active') close(each, ending, atMs)
    else if (each.state === 'paused') close(each, ending, each.endedAtMs ?? atMs)
    else if (each.state === 'todo') each.state = 'skipped'
  }
}

/** A dry run came as far as the checks in front of it, and by intent no further. */
function skip(publish: Step): void {
  Object.assign(publish, { state: 'skipped', startedAtMs: null, endedAtMs: null } satisfies Partial<Step>)
}

function progress(agent: Step, data: Data, atMs: number): void {
  const title = text(data['title']) ?? ''
  const open = agent.children.find((child) => child.title === title && isOpen(child.state))
  const state = data['state'] === 'completed' ? 'done' : data['state'] === 'failed' ? 'failed' : 'active'
  if (open?.state === 'paused') goOn(open, atMs)
  if (open && state === 'active') Object.assign(open, { state, endedAtMs: null })
  else if (state === 'active') agent.children.push({ title, state, startedAtMs: atMs, endedAtMs: null })
  else if (open) Object.assign(open, { state, endedAtMs: atMs })
  else agent.children.push({ title, state, startedAtMs: atMs, endedAtMs: atMs })
}

const isOpen = (state: StepState): boolean => state === 'active' || state === 'paused'

function step(steps: readonly Step[], key: StepKey): Step {
  const found = steps[order.indexOf(key)]
  if (!found) throw new Error(`no step ${key}`)
  return found
}

function sandboxDetail(data: Data): string | null {
  const isolation = text(data['isolation'])
  const parts = [text(data['provider']), isolation === 'none' ? 'no isolation' : isolation].filter((p) => p !== null)
  return parts.length === 0 ? null : parts.join(', ')
}

function changes(data: Data): string | null {
  const files = Number(data['files'] ?? 0)
  if (files === 0) return 'no changes'
  return `${files} ${files === 1 ? 'file' : 'files'}, +${Number(data['additions'])} −${Number(data['deletions'])}`
}

function sha(value: unknown): string | null {
  return text(value)?.slice(0, SHORT_SHA) ?? null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
