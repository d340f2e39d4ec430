/**
 * No regular expression of ours backtracks (trust.md row 39): every literal is analysed, so that a comment, a header or
 * an agent's output cannot keep a replica busy. Expressions made at run time are named here, with why they are harmless.
 */
import { globSync, readFileSync } from 'node:fs'

import { Visitor, parseSync } from 'oxc-parser'
import { analyse } from 'scslre'
import { expect, test } from 'vitest'

interface Found {
  file: string
  pattern: string
  flags: string
}

/**
 * Looked for from every position, so that the cost is the square of a run of one character. Each stands here with what
 * bounds its input.
 */
const bounded: Record<string, string> = {
  '[. ]+$': 'one part of a path of at most 1,024 characters',
  '=+$': 'the end of Base64 that we made ourselves',
  '\\/+$': "an address of the operator's settings",
  '\\(?([^\\s(]+:\\d+:\\d+)\\)?': "a line of our own process's stack",
}

const madeHarmlessly: Record<string, string> = {
  'app/perform/settle-from-workflow.ts': 'from a constant of ours',
  'app/domain/secrets.ts': 'from the literals above it, which are analysed',
  'web/src/logs/book.ts': "from a reader's own words, all special characters escaped, in his own browser",
}

const sources = globSync('{app,actions/run-agent/src,web/src}/**/*.{ts,tsx}').filter((file) => !file.includes('.test.'))

function regexpsOf(file: string, text = readFileSync(file, 'utf8')): { literals: Found[]; made: string[] } {
  const literals: Found[] = []
  const made: string[] = []
  const { program } = parseSync(file, text)
  const isRegExp = (callee: { type: string; name?: unknown }) =>
    callee.type === 'Identifier' && callee.name === 'RegExp'
  new Visitor({
    Literal: (node) => {
      if ('regex' in node) literals.push({ file, pattern: node.regex.pattern, flags: node.regex.flags })
    },
    NewExpression: (node) => void (isRegExp(node.callee) && made.push(file)),
    CallExpression: (node) => void (isRegExp(node.callee) && made.push(file)),
  }).visit(program)
  return { literals, made }
}

const problemsOf = ({ file, pattern, flags }: Found): string[] =>
  analyse({ source: pattern, flags })
    .reports.filter((report) => report.type !== 'Move' || !(pattern in bounded))
    .map((report) => `${file}: /${pattern}/${flags} (${report.type}${report.exponential ? ', exponential' : ''})`)

test('row 39: no regular expression takes more than linear time, or what it reads is bounded', () => {
  const literals = sources.flatMap((file) => regexpsOf(file).literals)
  expect(literals.length).toBeGreaterThan(100)
  expect(literals.flatMap(problemsOf)).toEqual([])
})

test('row 39: no regular expression is made at run time from what comes in', () => {
  const made = sources.flatMap((file) => regexpsOf(file).made)
  expect(made.toSorted()).toEqual(Object.keys(madeHarmlessly).toSorted())
})

test('every exception is still needed', () => {
  const patterns = new Set(sources.flatMap((file) => regexpsOf(file).literals).map(({ pattern }) => pattern))
  expect(Object.keys(bounded).filter((pattern) => !patterns.has(pattern))).toEqual([])
})

test('the check sees what it is for', () => {
  const { literals, made } = regexpsOf('x.ts', 'const a = /^(?:a+)+$/, b = /x.*y.*z$/s, c = new RegExp(text)')
  expect(literals.flatMap(problemsOf).length).toBeGreaterThan(1)
  expect(made).toHaveLength(1)
})
