/**
 * The words after `/assign-agent`, an agent's name, options and flags, and the same as fields of a request: one grammar
 * for every way to start a Run. All problems are told at once.
 */
import type { AssignRequest } from '../contracts/api.ts'
import { closest } from './suggest.ts'

export interface AssignOptions {
  base?: string
  gate?: 'strict' | 'standard' | 'minimal' | 'none'
  timeoutMs?: number
  priority?: 'low' | 'normal' | 'high'
  draft?: boolean
  model?: string
  dryRun?: true
  plan?: true
}

/** What is wrong with a command, as data; `render/replies.ts` has the words. */
export type CommandProblem =
  | { code: 'bad_value'; option: string; value: string; expected: string }
  | { code: 'unknown_option'; option: string; suggestion: string | null }
  | { code: 'repeated_option'; option: string }
  | { code: 'unexpected_word'; word: string }
  | { code: 'open_quote' }
  | { code: 'line_too_long'; max: number }
  | { code: 'instructions_too_long'; max: number }
  | { code: 'unknown_verb'; verb: string; suggestion: string | null }
  | { code: 'bad_run_id'; given: string }
  | { code: 'unknown_agent'; agent: string; suggestion: string | null; known: readonly string[] }
  | { code: 'timeout_over_cap'; capMs: number }
  | { code: 'base_not_found'; base: string }
  | { code: 'gate_needs_admin'; repository: string }
  | { code: 'priority_needs_maintain'; repository: string }
  /** `instead`: what of the same option works already. */
  | { code: 'not_yet'; option: string; instead?: string }

export interface ParsedWords {
  /** What is valid, also beside problems; of an option that is repeated, the last valid value. */
  agent: string | null
  options: AssignOptions
  /** Each different one once, in the order of the line. */
  problems: CommandProblem[]
}

const AGENT_NAME = /^[a-z][a-z0-9-]{0,63}$/i
const KEY_VALUE = /^(?:--)?([a-z][a-z-]{0,31})=(.*)$/is
const DURATION = /^(\d{1,5})(s|m|h)$/
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const
const REF_CHARS_MAX = 200
const flags = ['dry-run', 'plan'] as const
const keys = ['agent', 'base', 'gate', 'timeout', 'priority', 'draft', 'model'] as const
const gates = ['strict', 'standard', 'minimal', 'none'] as const
const priorities = ['low', 'normal', 'high'] as const
type OptionName = (typeof keys)[number] | (typeof flags)[number]

/** Reads the rest of the command line. Never throws; whatever does not fit becomes a problem. */
export function parseAssignWords(rest: string): ParsedWords {
  const { words, openQuote } = splitWords(rest)
  const parsed: ParsedWords = { agent: null, options: {}, problems: openQuote ? [{ code: 'open_quote' }] : [] }
  const seen = new Set<string>()
  for (const [index, word] of words.entries()) readWord(parsed, seen, word, index)
  const each = new Map(parsed.problems.map((problem) => [JSON.stringify(problem), problem]))
  return { ...parsed, problems: [...each.values()] }
}

/** Reads the fields of a request by the rules of the command line. A flag that is false is one that is not there. */
export function parseAssignFields({
  agent,
  base,
  gate,
  timeout,
  priority,
  draft,
  dryRun,
  plan,
}: AssignRequest): ParsedWords {
  const parsed: ParsedWords = { agent: null, options: {}, problems: [] }
  const given = [
    ['agent', agent],
    ['base', base],
    ['gate', gate],
    ['timeout', timeout],
    ['priority', priority],
    ['draft', draft?.toString()],
    ['dry-run', dryRun ? null : undefined],
    ['plan', plan ? null : undefined],
  ] as const
  for (const [name, value] of given) if (value !== undefined) takeOption(parsed, name, value)
  return parsed
}

