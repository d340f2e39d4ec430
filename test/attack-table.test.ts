/** The attack table: every row of docs/attack-table.md has its tests, and the page names files that show the row. */
import { globSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { rowsOf, testsOf } from './support/test-names.ts'

const ROWS = 45
const FUZZED = [...range(1, 23), ...range(39, 42)]

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

interface Row {
  row: number
  title: string
  answer: string
  files: string[]
}

const table: Row[] = readFileSync('docs/attack-table.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ /.test(line))
  .map((line) => {
    const [row, title, answer, files] = line.split('|').slice(1, 5)
    const named = [...files!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
    return { row: Number(row), title: title!.trim(), answer: answer!.trim(), files: named }
  })

const tests = globSync('{app,actions,web,test}/**/*.test.{ts,tsx}', { exclude: ['**/node_modules/**', '**/dist/**'] })
  .toSorted()
  .flatMap((file) => testsOf(file))
  .map(({ file, name }) => ({ file, name, rows: rowsOf(name) }))

test('the page has the 45 rows, each with what happens', () => {
  expect(table.map(({ row }) => row)).toEqual(range(1, ROWS))
  expect(table.filter(({ title, answer }) => title === '' || answer === '')).toEqual([])
})

test('every row has a test with its number in its name', () => {
  const shown = new Set(tests.flatMap(({ rows }) => rows))
  expect(range(1, ROWS).filter((row) => !shown.has(row))).toEqual([])
  expect([...shown].filter((row) => row < 1 || row > ROWS)).toEqual([])
})

test('every file on the page shows its row, and every row names at least one', () => {
  const wrong = table.flatMap(({ row, files }) => {
    if (files.length === 0) return [`row ${row} names no file`]
    const showing = new Set(tests.filter(({ rows }) => rows.includes(row)).map(({ file }) => file))
    return files.filter((file) => !showing.has(file)).map((file) => `${file} has no test of row ${row}`)
  })
  expect(wrong).toEqual([])
})

test('rows 1 to 23 and 39 to 42 are fuzzed', () => {
  const fuzzed = new Set(tests.filter(({ name }) => name.includes('fuzzed:')).flatMap(({ rows }) => rows))
  expect(FUZZED.filter((row) => !fuzzed.has(row))).toEqual([])
})

test('names are read as they are meant', () => {
  const text = `
    describe('row 1', () => { test('a', f); test.skip('row 9', f); test.each([1])('b %s', f) })
    test.for(x)(\`rows 2, 3 and 5 \${y}\`, f)
    it('rows 7 to 9 and 11: x', f)
    describe('row 12', () => {})
    notATest('row 13', f)`
  const names = testsOf('x.test.ts', text).map(({ name }) => name)
  expect(names).toEqual(['row 1 a', 'row 1 b %s', 'rows 2, 3 and 5 …', 'rows 7 to 9 and 11: x'])
  expect(names.flatMap(rowsOf)).toEqual([1, 1, 2, 3, 5, 7, 8, 9, 11])
})
