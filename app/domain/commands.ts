/**
 * The command grammar of comments (surfaces.md 1.3). Deliberately narrow: a command stands alone at the start of a
 * line of the author's own words, the first one counts, and commands of other bots are none of ours.
 */
import { INSTRUCTIONS_CHARS_MAX } from '../contracts/api.ts'
import { RunId } from '../contracts/ids.ts'
import { parseAssignWords } from './assign-options.ts'
import type { AssignOptions, CommandProblem } from './assign-options.ts'
import { COMMENT_LINES_MAX, commentLines } from './comment-lines.ts'
import type { CommentLine } from './comment-lines.ts'
import { closest } from './suggest.ts'

const verbs = ['help', 'status', 'cancel', 'pause', 'resume', 'retry', 'say', 'approve', 'reject', 'kill'] as const
export type Verb = (typeof verbs)[number]
/** Part of the grammar, and refused by name until something stands behind them; nobody is led to one. */
const notYet: ReadonlySet<Verb> = new Set(['approve', 'reject'])
const suggested = verbs.filter((verb) => !notYet.has(verb))

/** `extraCommands`: how many further command lines the comment holds; none of them is run. */
export type Command =
  | {
      kind: 'assign'
      agent: string | null
      options: AssignOptions
      instructions: string
      extraCommands: number
    }
  | { kind: 'agent'; verb: Verb; runId: string | null; text: string; extraCommands: number }
  | {
      kind: 'invalid'
      command: 'assign-agent'
      /** What could be read all the same: what is wrong with that is told in the same reply. */
      agent: string | null
      options: AssignOptions
      problems: CommandProblem[]
      extraCommands: number
    }
  | { kind: 'invalid'; command: 'agent'; problems: CommandProblem[]; extraCommands: number }

/** trust.md row 39. */
export const COMMAND_LINES_MAX = 64
export const COMMAND_LINE_CHARS_MAX = 300

/** Most comments are none of ours; this look spares them the rest. */
const MENTIONED = /\/(?:assign-)?agent/i
const SLASH = 0x2f
const COMMAND = /^\/(assign-agent|agent)(?:[ \t]+|$)/i

/** The comment's command, or null when it holds none of ours; then nothing at all is to be done. */
export function parseComment(body: string): Command | null {
  if (!MENTIONED.test(body)) return null
  const lines = commentLines(body.trimEnd())
  const found: number[] = []
  for (let index = 0; index < lines.length && found.length < COMMAND_LINES_MAX; index++) {
    const { own, text } = lines[index]!
    if (own && text.charCodeAt(0) === SLASH && COMMAND.test(text)) found.push(index)
  }
  const first = found[0]
  if (first === undefined) return null
  const below = lines.length > COMMENT_LINES_MAX ? null : textBelow(lines, new Set(found), first)
  return parseCommandLine(lines[first]!.text.trimEnd(), below, found.length - 1)
}

/** The lines after the command without further commands and without empty lines around them. */
function textBelow(lines: readonly CommentLine[], commands: ReadonlySet<number>, first: number): string {
  let last = lines.length - 1
  while (last > first && lines[last]!.text === '') last--
  const kept: string[] = []
  for (let index = first + 1; index <= last; index++) {
    if (!commands.has(index)) kept.push(lines[index]!.text)
  }
  return kept.join('\n').trim()
}

/** `below` is null when there is more of it than is read. */
function parseCommandLine(line: string, below: string | null, extraCommands: number): Command {
  const match = COMMAND.exec(line)!
  const command = match[1]!.toLowerCase() as 'assign-agent' | 'agent'
  const problems: CommandProblem[] = []
  if (line.length > COMMAND_LINE_CHARS_MAX) problems.push({ code: 'line_too_long', max: COMMAND_LINE_CHARS_MAX })
  if (below === null || below.length > INSTRUCTIONS_CHARS_MAX) {
    problems.push({ code: 'instructions_too_long', max: INSTRUCTIONS_CHARS_MAX })
  }
  const rest = line.slice(match[0].length)
  if (command === 'agent') {
    if (below === null || problems.length > 0) return { kind: 'invalid', command, problems, extraCommands }
    return parseAgent(rest, below, extraCommands)
  }
  // A line that is too long is not read: most of it is instructions in the wrong place.
  const parsed = parseAssignWords(line.length > COMMAND_LINE_CHARS_MAX ? '' : rest)
  const { agent, options } = parsed
  problems.push(...parsed.problems)
  if (below === null || problems.length > 0) {
    return { kind: 'invalid', command, agent, options, problems, extraCommands }
  }
  return { kind: 'assign', agent, options, instructions: below, extraCommands }
}

function parseAgent(rest: string, below: string, extraCommands: number): Command {
  const words = rest.split(/[ \t]+/).filter((word) => word !== '')
  const given = words.shift() ?? 'help'
  const verb = given === '?' ? 'help' : verbs.find((v) => v === given.toLowerCase())
  const invalid = (problem: CommandProblem): Command => ({
    kind: 'invalid',
    command: 'agent',
    problems: [problem],
    extraCommands,
  })
  if (!verb) return invalid({ code: 'unknown_verb', verb: given, suggestion: closest(given, suggested) })
  const id = words[0]?.toLowerCase().startsWith('r_') ? words.shift()!.toLowerCase() : null
  if (id !== null && !RunId.safeParse(id).success) return invalid({ code: 'bad_run_id', given: id })
  return { kind: 'agent', verb, runId: id, text: [words.join(' '), below].join('\n').trim(), extraCommands }
}
