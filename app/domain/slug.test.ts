import fc from 'fast-check'
import { expect, test } from 'vitest'

import { branchName, runOfBranch, slug } from './slug.ts'

test('a title becomes a slug that is cut between words', () => {
  expect(slug('Add a line to README')).toBe('add-a-line-to-readme')
  expect(slug('  Café: größe & naïveté!  ')).toBe('cafe-gro-e-naivete')
  expect(slug('Export the whole list of orders as comma separated values')).toBe(
    'export-the-whole-list-of-orders-as-comma',
  )
  expect(slug('x'.repeat(60))).toBe('x'.repeat(40))
  expect(slug('修正')).toBe('issue')
})

test('the branch carries issue, slug and the id without its prefix', () => {
  expect(branchName(101, 'CSV export', 'r_8k2f0q7w3z')).toBe('agent/101-csv-export-8k2f0q7w3z')
  expect(runOfBranch('agent/101-csv-export-8k2f0q7w3z')).toBe('r_8k2f0q7w3z')
  expect(runOfBranch('agent/101-csv-export-8k2f0q7w3z.2')).toBe('r_8k2f0q7w3z')
  expect(['main', 'agent/mine', 'feature/101-csv-export-8k2f0q7w3z'].map(runOfBranch)).toEqual([null, null, null])
})

test('whatever the title, the branch is a safe ref under agent/', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (title) => {
      expect(branchName(1, title, 'r_0000000000')).toMatch(/^agent\/1-[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?-0000000000$/)
    }),
    { numRuns: 1_000 },
  )
})
