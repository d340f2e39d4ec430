/** Who may start and who stands in line, as a pure rule over what is kept and how the Runs stand. */
import { expect, test } from 'vitest'

import { binding } from '../../test/support/story.ts'
import { LINE_MAX, hasRoom, takePlace, withoutGone } from './places.ts'
import type { InLine, Places, Standing } from './places.ts'

const NORMAL = 1
const who = (runId: string, over: Partial<InLine> = {}): InLine => ({
  runId,
  dispatchId: `d-${runId}`,
  seq: 3,
  rank: NORMAL,
  at: Number(runId),
  ...over,
})
const empty: Places = { taken: [], line: [] }
const standing = (over: Partial<Standing> = {}): Standing => ({
  status: 'running',
  stop: null,
  dispatch: { id: 'd-1', sends: 0, binding: null },
  ...over,
})

/** Each of them asks in turn. */
function asked(max: number, ...all: InLine[]) {
  let places = empty
  const turns = all.map((one) => {
    const { places: next, turn } = takePlace(places, one, max)
    places = next
    return turn === 'now' ? 'now' : turn.position
  })
  return { places, turns, line: places.line.map(({ runId }) => runId) }
}

test('as many as there are places start at once, and the next ones stand in line by their age', () => {
  const { turns, line } = asked(2, who('1'), who('2'), who('4'), who('3'))
  expect(turns).toEqual(['now', 'now', 1, 1])
  expect(line).toEqual(['3', '4'])
})

test('a higher priority comes before age, and of the same age the id decides', () => {
  const all = [who('2', { rank: 2 }), who('3', { rank: 0 }), who('5', { at: 1 }), who('4', { at: 1 })]
  expect(asked(1, who('1'), ...all).line).toEqual(['3', '4', '5', '2'])
})

test('who asks again has the same place, in the line as at work', () => {
  const { places, turns } = asked(1, who('1'), who('2'), who('1'), who('2'))
  expect(turns).toEqual(['now', 1, 'now', 1])
  expect([places.taken.length, places.line.length]).toEqual([1, 1])
})

test('a newcomer does not take the place that somebody in the line is about to take', () => {
  const { places } = asked(1, who('1'), who('2'), who('3'))
  const freed = { ...places, taken: [] }
  expect(takePlace(freed, who('4'), 1).turn).toEqual({ position: 3 })
  expect(takePlace(freed, who('3'), 1).turn).toEqual({ position: 2 })
  expect(takePlace(freed, who('2'), 1).turn).toBe('now')
  // With two places free, the second in line need not wait until the first has come by.
  expect(takePlace(freed, who('3'), 2).turn).toBe('now')
  expect([hasRoom(freed, 1), hasRoom(empty, 1)]).toEqual([false, true])
})

test('the next attempt of a Run has no claim to the place of the last one', () => {
  const { places } = asked(1, who('1'), who('2'))
  const next = takePlace(places, who('1', { dispatchId: 'd-other', at: 9 }), 1)
  expect(next.turn).toEqual({ position: 2 })
  expect(next.places.taken).toEqual([])
})

test('the line has an end, and who stands behind it is not kept', () => {
  const all = Array.from({ length: LINE_MAX + 2 }, (_, n) => who(String(n + 1)))
  const { places, turns } = asked(1, ...all)
  expect(turns.at(-1)).toBe(LINE_MAX + 1)
  expect(places.line).toHaveLength(LINE_MAX)
})

const stop = { kind: 'kill', by: 'octocat', reason: null, at: 0, code: 'kill' } as const
const blocked = { issues: [7], position: null, since: 0, told: 1 }
test.each<[string, Standing | null, boolean]>([
  ['works', standing(), true],
  ['has not started', standing({ status: 'queued' }), true],
  ['stands in line', standing({ status: 'queued', waits: { ...blocked, issues: [], position: 2, seq: 9 } }), true],
  ['was blocked before it took the place', standing({ status: 'queued', waits: { ...blocked, seq: 3 } }), true],
  ['is blocked since it took the place', standing({ status: 'queued', waits: { ...blocked, seq: 4 } }), false],
  ['is paused', standing({ status: 'paused' }), false],
  ['has ended', standing({ status: 'failed' }), false],
  ['is at another dispatch', standing({ dispatch: { id: 'd-2', sends: 0, binding: null } }), false],
  ['is stopped before it left', standing({ status: 'queued', stop }), false],
  ['is stopped at work', standing({ stop, dispatch: { id: 'd-1', sends: 1, binding: null } }), true],
  // The answer that its dispatch had left was lost, and its job came all the same.
  ['is stopped with a job', standing({ stop, dispatch: { id: 'd-1', sends: 0, binding } }), true],
  ['is nowhere', null, false],
])('a Run that %s', (_, run, stays) => {
  const { places } = asked(1, who('1'))
  const standings = new Map(run ? [['1', run]] : [])
  expect(withoutGone(places, standings).taken.length === 1).toBe(stays)
  const inLine = { taken: [], line: [who('1')] }
  expect(withoutGone(inLine, standings).line.length === 1).toBe(stays)
})
