import { expect, test } from 'vitest'

import { LogBook, type LogLine, formatRange, logText, matching, parseRange } from './book.ts'

const line = (n: number, text: string, more: Partial<LogLine> = {}): LogLine => ({
  line: n,
  at: '2026-11-20T12:00:00.000Z',
  source: 'agent',
  level: 'info',
  text,
  ...more,
})

function book(): LogBook {
  const made = new LogBook()
  made.append([
    line(0, 'Issue #101: Add CSV export'),
    line(1, '\u001B[31mexit 1\u001B[0m', { level: 'error' }),
    line(2, 'retrying (a.b)', { level: 'warn', source: 'executor' }),
  ])
  return made
}

test('pages may overlap: each line is held once', () => {
  const held = book()
  expect(held.append([line(2, 'again'), line(3, 'new')])).toBe(true)
  expect(held.append([line(3, 'new')])).toBe(false)
  expect(held.lines.map(({ text }) => text).slice(2)).toEqual(['retrying (a.b)', 'new'])
  expect(held.last).toBe(3)
})

test('search takes the words literally, in any case, and does not trip over colours', () => {
  const find = (query: string) => matching(book(), { query, level: 'all', source: 'all' })
  expect(find('csv EXPORT')).toEqual([0])
  expect(find('exit 1')).toEqual([1])
  expect(find('(a.b)')).toEqual([2])
  expect(find('[31m')).toEqual([])
  expect(find('')).toBeNull()
})

test('level and source narrow further', () => {
  expect(matching(book(), { query: '', level: 'warn', source: 'all' })).toEqual([1, 2])
  expect(matching(book(), { query: '', level: 'error', source: 'all' })).toEqual([1])
  expect(matching(book(), { query: '', level: 'warn', source: 'executor' })).toEqual([2])
})

test('a line and a range of lines have an address', () => {
  expect(parseRange('#L120')).toEqual({ from: 120, to: 120 })
  expect(parseRange('L140-L120')).toEqual({ from: 120, to: 140 })
  expect(['', '#L', '#L1x', '#timeline', '#L1234567'].map(parseRange)).toEqual([null, null, null, null, null])
  expect(formatRange({ from: 7, to: 7 })).toBe('L7')
  expect(formatRange({ from: 7, to: 9 })).toBe('L7-L9')
})

test('the text file says when, from whom, how bad, and carries no colours', () => {
  expect(logText(book()).split('\n')[1]).toBe('2026-11-20T12:00:00.000Z agent ERROR exit 1')
})
