import { expect, test } from 'vitest'

import { at, ledgerEvent, makeLedger } from '../../test/web/fixtures.ts'
import { timelineOf } from './timeline.ts'

const run = { attempt: 1 }
const states = (...ledger: Parameters<typeof timelineOf>[1][]) =>
  ledger.map((events) =>
    timelineOf(run, events)
      .map(({ state }) => state)
      .join(' '),
  )

test('the steps of a Run that goes well light up one after the other', () => {
  expect(states(...[0, 1, 4, 6, 7, 11, 14, 17].map((upTo) => makeLedger(upTo)))).toEqual([
    'todo todo todo todo todo',
    'active todo todo todo todo',
    'done active todo todo todo',
    'done done active todo todo',
    'done done done active todo',
    'done done done active todo',
    'done done done done active',
    'done done done done done',
  ])
})

test('each step says how long it took and what it did', () => {
  const steps = timelineOf(run, makeLedger())
  const took = steps.map((step) => (step.endedAtMs ?? 0) - (step.startedAtMs ?? 0))
  expect(took).toEqual([1_200, 3_400, 2_100, 154_300, 27_500])
  expect(steps.map(({ detail }) => detail)).toEqual([null, 'e2b, vm', '4f1c2ab', '5 files, +120 −8', '#207'])
})

test('what the agent reports stands under its step', () => {
  const agent = timelineOf(run, makeLedger(11)).find(({ key }) => key === 'agent')
  expect(agent?.children.map(({ title, state }) => `${title} ${state}`)).toEqual([
    'Read src/orders/list.ts done',
    'Write src/orders/export.ts active',
  ])
})

test('a Run that fails stops at its step, and the others were not reached', () => {
  const failed = [...makeLedger(5), ledgerEvent(6, 'run.failed', at(62_000), 'deckhand')]
  const lost = [...makeLedger(11), ledgerEvent(12, 'run.failed', at(99_000), 'deckhand')]
  const early = [...makeLedger(2), ledgerEvent(3, 'run.failed', at(120_000), 'deckhand')]
  expect(states(failed, lost, early)).toEqual([
    'done failed skipped skipped skipped',
    'done done done failed skipped',
    'failed skipped skipped skipped skipped',
  ])
  expect(timelineOf(run, lost)[3]?.children.at(-1)?.state).toBe('failed')
})

test('a refused sandbox that is tried again is in progress again', () => {
  const ledger = [...makeLedger(5), ledgerEvent(6, 'sandbox.acquire_failed', at(2_000), 'executor', { detail: '429' })]
  const again = [...ledger, ledgerEvent(7, 'sandbox.requested', at(3_000), 'executor')]
  expect(states(ledger, again)).toEqual(['done failed todo todo todo', 'done active todo todo todo'])
})

test('cancelled is not failed', () => {
  expect(states([...makeLedger(11), ledgerEvent(12, 'run.cancelled', at(40_000), 'octocat')])).toEqual([
    'done done done cancelled skipped',
  ])
})

test('a pause stops the clocks of its step, and the resumed job goes on with it', () => {
  const paused = [...makeLedger(11), ledgerEvent(12, 'run.paused', at(60_000), 'app')]
  const resumed = [...paused, ledgerEvent(13, 'run.resumed', at(360_000), 'octocat')]
  const again = [...resumed, ledgerEvent(14, 'agent.started', at(365_000), 'executor')]
  expect(states(paused, resumed, again)).toEqual([
    'done done done paused todo',
    'done done done paused todo',
    'done done done active todo',
  ])
  const [before, after] = [timelineOf(run, paused)[3]!, timelineOf(run, again)[3]!]
  expect(before.endedAtMs).toBe(Date.parse(at(60_000)))
  expect(before.children.at(-1)?.state).toBe('paused')
  expect(after).toMatchObject({ startedAtMs: before.startedAtMs! + 305_000, endedAtMs: null })
  const title = before.children.at(-1)!.title
  const step = (state: string, ms: number, seq: number) =>
    ledgerEvent(seq, 'agent.progressed', at(ms), 'executor', { title, state })
  const children = timelineOf(run, [...again, step('started', 366_000, 15), step('completed', 370_000, 16)])[3]!
    .children
  expect(children).toHaveLength(before.children.length)
  expect(children.at(-1)).toMatchObject({ state: 'done', endedAtMs: Date.parse(at(370_000)) })
})

test('unknown events are passed over, and other attempts do not count', () => {
  const ledger = [...makeLedger(4), ledgerEvent(5, 'moon.rose', at(2_000), 'deckhand')]
  expect(states(ledger)).toEqual(['done active todo todo todo'])
  expect(timelineOf({ attempt: 2 }, ledger).every(({ state }) => state === 'todo')).toBe(true)
})

test('a dry run came no further than the agent, though its proposal was looked at', () => {
  const submitted = makeLedger()
    .filter(({ type }) => type !== 'branch.published' && type !== 'pull_request.opened')
    .map((event) => (event.type === 'run.succeeded' ? { ...event, data: { reason: 'dry_run' } } : event))
  expect(submitted.some(({ type }) => type === 'proposal.submitted')).toBe(true)
  expect(states(submitted)).toEqual(['done done done done skipped'])
})
