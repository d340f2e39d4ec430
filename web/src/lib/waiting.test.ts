import { expect, test } from 'vitest'

import { linkOf, makeRun, runningRun, succeededRun, treeNode } from '../../../test/web/fixtures.ts'
import { waitingWords } from '../words/waiting.ts'
import { holdsUp, waitingSentence, waitsFor } from './waiting.ts'

const waiting = (issues: number[], position: number | null = null) => makeRun({ waitingFor: { issues, position } })

test('a queued Run says what it waits for: open issues, or its place in line', () => {
  expect(waitsFor(waiting([101, 102]))).toBe('Waiting for #101, #102')
  expect(waitingSentence(waiting([101, 102]))).toBe('Waiting for #101, #102. It starts by itself when they are closed.')
  expect(waitingSentence(waiting([101]))).toBe('Waiting for #101. It starts by itself when that is closed.')
  expect(waitingSentence(waiting([], 3))).toBe('Position 3 in line.')
  expect(waitingSentence(makeRun())).toBeNull()
  expect(waitsFor(waiting(Array.from({ length: 12 }, (_, n) => n + 1)))).toMatch(/#10, 2 more$/)
})

test('places are counted as people count them', () => {
  const said = [1, 2, 3, 4, 11, 21, 112].map((position) => waitingWords.queued(position).slice(8, -1))
  expect(said).toEqual(['1st', '2nd', '3rd', '4th', '11th', '21st', '112th'])
})

test('an issue holds another up while it is open, and no more once the Run has found it closed', () => {
  const open = { ...linkOf(treeNode(99)), run: null }
  expect(holdsUp(open, undefined)).toBe(true)
  expect(holdsUp({ ...open, state: 'closed' }, undefined)).toBe(false)
  expect(holdsUp(open, makeRun())).toBe(true)
  expect(holdsUp(open, waiting([99, 100]))).toBe(true)
  expect(holdsUp(open, waiting([100]))).toBe(false)
  expect(holdsUp(open, waiting([], 1))).toBe(false)
  expect(holdsUp(open, runningRun())).toBe(false)
  expect(holdsUp(open, succeededRun())).toBe(true)
})
