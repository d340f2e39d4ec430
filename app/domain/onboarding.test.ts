/** What an agent may be given to read, and how much of it that is. */
import { expect, test } from 'vitest'

import { CONTEXT_FILE_BYTES_MAX, LOG_TAIL_BYTES_MAX } from '../contracts/onboarding.ts'
import { problemOfDocument, problemsOfOnboarding, referenceOf, seenByAgent, tailOf } from './onboarding.ts'

const sizeOf = (text: string): number => Buffer.byteLength(text)
const problemsOf = (contextPacks: string[], onboardingDocRef: string | null = null) =>
  problemsOfOnboarding({ onboardingDocRef, contextPacks }, new Set(['dev'])).map(({ path }) => path)

test('a reference is a document of Deckhand, a number of logs or a path of the repository', () => {
  expect(referenceOf('deckhand:dev')).toEqual({ kind: 'document', name: 'dev' })
  expect(referenceOf('recentLogs:10')).toEqual({ kind: 'logs', runs: 10 })
  expect(referenceOf('docs/service-x.md')).toEqual({ kind: 'file', path: 'docs/service-x.md' })
})

test.each([
  '../secrets.md',
  'docs/../../etc/passwd',
  '/etc/passwd',
  'C:/windows',
  '.git/config',
  'docs/.GIT/config',
  'docs\\onboarding.md',
  'docs//x.md',
  'a\nb.md',
  'a\u0000.md',
  'deckhand:',
  'deckhand:Dev',
  'deckhand:../dev',
  'recentLogs:0',
  'recentLogs:11',
  'recentLogs:1e1',
  'recentLogs:',
  'recentlogs:5',
  'RECENTLOGS:5',
  'Deckhand:dev',
])('%j names nothing that an agent may be given', (ref) => {
  expect(referenceOf(ref)).toHaveProperty('problem')
})

test('a prefix in other letters is no path, and the sentence says how it is written', () => {
  expect(referenceOf('recentlogs:5')).toEqual({ problem: expect.stringContaining('recentLogs:') })
  expect(referenceOf('Deckhand:dev')).toEqual({ problem: expect.stringContaining('deckhand:') })
  expect(referenceOf('Deckhand/dev.md')).toEqual({ kind: 'file', path: 'Deckhand/dev.md' })
})

test('everything that is wrong is told by its place', () => {
  expect(problemsOf(['docs/a.md', 'recentLogs:2'], 'deckhand:dev')).toEqual([])
  expect(problemsOf(['docs/a.md', '../b', 'docs/a.md'])).toEqual(['contextPacks.1', 'contextPacks.2'])
  expect(problemsOf(['recentLogs:2', 'recentLogs:3'])).toEqual(['contextPacks.1'])
  expect(problemsOf(['deckhand:dev'], 'deckhand:dev')).toEqual(['contextPacks.0'])
  expect(problemsOf(['deckhand:unknown'], 'recentLogs:1')).toEqual(['onboardingDocRef', 'contextPacks.0'])
})

test('a document is a text of a bounded size without control characters', () => {
  const problemOf = (text: string): string | null => problemOfDocument(text, sizeOf(text), 10)
  expect(problemOf('# Hi\n\tx')).toBeNull()
  expect(problemOf('ééééé')).toBeNull()
  expect(problemOf('éééééé')).toContain('12 bytes')
  expect(problemOf(' \n')).toContain('needs a text')
  expect(problemOf('a\u001B[31m')).toContain('control characters')
  expect(problemOf('a\uD800')).toContain('control characters')
})

test('what is read when the Run begins counts with its limit, and says so', () => {
  const kept = { onboardingDocRef: 'deckhand:dev', contextPacks: ['docs/a.md', 'recentLogs:2'] }
  const { sees, tokens } = seenByAgent(kept, new Map([['dev', { version: 3, bytes: 401 }]]))
  expect(sees).toEqual([
    { ref: 'deckhand:dev', kind: 'document', version: 3, bytes: 401, tokens: 101, atMost: false },
    { ref: 'docs/a.md', kind: 'file', version: null, bytes: CONTEXT_FILE_BYTES_MAX, tokens: 16_384, atMost: true },
    { ref: 'recentLogs:2', kind: 'logs', version: null, bytes: 2 * LOG_TAIL_BYTES_MAX, tokens: 4_096, atMost: true },
  ])
  expect(tokens).toBe(101 + 16_384 + 4_096)
})

test('the end of a log is whole lines, and a mark where something was left out', () => {
  const tail = (lines: string[], bytes: number, most = 10) => tailOf(lines, { lines: most, bytes }, sizeOf)
  expect(tail(['one', 'two'], 20)).toBe('one\ntwo')
  expect(tail(['one', 'two', 'three'], 15)).toBe('…\ntwo\nthree')
  expect(tail(['one', 'two', 'three'], 100, 2)).toBe('…\ntwo\nthree')
  expect(tail(['two', 'three'], 100, 2)).toBe('two\nthree')
  expect(tail(['a long line that is too much'], 10)).toBe('…\n')
  expect(tail([], 10)).toBe('')
})
