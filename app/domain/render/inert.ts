/**
 * Makes foreign text harmless on GitHub (trust.md row 30). Titles of issues, words of agents and details of errors may
 * hold mentions that notify, keywords that close issues, images that call home, words that turn checks off, or
 * characters that nobody sees. GitHub links `@name` and `#1` after Markdown was rendered, so that a backslash does not
 * stop it and an entity stands for its character; a narrow space does.
 */
import { maskSecrets } from '../secrets.ts'

/** Escape sequences of terminals: colours and titles. The control character that ends a title goes with the rest. */
const ANSI = /(?![\n\t])\p{Cc}(?:\[[0-9;?]*[ -/]*[@-~]|\][^\p{Cc}]{0,1000})/gu
/** Format characters (bidi, zero-width, tags), controls but tab and line feed, private use, and blank fillers. */
const UNSEEN = /[\p{Cf}\p{Co}]|(?![\n\t])\p{Cc}|\u034f|[\u115f\u1160]|\u17b4|\u17b5|\u180e|\u3164|\uffa0/gu
const LINE_SEPARATORS = /\r\n?|[\p{Zl}\p{Zp}\v\f\u0085]/gu
/** Looks like a space, is not invisible, and neither Markdown nor GitHub's linking sees a name or number across it. */
const GAP = '\u202f'
/** No text is looked at beyond this before it is cut to its own limit. */
const READ_CHARS_MAX = 262_144

/** The text without anything that is not seen, and without what is shaped like a secret; line feeds and tabs stay. */
export function visible(text: string): string {
  const seen = text.slice(0, READ_CHARS_MAX).replace(LINE_SEPARATORS, '\n').replace(ANSI, '').replace(UNSEEN, '')
  return maskSecrets(seen).toWellFormed()
}

/** Every entity but those that people write, which stand for nothing that GitHub links. */
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos|nbsp);)(?=#?[A-Za-z0-9]{1,32};)/g
/** GitHub, "Skipping workflow runs": by these words in a message a change would come without its checks. */
const SKIPS_CHECKS = /\[(?=(?:skip ci|ci skip|no ci|skip actions|actions skip)\])/gi

/**
 * Mentions, issue references and closing keywords lose their power; HTML cannot begin; images become links; no checks
 * are skipped.
 */
export function neutral(text: string): string {
  return text
    .replace(ENTITY, `&${GAP}`)
    .replace(SKIPS_CHECKS, `[${GAP}`)
    .replace(/(^|[^A-Za-z0-9])@(?=[A-Za-z0-9_])/g, `$1@${GAP}`)
    .replace(/#(?=\d)/g, `#${GAP}`)
    .replace(/\b(gh\\?-)(?=\d)/gi, `$1${GAP}`)
    .replace(/(\/(?:issues|pulls?|discussions)\\?\/)(?=\d)/gi, `$1${GAP}`)
    .replace(/<(?=[A-Za-z/!?])/g, '‹')
    .replace(/!\[/g, `!${GAP}[`)
}

/** At most `max` code points; what was cut shows as an ellipsis. */
export function cut(text: string, max: number): string {
  const points = Array.from(text.slice(0, 2 * max + 2))
  return points.length <= max && text.length <= 2 * max + 2 ? text : `${points.slice(0, max - 1).join('')}…`
}

/** One line of plain text: for titles, subjects of commits and sentences. */
export function inertLine(text: string, max: number): string {
  return cut(neutral(oneLine(text)), max)
}

/** A code span that its content cannot leave. An empty text gives a span with a space. */
export function codeSpan(text: string, max = 200): string {
  const line = cut(oneLine(text), max)
  const ticks = '`'.repeat(longestRun(line) + 1)
  const pad = line === '' || line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${ticks}${pad}${line}${pad}${ticks}`
}

/** The same for a cell of a table, where a bar would begin the next cell even inside code. */
export function codeCell(text: string, max = 120): string {
  return codeSpan(text.replaceAll('|', '¦').replaceAll('\\', '⧵'), max)
}

/** A fenced block that its content cannot leave. */
export function codeFence(text: string, max: number): string {
  const content = cut(visible(text), max)
  const ticks = '`'.repeat(Math.max(3, longestRun(content) + 1))
  return `${ticks}text\n${content}\n${ticks}`
}

/** Somebody's own words with their Markdown, as a quotation: no heading of it can pass for one of ours. */
export function quoted(text: string, max: number): string {
  const lines = neutral(cut(visible(text).trim(), max)).split('\n')
  return lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n')
}

/** What is seen of a text, as one line. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, ' ').trim()
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0)
}
