/**
 * Which lines of a comment are the author's own words in plain sight: a command that is quoted, shown as code or
 * hidden in an HTML comment is not an order. One pass over the lines, so that no comment can make it slow.
 */

export interface CommentLine {
  /** The line with HTML comments taken out. */
  text: string
  /** False inside fenced code, indented code and quotes. */
  own: boolean
}

/** An opening fence, also as the first thing of a list item. The info string of a backtick fence has no backtick. */
const FENCE_OPEN = /^( {0,3}(?:[-*+] {1,4}|\d{1,9}[.)] {1,4})?)(`{3,}(?=[^`]*$)|~{3,})/
const FENCE_CLOSE = /^([ \t]*)(`{3,}|~{3,})[ \t]*$/
/** A fence that is indented by more than these, counted from its list item, is content (CommonMark 4.5). */
const FENCE_INDENT_MAX = 3
const LIST_ITEM = /[-*+.)]/
/** What stands between these is shown as code. */
const CODE_TAG = /<\/?(?:pre|code)[\s>/]/i
const BACKTICK_OR_CODE_TAG = /`|<(\/?)(?:pre|code)(?=[\s>/])/gi
const SPAN_OR_TAG = /[<\\]|`+/g
const QUOTED_OR_INDENTED = /^(?: {0,3}>| {4}| {0,3}\t)/

/** A comment of more lines is not read to its end; a command up to here is refused for what is below it. */
export const COMMENT_LINES_MAX = 5_000
const EMPTY: CommentLine = { text: '', own: true }

/** The lines in order, one more than the maximum at most. Text of HTML comments is gone everywhere except in code, where it is shown as it stands. */
export function commentLines(body: string): CommentLine[] {
  const lines: CommentLine[] = []
  let fence: Fence | null = null
  let codeTags = 0
  let hidden = false
  /** Whether code spans can be told: nothing of this paragraph so far may have begun a tag or a longer span. */
  let plain = true
  for (const ended of body.split('\n', COMMENT_LINES_MAX + 1)) {
    const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended
    if (fence !== null) {
      if (closes(fence, line)) fence = null
      lines.push({ text: line, own: false })
      continue
    }
    if (line === '' && !hidden) {
      lines.push(EMPTY)
      plain = true
      continue
    }
    const shown: number = plain && !hidden ? plainUpTo(line) : 0
    plain = shown === line.length
    const seen = withoutHtmlComments(line, hidden, shown)
    hidden = seen.hidden
    fence = fenceOf(seen.text)
    const own = fence === null && codeTags === 0 && !QUOTED_OR_INDENTED.test(seen.text)
    if (fence === null) codeTags = openTags(seen.text, codeTags)
    lines.push({ text: seen.text, own: own && codeTags === 0 })
  }
  return lines
}

interface Fence {
  mark: string
  /** How far a closing fence may be indented. */
  indentMax: number
}

function fenceOf(line: string): Fence | null {
  const [, before = '', mark] = FENCE_OPEN.exec(line) ?? []
  if (mark === undefined) return null
  // Inside a list item the content begins after its mark.
  const indentMax = FENCE_INDENT_MAX + (LIST_ITEM.test(before) ? before.length : 0)
  return { mark, indentMax }
}

function closes({ mark, indentMax }: Fence, line: string): boolean {
  const [, before = '', close = ''] = FENCE_CLOSE.exec(line) ?? []
  return close[0] === mark[0] && close.length >= mark.length && !before.includes('\t') && before.length <= indentMax
}

/** How many `<pre>` and `<code>` are open after a line; one that is never closed shows all that follows as code. */
function openTags(line: string, before: number): number {
  let open = before
  if (!CODE_TAG.test(line)) return open
  let shown = false
  for (const [found, slash] of line.matchAll(BACKTICK_OR_CODE_TAG)) {
    // A tag between backticks is itself shown, and opens nothing.
    if (found === '`') shown = !shown
    else if (!shown) open = slash ? Math.max(0, open - 1) : open + 1
  }
  return open
}

/** How far a line is text and closed code spans and nothing else: a `<!--` in there is shown as it stands. */
function plainUpTo(line: string): number {
  let open: { ticks: string; at: number } | null = null
  for (const { 0: found, index } of line.matchAll(SPAN_OR_TAG)) {
    if (open === null) {
      // A backslash may take a backtick its meaning, and a tag may hold one.
      if (!found.startsWith('`')) return index
      open = { ticks: found, at: index }
    } else if (found === open.ticks) open = null
  }
  return open === null ? line.length : open.at
}

/** Takes `<!-- … -->` out of a line from `shown` on; an open one hides what follows until it is closed, or to the end. */
function withoutHtmlComments(line: string, hiddenBefore: boolean, shown: number): { text: string; hidden: boolean } {
  if (!hiddenBefore && line.indexOf('<!--', shown) < 0) return { text: line, hidden: false }
  const kept = [line.slice(0, shown)]
  let hidden = hiddenBefore
  let at = shown
  while (at <= line.length) {
    const next = line.indexOf(hidden ? '-->' : '<!--', at)
    if (!hidden) kept.push(next < 0 ? line.slice(at) : line.slice(at, next))
    if (next < 0) break
    at = next + (hidden ? '-->'.length : '<!--'.length)
    hidden = !hidden
  }
  return { text: kept.join(''), hidden }
}
