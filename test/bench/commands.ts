/** trust.md row 39: the longest comment that GitHub takes, of what would make a careless parser slow. */
import { parseComment } from '#domain/commands.ts'

import { ROUNDS, digits, median, row } from './bench.ts'
import type { Bench, Row } from './bench.ts'

const COMMENT_CHARS = 65_536
const PARSE_MS_MAX = 5
const PARSES_PER_ROUND = 20

const units = [
  '/agent\n',
  '"',
  "'",
  '`',
  '```\n',
  '<!--',
  '<!-- -->',
  '>',
  '/assign-agent a=\n',
  '~~~\n',
  '=',
  ' ',
  '\n',
  '\r',
  '\r\n',
  '- ',
]

/** The unit alone, after a command, and around one in the middle. */
function comments(unit: string): string[] {
  const filled = unit.repeat(COMMENT_CHARS / unit.length)
  const half = unit.repeat(COMMENT_CHARS / 2 / unit.length)
  return [filled, `/assign-agent ${filled}`, `${half}\n/agent\n${half}`]
}

/** Milliseconds of one parse. */
function timed(comment: string): number {
  const start = performance.now()
  for (let n = 0; n < PARSES_PER_ROUND; n++) parseComment(comment)
  return (performance.now() - start) / PARSES_PER_ROUND
}

export const commands: Bench = {
  id: 'commands',
  title: 'Commands in hostile comments',
  how: `Comments of ${COMMENT_CHARS.toLocaleString('en-US')} characters, each of one of ${units.length} units again and again, alone, after a command and around one. The slowest of all of them.`,
  async run(): Promise<Row[]> {
    const slowest = units.flatMap(comments).map((comment) => {
      const rounds = Array.from({ length: ROUNDS }, () => timed(comment))
      return { comment, ms: median(rounds) }
    })
    const worst = slowest.reduce((a, b) => (b.ms > a.ms ? b : a))
    const unit = JSON.stringify(worst.comment.slice(0, 20))
    const all = digits(slowest.reduce((sum, { ms }) => sum + ms, 0))
    return [
      row(
        'One parse',
        worst.ms,
        '<=',
        PARSE_MS_MAX,
        'ms',
        `it begins ${unit}; all ${slowest.length} together ${all} ms`,
      ),
    ]
  },
}
