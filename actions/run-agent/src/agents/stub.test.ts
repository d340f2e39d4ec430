import { expect, test } from 'vitest'

import { agentFor, agentNames } from './table.ts'
import { stubLine, stubOrders } from './stub.ts'

const plain = { noChange: false, fail: false, hang: false, slowMs: 0, commits: 1, file: 'README.md' }

test('instructions that are not for the stub mean nothing to it', () => {
  expect(stubOrders('Please keep the public API.\nDo not use a stub: fail fast.')).toEqual(plain)
})

test('every word of the vocabulary is read from a line of its own', () => {
  expect(stubOrders('stub: no-change')).toEqual({ ...plain, noChange: true })
  expect(stubOrders('First this.\n  stub: fail  \n')).toEqual({ ...plain, fail: true })
  expect(stubOrders('stub: hang')).toEqual({ ...plain, hang: true })
  expect(stubOrders('stub: edit docs/a.md')).toEqual({ ...plain, file: 'docs/a.md' })
  expect(stubOrders('stub: slow 250')).toEqual({ ...plain, slowMs: 250 })
  expect(stubOrders('stub: slow 9999999').slowMs).toBe(600_000)
  expect(stubOrders('stub: slow soon')).toEqual(plain)
  expect(stubOrders('stub: commits 2')).toEqual({ ...plain, commits: 2 })
  expect(stubOrders('stub: commits 9').commits).toBe(5)
  expect(stubOrders('stub: commits 0')).toEqual(plain)
})

test('the line is the same for the same Run', () => {
  expect(stubLine(101, 'r_8k2f0q7w3z')).toBe('- Worked on by the stub agent: issue #101, Run r_8k2f0q7w3z.')
})

test('the table knows its agents and nothing else', async () => {
  for (const name of agentNames) expect((await agentFor(name))?.name).toBe(name)
  expect(await agentFor('constructor')).toBeUndefined()
})
