import { expect, test } from 'vitest'

import { hasWords, wantedRun } from './run-search.ts'

test.each([
  ['r_8k2f0q7w3z', { kind: 'run', id: 'r_8k2f0q7w3z' }],
  [' R_8K2F0Q7W3Z ', { kind: 'run', id: 'r_8k2f0q7w3z' }],
  ['agent/101-add-csv-export-8k2f0q7w3z', { kind: 'run', id: 'r_8k2f0q7w3z' }],
  ['agent/101-add-csv-export-8k2f0q7w3z.2', { kind: 'run', id: 'r_8k2f0q7w3z' }],
  ['agent/101-add', { kind: 'words', words: ['agent/101-add'] }],
  ['#101', { kind: 'issue', repository: null, number: 101 }],
  ['Shop#101', { kind: 'issue', repository: 'shop', number: 101 }],
  ['acme/shop#101', { kind: 'issue', repository: 'acme/shop', number: 101 }],
  ['Export  CSV', { kind: 'words', words: ['export', 'csv'] }],
  ['dependency', { kind: 'words', words: ['dependency'] }],
  ['  ', null],
])('%j is looked for as %j', (typed, wanted) => {
  expect(wantedRun(typed)).toEqual(wanted)
})

test('every word stands in the title, in any order; a number may be the issue’s', () => {
  const run = { title: 'Add CSV export to orders', issue: 404 }
  expect(hasWords(['export', 'csv'], run)).toBe(true)
  expect(hasWords(['csv', '404'], run)).toBe(true)
  expect(hasWords(['40'], run)).toBe(false)
  expect(hasWords(['export', 'pdf'], run)).toBe(false)
})
