/**
 * Checks what comes in against a route's schemas. Parameters are plain strings, each at most once: what a lenient
 * parser would turn into arrays or operators is refused (trust.md row 22).
 */
import type { z } from 'zod'

import { ProblemError } from './problem.ts'

const PARAMETERS_MAX = 50
const ERRORS_MAX = 20
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const JSON_DEPTH_MAX = 64

/** The parameters of a query string. Throws `bad_request`. */
function parseQuery(url: string): Record<string, string> {
  const start = url.indexOf('?')
  const parameters = new URLSearchParams(start === -1 ? '' : url.slice(start))
  const query: Record<string, string> = {}
  for (const [name, value] of parameters) {
    if (!NAME.test(name)) throw bad(`The parameter ${JSON.stringify(name.slice(0, 64))} is not known here.`)
    if (Object.hasOwn(query, name)) throw bad(`The parameter ${name} stands there twice; give it once.`)
    query[name] = value
    if (parameters.size > PARAMETERS_MAX) throw bad('There are too many parameters.')
  }
  return query
}

/** A route without a query schema takes no parameter at all. */
export function checkQuery(url: string, schema: z.ZodType | undefined): unknown {
  const query = parseQuery(url)
  if (schema) return check(schema, query, 'bad_request')
  const [unknown] = Object.keys(query)
  if (unknown !== undefined) throw bad(`The parameter ${unknown} is not known here.`)
  return {}
}

/** Throws `code` with the places that do not fit. */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: 'bad_request' | 'unprocessable',
): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues
    .slice(0, ERRORS_MAX)
    .map(({ path, message }) => ({ path: path.map(String).join('.').slice(0, 200), message: message.slice(0, 300) }))
  throw new ProblemError(code, { errors })
}

const asGiven = (text: string): string => text

/**
 * JSON from bytes: valid UTF-8, not nested deeper than 64, without keys that JavaScript gives a meaning of their own.
 * `mended` has every text in it, and may refuse it. Throws `bad_request` (no JSON) or `unprocessable`.
 */
export function parseJson(bytes: Uint8Array, mended: (text: string) => string = asGiven): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ProblemError('bad_request', { detail: 'The body is not valid UTF-8.', cause })
  }
  if (depthOf(text) > JSON_DEPTH_MAX) throw bad(`The body is nested deeper than ${JSON_DEPTH_MAX} levels.`)
  try {
    return JSON.parse(text, (key, value: unknown) => {
      refuseMagicKey(key)
      return typeof value === 'string' ? mended(value) : value
    })
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause
    throw new ProblemError('bad_request', { detail: 'The body is not valid JSON.', cause })
  }
}

/** Half a character pair, which an escape can smuggle into JSON, is another text once it was stored: it becomes U+FFFD. */
export const parseTexts = (bytes: Uint8Array): unknown => parseJson(bytes, (text) => text.toWellFormed())

/** What is signed is stored as it was signed, so nothing in it may be mended: it is refused. Throws like `parseJson`. */
export const parseSigned = (bytes: Uint8Array): unknown => parseJson(bytes, refuseHalfPair)

function refuseHalfPair(text: string): string {
  if (text.isWellFormed()) return text
  const detail = 'A text in the payload has half a character pair in it. Send U+FFFD in its place, and sign that.'
  throw new ProblemError('unprocessable', { detail })
}

function refuseMagicKey(key: string): void {
  if (key === '__proto__' || key === 'constructor' || key === 'prototype') {
    throw new ProblemError('unprocessable', { detail: `The key ${key} is not accepted.` })
  }
}

/** How deep brackets nest outside of strings, in one pass, before a parser is let at the text. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (c === 0x7d || c === 0x5d) depth--
  }
  return deepest
}

function bad(detail: string): ProblemError {
  return new ProblemError('bad_request', { detail })
}