function readWord(parsed: ParsedWords, seen: Set<string>, word: string, index: number): void {
  const pair = KEY_VALUE.exec(word)
  const bare = word.replace(/^--/, '').toLowerCase()
  const name = pair ? pair[1]!.toLowerCase() : bare
  const isFlag = flags.some((flag) => flag === name)
  const isKey = keys.some((key) => key === name)
  if (!pair && !isFlag && !isKey) {
    if (index === 0 && !word.startsWith('--') && AGENT_NAME.test(word)) {
      parsed.agent = bare
      seen.add('agent')
    } else if (word.startsWith('--')) parsed.problems.push(unknownOption(name))
    else parsed.problems.push({ code: 'unexpected_word', word })
    return
  }
  if (!isFlag && !isKey) return void parsed.problems.push(unknownOption(name))
  if (seen.has(name)) parsed.problems.push({ code: 'repeated_option', option: name })
  seen.add(name)
  takeOption(parsed, name as OptionName, pair ? pair[2]! : null)
}

function takeOption(parsed: ParsedWords, name: OptionName, value: string | null): void {
  const expected = readOption(parsed, name, value)
  if (expected) parsed.problems.push({ code: 'bad_value', option: name, value: value ?? '', expected })
}

function unknownOption(option: string): CommandProblem {
  return { code: 'unknown_option', option, suggestion: closest(option, [...keys, ...flags]) }
}

/** Stores a valid value; otherwise answers with what would have been one. */
function readOption(parsed: ParsedWords, name: OptionName, value: string | null): string | null {
  const { options } = parsed
  switch (name) {
    case 'agent':
      if (value === null || !AGENT_NAME.test(value)) return "an agent's name"
      parsed.agent = value.toLowerCase()
      return null
    case 'base':
      if (value === null || !isRefSafe(value)) return 'the name of an existing branch'
      options.base = value
      return null
    case 'gate': {
      const gate = gates.find((g) => g === value)
      if (!gate) return 'strict, standard, minimal or none'
      options.gate = gate
      return null
    }
    case 'timeout': {
      const timeoutMs = durationMs(value ?? '')
      if (timeoutMs === null) return 'a time like 90s, 30m or 2h'
      options.timeoutMs = timeoutMs
      return null
    }
    case 'priority': {
      const priority = priorities.find((p) => p === value)
      if (!priority) return 'low, normal or high'
      options.priority = priority
      return null
    }
    case 'draft':
      if (value !== 'true' && value !== 'false') return 'true or false'
      options.draft = value === 'true'
      return null
    case 'model':
      if (!value || !/^[\w.:/-]{1,100}$/.test(value)) return "a model's name"
      options.model = value
      return null
    case 'dry-run':
      if (value !== null) return 'nothing: it is a flag'
      options.dryRun = true
      return null
    case 'plan':
      if (value !== null) return 'nothing: it is a flag'
      options.plan = true
      return null
  }
}

function durationMs(text: string): number | null {
  const match = DURATION.exec(text)
  const ms = match ? Number(match[1]) * UNIT_MS[match[2] as 's' | 'm' | 'h'] : 0
  return ms > 0 ? ms : null
}

/** The part of git's rules for ref names (git-check-ref-format) that a branch name of GitHub has to keep. */
function isRefSafe(ref: string): boolean {
  if (ref === '' || ref.length > REF_CHARS_MAX) return false
  // eslint-disable-next-line no-control-regex -- control characters are exactly what a ref may not hold
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.\/|\/\.|\.lock(?:\/|$)/.test(ref)) return false
  return !/^[-/.@]|[/.]$/.test(ref) && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(ref)
}

/** Words between spaces; quotes hold a value together and are taken off. One pass. */
function splitWords(text: string): { words: string[]; openQuote: boolean } {
  const words: string[] = []
  let word = ''
  let inWord = false
  let quote: string | null = null
  for (const char of text) {
    if (quote !== null) {
      if (char === quote) quote = null
      else word += char
    } else if (char === ' ' || char === '\t') {
      if (inWord) words.push(word)
      word = ''
      inWord = false
    } else if ((char === '"' || char === "'") && word.endsWith('=')) {
      quote = char
    } else {
      word += char
      inWord = true
    }
  }
  if (inWord) words.push(word)
  return { words, openQuote: quote !== null }
}
