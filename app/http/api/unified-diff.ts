/**
 * What differs between two texts, told as GitHub tells it: hunks without a file header. For what is not on GitHub, so
 * that it is shown as what is there.
 */
import { structuredPatch } from 'diff'

import { PATCH_CHARS_MAX } from '../../domain/patches.ts'

const CONTEXT_LINES = 3
/** The time that a comparison takes grows with the square of these: it is to stay below some 20 ms. */
const EDITS_MAX = 300
/** Of either text: those that are the same on both sides take their time, too. */
const LINES_MAX = 20_000
const NO_LAST_LINE_FEED = '\n\\ No newline at end of file'

export interface TextDiff {
  /** Empty where nothing differs; null where it is too long to be shown, or the two are not compared. */
  patch: string | null
  /** Null where the two are not compared: they are too long, or have too little in common. */
  additions: number | null
  deletions: number | null
}

const notCompared: TextDiff = { patch: null, additions: null, deletions: null }

export function unifiedDiff(before: string, after: string): TextDiff {
  if (before === after) return { patch: '', additions: 0, deletions: 0 }
  if (before === '') return { patch: wholePatch('+', after), additions: linesOf(after), deletions: 0 }
  if (after === '') return { patch: wholePatch('-', before), additions: 0, deletions: linesOf(before) }
  if (linesOf(before) > LINES_MAX || linesOf(after) > LINES_MAX) return notCompared
  const options = { context: CONTEXT_LINES, maxEditLength: EDITS_MAX }
  const found = structuredPatch('', '', before, after, '', '', options)
  if (!found) return notCompared
  const count = (sign: string): number => found.hunks.flatMap(({ lines }) => lines).filter((l) => l[0] === sign).length
  const hunks = found.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) =>
    [header(oldStart, oldLines, newStart, newLines), ...lines].join('\n'),
  )
  return { patch: hunks.join('\n'), additions: count('+'), deletions: count('-') }
}

/** What is added or removed whole is no search, and is written down only where it can be shown. */
function wholePatch(sign: '+' | '-', text: string): string | null {
  const lines = linesOf(text)
  if (text.length + lines > PATCH_CHARS_MAX) return null
  const ends = text.endsWith('\n')
  const body = `${sign}${(ends ? text.slice(0, -1) : text).replaceAll('\n', `\n${sign}`)}`
  const head = sign === '+' ? header(1, 0, 1, lines) : header(1, lines, 1, 0)
  return `${head}\n${body}${ends ? '' : NO_LAST_LINE_FEED}`
}

/** A last line counts without its line feed, too. */
function linesOf(text: string): number {
  let lines = text === '' || text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

const header = (oldStart: number, oldLines: number, newStart: number, newLines: number): string =>
  `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`

/** Where there are no lines, the line before is named. */
const range = (start: number, lines: number): string =>
  `${lines === 0 ? start - 1 : start}${lines === 1 ? '' : `,${lines}`}`
