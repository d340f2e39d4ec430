import { expect, test } from 'vitest'

import type { RunList } from '#contracts/api.ts'

import { ledgerEvent, makeRun, runningRun, succeededRun } from '../../../test/web/fixtures.ts'
import { arrange, freshList, joinEvents, newerRun, withRun } from './apply.ts'

test('a Run never goes back: late and repeated events change nothing', () => {
  const done = succeededRun({ seq: 16 })
  expect(newerRun(done, runningRun({ seq: 9 }))).toBe(done)
  expect(newerRun(runningRun({ seq: 9 }), done)).toBe(done)
  expect(newerRun(undefined, done)).toBe(done)
})

test('at the same seq the later update wins, because heartbeats are not events', () => {
  const older = runningRun({ updatedAt: '2026-11-20T12:00:00.000Z' })
  const newer = runningRun({ updatedAt: '2026-11-20T12:00:15.000Z' })
  expect(newerRun(older, newer)).toBe(newer)
  expect(newerRun(newer, older)).toBe(newer)
})

test('a list takes a Run in where it holds it, and is left alone otherwise', () => {
  const list = { runs: [makeRun(), makeRun({ id: 'r_8k2f0q7w3y' })], next: null }
  expect(withRun(list, runningRun()).runs.map((run) => run.status)).toEqual(['running', 'queued'])
  expect(withRun(list, runningRun({ id: 'r_0000000000' }))).toBe(list)
})

test('an answer that an event has overtaken does not take the page back', () => {
  const known: RunList = { runs: [succeededRun({ seq: 16 })], next: null }
  const fresh = freshList(known, { runs: [makeRun({ id: 'r_8k2f0q7w3y' }), runningRun({ seq: 9 })], next: 'more' })
  expect(fresh.runs.map((run) => run.status)).toEqual(['queued', 'succeeded'])
  expect(fresh.next).toBe('more')
  expect(freshList(undefined, known)).toEqual(known)
})

test('pieces of the ledger that overlap become one, in order', () => {
  const event = (seq: number) => ledgerEvent(seq, 'agent.progressed', '2026-11-20T12:00:00.000Z', 'executor')
  expect(joinEvents([event(1), event(2)], [event(3), event(2)]).map(({ seq }) => seq)).toEqual([1, 2, 3])
})

const listed = (n: number, over = {}) =>
  makeRun({ id: `r_000000000${n}`, createdAt: `2026-11-20T12:0${n}:00.000Z`, ...over })
const ids = (runs: ReadonlyArray<{ id: string }>) => runs.map(({ id }) => Number(id.slice(2)))

test('new Runs wait to be shown, so that rows do not move under the reader', () => {
  const shown = [listed(3), listed(2)]
  const fresh = {
    runs: [listed(5), listed(4), listed(3, { seq: 9, status: 'running' as const }), listed(2)],
    next: null,
  }
  const { rows, waiting } = arrange(shown, fresh)
  expect(ids(rows)).toEqual([3, 2])
  expect(rows[0]?.status).toBe('running')
  expect(waiting).toBe(2)
})

test('a Run that newer ones pushed off the page stays; one that left the filter goes', () => {
  const shown = [listed(3), listed(2), listed(1)]
  expect(ids(arrange(shown, { runs: [listed(4), listed(3), listed(2)], next: 'more' }).rows)).toEqual([3, 2, 1])
  expect(ids(arrange(shown, { runs: [listed(3), listed(1)], next: null }).rows)).toEqual([3, 1])
})

test('an empty list shows what comes at once', () => {
  expect(arrange([], { runs: [listed(1)], next: null })).toMatchObject({ waiting: 0, rows: [{ id: 'r_0000000001' }] })
})
