/** What is wrong with a command, in words: all of it in one reply that is short, and inert whatever was written. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseComment } from '../commands.ts'
import { PROBLEMS_SHOWN_MAX, invalidText } from './replies.ts'

const REPLY_CHARS_MAX = 4_000

function told(line: string): string {
  const command = parseComment(line)
  return command?.kind === 'invalid' ? invalidText(command.problems, command.command, '') : ''
}
/** What GitHub reads as Markdown and links: everything that is not code. */
const outsideCode = (markdown: string): string => markdown.replace(/(?<!`)(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, '')

describe('the problems of a command', () => {
  test('are a list, also where there is one', () => {
    expect(told('/assign-agent gate=yolo')).toBe(
      'I did not start a run:\n\n- `gate=yolo` is not valid. Use strict, standard, minimal or none.',
    )
    expect(told('/agent cancel r_1')).toBe(
      'I did nothing:\n\n- `r_1` is not the id of a run. It looks like `r_8k2f0q7w3z`.',
    )
    expect(told('/assign-agent gate=yolo gates=none')).toBe(`I did not start a run:

- \`gate=yolo\` is not valid. Use strict, standard, minimal or none.
- unknown option \`gates\`, did you mean \`gate\`?`)
  })

  test('of very many the first are told, and how many more there are', () => {
    const letters = (count: number): string[] => Array.from({ length: count }, (_, n) => String.fromCharCode(97 + n))
    const list = (count: number): string[] =>
      told(
        `/assign-agent ${letters(count)
          .map((letter) => `--${letter}`)
          .join(' ')}`,
      )
        .split('\n')
        .slice(2)
    expect(list(PROBLEMS_SHOWN_MAX)).toHaveLength(PROBLEMS_SHOWN_MAX)
    expect(list(PROBLEMS_SHOWN_MAX).at(-1)).toBe('- unknown option `j`.')
    expect(list(PROBLEMS_SHOWN_MAX + 1).slice(-2)).toEqual(['- unknown option `j`.', '- and 1 more'])
    expect(list(26).slice(-2)).toEqual(['- unknown option `j`.', '- and 16 more'])
  })

  test('what was written stands in code', () => {
    expect(told('/assign-agent stub @octocat=1 model=#1 `gate`=@octocat @acme/team')).toBe(`I did not start a run:

- unexpected \`@octocat=1\`: put instructions on the next line
- \`model=#1\` is not valid. Use a model's name.
- unexpected \`\` \`gate\`=@octocat \`\`: put instructions on the next line
- unexpected \`@acme/team\`: put instructions on the next line`)
  })

  test('row 39: whatever stands on the line, the reply is short and calls nobody', () => {
    const word = fc.oneof(
      fc.constantFrom(
        '@octocat',
        '#1',
        'fixes',
        '`',
        '``',
        '![x](',
        '<img',
        'gate=`@octocat`',
        '--@x',
        'base="@a',
        '=',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    const line = fc.array(word, { minLength: 1, maxLength: 2_000 }).map((words) => `/assign-agent ${words.join(' ')}`)
    const holds = fc.property(line, (text) => {
      const reply = told(text)
      expect(reply.length).toBeLessThanOrEqual(REPLY_CHARS_MAX)
      expect(reply.split('\n').filter((each) => each.startsWith('- ')).length).toBeLessThanOrEqual(
        PROBLEMS_SHOWN_MAX + 1,
      )
      expect(outsideCode(reply)).not.toMatch(/@\w|#\d|!\[|</)
    })
    expect(fc.check(holds, { numRuns: 300 })).toMatchObject({ failed: false })
  })
})
