/**
 * The lines of one Run's log that have been read so far. There may be 100,000, so they are appended in place and readers
 * are told by a number that something came.
 */
import type { LogPage } from '#contracts/api.ts'

export type LogLine = LogPage['lines'][number]

// oxlint-disable-next-line no-control-regex -- the escape is what is looked for
const COLOURS = /\u001B\[[0-9;]*m/g

export interface LogFilter {
  /** Part of a line, in any case. */
  query: string
  level: LogLevel
  source: LogLine['source'] | 'all'
}
export type LogLevel = 'all' | 'warn' | 'error'

export class LogBook {
  readonly lines: LogLine[] = []
  /** The text of each line without its colours, for searching. */
  readonly plain: string[] = []
  /** True once the whole log has been read that there was at that moment. */
  complete = false

  /** The number of the last line that is held, or null. */
  get last(): number | null {
    return this.lines.at(-1)?.line ?? null
  }

  /** Takes a page in; what is held already is passed over. Says whether anything was new. */
  append(page: readonly LogLine[]): boolean {
    const before = this.lines.length
    for (const line of page) {
      if (line.line <= (this.last ?? -1)) continue
      this.lines.push(line)
      this.plain.push(line.text.includes('\u001B') ? line.text.replace(COLOURS, '') : line.text)
    }
    return this.lines.length > before
  }
}

/** Places in the book of the lines that fit, in order; null when every line fits. */
export function matching(book: LogBook, { query, level, source }: LogFilter): number[] | null {
  if (query === '' && level === 'all' && source === 'all') return null
  const wanted = query === '' ? null : pattern(query)
  const found: number[] = []
  for (const [place, line] of book.lines.entries()) {
    if (source !== 'all' && line.source !== source) continue
    if (level === 'error' && line.level !== 'error') continue
    if (level === 'warn' && line.level === 'info') continue
    if (wanted?.test(book.plain[place] ?? '') === false) continue
    found.push(place)
  }
  return found
}

/** Finds the query as it is written, in any case. */
export function pattern(query: string, flags = 'i'): RegExp {
  return new RegExp(query.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`), flags)
}

/** The log as a text file: what, when, from whom. */
export function logText(book: LogBook): string {
  return book.lines
    .map(({ at, source, level }, place) => `${at} ${source} ${level.toUpperCase()} ${book.plain[place] ?? ''}\n`)
    .join('')
}

/** Lines as people count them: from 1. */
export interface LineRange {
  from: number
  to: number
}

/** `L120` or `L120-L140`, with or without the `#`. */
export function parseRange(hash: string): LineRange | null {
  const [, first, second] = /^#?L(\d{1,6})(?:-L?(\d{1,6}))?$/.exec(hash) ?? []
  if (first === undefined) return null
  const ends = [Number(first), Number(second ?? first)]
  return { from: Math.min(...ends), to: Math.max(...ends) }
}

export function formatRange({ from, to }: LineRange): string {
  return from === to ? `L${from}` : `L${from}-L${to}`
}
