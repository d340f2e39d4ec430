/** Our diffs are those that git makes, and lead from the one text to the other whatever the two are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { patchBudget } from '../../domain/patches.ts'
import { unifiedDiff } from './unified-diff.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'deckhand-diff-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What git says of the two, without the names of the files. */
function byGit(before: string, after: string): string {
  writeFileSync(join(folder, 'before'), before)
  writeFileSync(join(folder, 'after'), after)
  const args = [
    'diff',
    '--no-index',
    '--no-color',
    '--diff-algorithm=minimal',
    '--no-indent-heuristic',
    'before',
    'after',
  ]
  const { stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  const hunks = stdout.split('\n').slice(stdout.split('\n').findIndex((line) => line.startsWith('@@')))
  // Behind the place git names the function around it.
  return hunks
    .map((line) => line.replace(/^(@@ .*? @@).*/, '$1'))
    .join('\n')
    .trimEnd()
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n + 1}`)
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

test('a change in the middle, two that are far apart, and two that are near', () => {
  const lines = numbers(30)
  const before = text(lines)
  for (const places of [[14], [3, 25], [10, 14], [0, 29]]) {
    const after = text(lines.map((line, at) => (places.includes(at) ? `${line}!` : line)))
    const diff = unifiedDiff(before, after)
    expect(diff.patch).toBe(byGit(before, after))
    expect([diff.additions, diff.deletions]).toEqual([places.length, places.length])
  }
})

test('files that are new, gone or empty, and a last line without its end', () => {
  const cases = [
    ['', 'a\nb\n'],
    ['a\nb\n', ''],
    ['', 'a'],
    ['a', ''],
    ['', '\n'],
    ['a\n\nb\n\n', ''],
    ['a\n', 'a'],
    ['a', 'a\n'],
    ['a\nb', 'a\nb\nc'],
    ['# Shop\n', '# Shop\nhello\n'],
  ] as const
  for (const [before, after] of cases) expect(unifiedDiff(before, after).patch).toBe(byGit(before, after))
  expect(unifiedDiff('a\n', 'a\n')).toEqual({ patch: '', additions: 0, deletions: 0 })
  expect(unifiedDiff('', '')).toEqual({ patch: '', additions: 0, deletions: 0 })
})

/** The text that a patch leads to. */
function applied(before: string, patch: string): string {
  const lines = before.split('\n')
  const out: string[] = []
  let at = 0
  let ends = true
  for (const line of patch === '' ? [] : patch.split('\n')) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? /.exec(line)
    if (hunk) {
      const start = hunk[2] === '0' ? Number(hunk[1]) : Number(hunk[1]) - 1
      out.push(...lines.slice(at, start))
      at = start
    } else if (line.startsWith('\\')) ends = false
    else {
      if (!line.startsWith('+') && lines[at++] !== line.slice(1)) throw new Error(`The patch does not fit: ${line}`)
      if (!line.startsWith('-')) out.push(line.slice(1))
      ends = true
    }
  }
  out.push(...lines.slice(at))
  return ends ? out.join('\n') : out.join('\n').replace(/\n$/, '')
}

const ROUNDS = 300
/** Each of these starts git once. */
const ROUNDS_BY_GIT = 40

test('from whatever text to whatever other one', () => {
  let seed = 7
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  for (let round = 0; round < ROUNDS; round++) {
    const some = () => text(Array.from({ length: next(12) }, () => 'abc'[next(3)]!))
    const [before, after] = [some(), some()]
    const { patch, additions, deletions } = unifiedDiff(before, after)
    expect(applied(before, patch!), JSON.stringify([before, after])).toBe(after)
    if (round >= ROUNDS_BY_GIT) continue
    const signs = byGit(before, after).split('\n')
    expect(additions! + deletions!, JSON.stringify([before, after])).toBe(
      signs.filter((line) => line.startsWith('+') || line.startsWith('-')).length,
    )
  }
})

test('a file that is new or gone is told whole as far as it is shown, and counted beyond that', () => {
  const lines = text(numbers(5_000))
  expect(unifiedDiff('', lines).patch).toBe(byGit('', lines))
  expect(unifiedDiff(lines, '').patch).toBe(byGit(lines, ''))
  const long = text(numbers(20_000))
  expect(unifiedDiff('', long)).toEqual({ patch: null, additions: 20_000, deletions: 0 })
  expect(unifiedDiff(`${long}end`, '')).toEqual({ patch: null, additions: 0, deletions: 20_001 })
})

test('two that have little in common are not compared, and none that has too many lines', () => {
  const most = '\n'.repeat(20_000)
  expect(unifiedDiff(most, `${most.slice(1)}x`)).toMatchObject({ additions: 1, deletions: 1 })
  expect(unifiedDiff(most, `${most}x`)).toEqual({ patch: null, additions: null, deletions: null })
  const after = text(numbers(20_000))
  const before = text(numbers(20_000).map((line) => `${line} before`))
  expect(unifiedDiff(before, after)).toEqual({ patch: null, additions: null, deletions: null })
})

test('of many patches only so much is kept, and none that is too long', () => {
  const kept = patchBudget()
  expect(kept('x'.repeat(60_001))).toBeNull()
  expect(kept(null)).toBeNull()
  const long = 'x'.repeat(60_000)
  expect(Array.from({ length: 16 }, () => kept(long)).map((patch) => patch !== null)).toEqual([
    ...Array<boolean>(15).fill(true),
    false,
  ])
})
