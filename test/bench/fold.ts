/** P4: the fold, against the same lifecycle as a machine of XState 5. */
import { assign, initialTransition, setup, transition } from 'xstate'

import { parseExecutorEvent } from '#contracts/callbacks.ts'
import type { CallbackPayload } from '#contracts/callbacks.ts'
import { begin } from '#domain/begin.ts'
import type { DraftEvent } from '#domain/events.ts'
import { fold, foldAll } from '#domain/run.ts'

import { happyReports, published, tellStory } from '../support/story.ts'
import { digits, median, row, ROUNDS } from './bench.ts'
import type { Bench, Row } from './bench.ts'

const HISTORIES_PER_ROUND = 20_000
const MACHINES_PER_ROUND = 300
const LONG_EVENTS = 1_000

type Told = { type: string; at: number; data: Record<string, unknown> }

const types: { context: Record<string, unknown>; events: Told } = { context: {}, events: { type: '', at: 0, data: {} } }

/** Status, phases and facts of a Run, as one would write them for XState; it moves by the same events. */
const machine = setup({ types }).createMachine({
  id: 'run',
  initial: 'queued',
  context: {},
  on: { '*': { actions: assign(({ context, event }) => ({ ...context, updatedAt: event.at })) } },
  states: {
    queued: { on: { 'executor.bound': { target: 'acquiring', actions: keep('binding') } } },
    acquiring: {
      on: {
        'sandbox.requested': { actions: keep('sandbox') },
        'sandbox.acquired': { target: 'preparing', actions: keep('sandbox') },
      },
    },
    preparing: { on: { 'agent.started': 'executing' } },
    executing: {
      on: {
        'agent.progressed': { actions: keep('progress') },
        'agent.finished': { actions: keep('git') },
        'proposal.submitted': { target: 'publishing', actions: keep('proposal') },
      },
    },
    publishing: {
      on: {
        'branch.published': { actions: keep('branch') },
        'pull_request.opened': { actions: keep('pullRequest') },
        'run.succeeded': 'succeeded',
      },
    },
    succeeded: { type: 'final' },
  },
})

function keep(name: string) {
  return assign<Record<string, unknown>, Told, undefined, Told, never>(({ context, event }) => ({
    ...context,
    [name]: event.data,
    updatedAt: event.at,
  }))
}

async function run(): Promise<Row[]> {
  const history = await happyHistory()
  const [requested, ...rest] = history
  const first = begin('r_0000000001', requested as Extract<DraftEvent, { type: 'run.requested' }>)
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round <= ROUNDS; round++) {
    const folded = nanosPerEvent(HISTORIES_PER_ROUND, history.length, () => rest.reduce(fold, first))
    const xstate = nanosPerEvent(MACHINES_PER_ROUND, history.length, () => {
      let [snapshot] = initialTransition(machine)
      for (const event of history) [snapshot] = transition(machine, snapshot, event as Told)
      return snapshot
    })
    if (round === 0) continue
    ours.push(folded)
    theirs.push(xstate)
  }
  const progressed = history.find(({ type }) => type === 'agent.progressed')!
  const long = [...history.slice(0, -3), ...Array.from({ length: LONG_EVENTS - history.length + 3 }, () => progressed)]
  const many = Array.from({ length: ROUNDS }, () => nanosPerEvent(200, 1, () => foldAll('r_0000000001', long)))
  const parsed = Array.from({ length: ROUNDS }, () =>
    nanosPerEvent(5_000, happyReports.length, () =>
      happyReports.map((report) => parseExecutorEvent(report as unknown as CallbackPayload)),
    ),
  )
  const ratio = median(theirs.map((value, index) => value / ours[index]!))
  return [
    row('fold against XState 5', ratio, '>=', 50, '×', `XState ${digits(median(theirs))} ns an event`),
    row('fold, one event', median(ours), '<=', 100, 'ns'),
    row(`fold(${LONG_EVENTS} events)`, median(many) / 1e6, '<=', 0.2, 'ms'),
    row('fold and the check of its schema, one event', (median(ours) + median(parsed)) / 1000, '<=', 1, 'µs'),
  ]
}

async function happyHistory(): Promise<DraftEvent[]> {
  const story = tellStory()
  await story.upTo('executor.finished')
  for (const input of published) await story.submit(input)
  return story.events
}

function nanosPerEvent(times: number, events: number, work: () => unknown): number {
  const start = process.hrtime.bigint()
  let last: unknown
  for (let i = 0; i < times; i++) last = work()
  const spent = Number(process.hrtime.bigint() - start)
  if (last === undefined) throw new Error('Nothing was computed.')
  return spent / times / events
}

export const folding: Bench = {
  id: 'p4',
  title: 'P4: fold',
  how: `The history of a Run that succeeds, folded ${HISTORIES_PER_ROUND} times a round, and ${MACHINES_PER_ROUND} times through a machine of the same states by XState's pure \`transition\`; ${ROUNDS} rounds in turns.`,
  run,
}
