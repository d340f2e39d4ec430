/**
 * Looks at a webhook's bytes before anything parses them (trust.md rows 8 and 9). A valid signature says who sent them,
 * not that they are harmless: deep nesting ends stacks, and what two parsers read differently passes one check and
 * fails another. One pass over the text, no recursion.
 */

const PAYLOAD_DEPTH_MAX = 64
const KEYS_PER_OBJECT_MAX = 10_000

export type Inspected = { ok: true; json: unknown } | { ok: false; reason: PayloadProblem }
type PayloadProblem =
  | 'invalid UTF-8'
  | 'NUL character'
  | 'lone surrogate'
  | 'nested deeper than 64'
  | 'duplicate key'
  | 'too many keys'
  | 'invalid JSON'
  | 'not a JSON object'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

export function inspectPayload(bytes: Uint8Array): Inspected {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { ok: false, reason: 'invalid UTF-8' }
  }
  const reason = scan(text)
  if (reason) return { ok: false, reason }
  try {
    const json: unknown = JSON.parse(text)
    const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
    return isObject ? { ok: true, json } : { ok: false, reason: 'not a JSON object' }
  } catch {
    return { ok: false, reason: 'invalid JSON' }
  }
}

/** An open object with its keys so far, or null for an array. */
type Level = Set<string> | null

/** Finds what JSON.parse would let through. It need not find what JSON.parse refuses. */
function scan(text: string): PayloadProblem | null {
  if (text.includes('\u0000')) return 'NUL character'
  const levels: Level[] = []
  /** True where a string would be a key: after `{`, or after `,` in an object. */
  let keyNext = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      if (end < 0) return 'invalid JSON'
      const problem = stringProblem(text, at, end, keyNext ? (levels.at(-1) ?? null) : null)
      if (problem) return problem
      at = end
      keyNext = false
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (levels.length === PAYLOAD_DEPTH_MAX) return 'nested deeper than 64'
      levels.push(code === OPEN_BRACE ? new Set() : null)
      keyNext = code === OPEN_BRACE
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      levels.pop()
      keyNext = false
    } else if (code === COMMA) keyNext = levels.at(-1) instanceof Set
    else if (code === COLON) keyNext = false
  }
  return null
}

/** Index of the closing quote. Jumps from quote to quote and counts the backslashes before each. */
function endOfString(text: string, open: number): number {
  let at = open
  /** Backslashes before this place were looked at already; keeps the whole linear. */
  let floor = open
  for (;;) {
    at = text.indexOf('"', at + 1)
    if (at < 0) return -1
    let slashes = 0
    for (let before = at - 1; before > floor && text.charCodeAt(before) === BACKSLASH; before--) slashes++
    if (slashes % 2 === 0) return at
    floor = at
  }
}

function stringProblem(text: string, open: number, end: number, keys: Level): PayloadProblem | null {
  const raw = text.slice(open, end + 1)
  const escaped = raw.includes('\\')
  if (!escaped && keys === null) return null
  let value = raw.slice(1, -1)
  if (escaped) {
    try {
      value = JSON.parse(raw) as string
    } catch {
      return 'invalid JSON'
    }
    if (value.includes('\u0000')) return 'NUL character'
    if (!value.isWellFormed()) return 'lone surrogate'
  }
  if (keys === null) return null
  if (keys.has(value)) return 'duplicate key'
  if (keys.size === KEYS_PER_OBJECT_MAX) return 'too many keys'
  keys.add(value)
  return null
}
