import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { INSTRUCTIONS_CHARS_MAX } from '../contracts/api.ts'
import { parseAssignFields, parseAssignWords } from './assign-options.ts'
import { COMMAND_LINES_MAX, COMMAND_LINE_CHARS_MAX, parseComment } from './commands.ts'
import { COMMENT_LINES_MAX, commentLines } from './comment-lines.ts'

const COMMENT_CHARS_MAX = 65_536

/** The comment's command without the fields that a test does not name. */
const assign = (body: string) => {
  const command = parseComment(body)
  return command?.kind === 'assign' ? command : null
}
const problems = (body: string) => {
  const command = parseComment(body)
  return command?.kind === 'invalid' ? command.problems : null
}

describe('which lines are commands', () => {
  test.each([
    ['/assign-agent', 'assign'],
    ['/ASSIGN-agent stub', 'assign'],
    ['Could you take this one?\r\n\r\n/assign-agent\r\n', 'assign'],
    ['/agent', 'agent'],
    ['/agent\tcancel', 'agent'],
    ['<!-- template -->/agent status', 'agent'],
    ['> as you said\n\n/agent status', 'agent'],
    ['```\ncode\n```\n/agent status', 'agent'],
    ['<pre>code</pre>\n/agent status', 'agent'],
    ['<pre>\ncode\n</pre>\n/agent status', 'agent'],
    ['I mean the `<pre>` there.\n/agent status', 'agent'],
    ['<previous>\n/agent status', 'agent'],
    ['Use `<!--` in the template.\n\n/agent cancel', 'agent'],
    ['Use ``<!-- ` \\`` in `a` template.\n/agent cancel', 'agent'],
    ['- ```\n  code\n     ```\n/agent status', 'agent'],
  ])('%j is ours', (body, kind) => {
    expect(parseComment(body)?.kind).toBe(kind)
  })

  test.each([
    '',
    'please /assign-agent',
    ' /assign-agent',
    '    /assign-agent',
    '\t/assign-agent',
    '> /assign-agent',
    '`/assign-agent`',
    '```\n/assign-agent\n```',
    '~~~sh\n/assign-agent\n```\n/agent cancel\n~~~~',
    '- ```\n/assign-agent\n  ```',
    '````\n```\n/assign-agent\n```\n````',
    '```\n/assign-agent and the fence stays open',
    '```\ncode\n     ```\n/assign-agent\n```',
    '```\ncode\n\t```\n/assign-agent\n```',
    '<pre>\n/assign-agent\n</pre>',
    '<PRE class=x><code>\n/assign-agent\n</code>\n/assign-agent',
    '<!--\n/assign-agent\n-->',
    '<!-- /assign-agent -->',
    '<!-- open\n/assign-agent',
    'no ` span <!--\n/assign-agent\n-->',
    'one `that\nends` here <!-- `\n/assign-agent\n-->',
    'none \\` either <!-- `\n/assign-agent\n-->',
    '<a title="`"> <!-- `\n/assign-agent\n-->',
    '<!-- a -->`<!--`\n/assign-agent',
    '/assign-agents',
    '/agents',
    '/agent-status',
    '/assign-agent.',
    '/assign',
    '/assign @octocat',
    '/unassign',
    '/cc @octocat',
    '/lgtm',
    '/approve',
    '/retest',
    '/test all',
    '/kind bug',
    '@mergifyio rebase',
    '@dependabot rebase',
    'bors r+',
  ])('%j is not', (body) => {
    expect(parseComment(body)).toBeNull()
  })

  test("Prow's regular expressions do not match ours", () => {
    // prow/plugins/assign/assign.go and prow/plugins/lgtm, approve, hold, retest as of 2025.
    const prow = [/^\/(un)?assign(( @?[-\w]+?)*)\s*$/im, /^\/(un)?cc(( +@?[-/\w]+?)*)\s*$/im, /^\/hold(\s.*)?$/im]
    for (const ours of ['/assign-agent', '/assign-agent stub', '/agent cancel', '/agent help']) {
      expect(prow.filter((pattern) => pattern.test(ours))).toEqual([])
    }
  })
})

describe('/assign-agent', () => {
  test('takes the agent as a bare word or by name, and options', () => {
    expect(assign('/assign-agent')).toMatchObject({ agent: null, options: {}, instructions: '' })
    expect(assign('/assign-agent Stub')).toMatchObject({ agent: 'stub' })
    expect(assign('/assign-agent agent=stub base=release/1.2 timeout=90s')).toMatchObject({
      agent: 'stub',
      options: { base: 'release/1.2', timeoutMs: 90_000 },
    })
    expect(
      assign('/assign-agent stub --gate=strict priority=high draft=false --dry-run plan model="x-1"'),
    ).toMatchObject({
      options: { gate: 'strict', priority: 'high', draft: false, dryRun: true, plan: true, model: 'x-1' },
    })
  })

  test('lines below are the instructions, code included and hidden text left out', () => {
    const body =
      'Hello\n/assign-agent stub\nPlease keep the API.\n\n```js\nlet a = 1\n```\n<!-- not this -->\n/agent cancel\nBye'
    expect(assign(body)).toMatchObject({
      instructions: 'Please keep the API.\n\n```js\nlet a = 1\n```\n\nBye',
      extraCommands: 1,
    })
  })

  test('tells all problems at once', () => {
    expect(problems('/assign-agent gate=yolo gates=none timeout=5 timeout=1m --fast base=a..b')).toEqual([
      { code: 'bad_value', option: 'gate', value: 'yolo', expected: 'strict, standard, minimal or none' },
      { code: 'unknown_option', option: 'gates', suggestion: 'gate' },
      { code: 'bad_value', option: 'timeout', value: '5', expected: 'a time like 90s, 30m or 2h' },
      { code: 'repeated_option', option: 'timeout' },
      { code: 'unknown_option', option: 'fast', suggestion: null },
      { code: 'bad_value', option: 'base', value: 'a..b', expected: 'the name of an existing branch' },
    ])
  })

  test('tells each problem once, and all that can be read is looked at', () => {
    expect(problems('/assign-agent timeout=1m timeout=5 timeout=5 x=1 x=2 --x do do')).toEqual([
      { code: 'repeated_option', option: 'timeout' },
      { code: 'bad_value', option: 'timeout', value: '5', expected: 'a time like 90s, 30m or 2h' },
      { code: 'unknown_option', option: 'x', suggestion: null },
      { code: 'unexpected_word', word: 'do' },
    ])
    expect(problems(`/assign-agent gate=yolo\n${'x'.repeat(20_001)}`)).toEqual([
      { code: 'instructions_too_long', max: 20_000 },
      { code: 'bad_value', option: 'gate', value: 'yolo', expected: 'strict, standard, minimal or none' },
    ])
  })

  test('what is right beside a problem is kept, so that it can be looked at too', () => {
    expect(parseComment('/assign-agent nobody gate=yolo timeout=9h')).toMatchObject({
      kind: 'invalid',
      command: 'assign-agent',
      agent: 'nobody',
      options: { timeoutMs: 32_400_000 },
      problems: [{ code: 'bad_value', option: 'gate' }],
    })
  })

  test('words that belong on the next line are an error, not silently instructions', () => {
    expect(problems("/assign-agent stub don't break it")).toEqual([
      { code: 'unexpected_word', word: "don't" },
      { code: 'unexpected_word', word: 'break' },
      { code: 'unexpected_word', word: 'it' },
    ])
    expect(problems('/assign-agent base="main')).toEqual([{ code: 'open_quote' }])
  })

  test('a line of more than 300 characters is refused', () => {
    expect(problems(`/assign-agent ${'x'.repeat(300)}`)).toEqual([{ code: 'line_too_long', max: 300 }])
    expect(problems(`/assign-agent\n${'\n'.repeat(9_000)}x`)).toEqual([{ code: 'instructions_too_long', max: 20_000 }])
    expect(problems(`/assign-agent\n${'x'.repeat(20_001)}`)).toEqual([{ code: 'instructions_too_long', max: 20_000 }])
  })
})

describe('the fields of a request', () => {
  test.each<[Parameters<typeof parseAssignFields>[0], string]>([
    [{}, ''],
    [
      { agent: 'Stub', base: 'release/1.2', timeout: '90s', draft: false },
      'Stub base=release/1.2 timeout=90s draft=false',
    ],
    [{ gate: 'none', draft: true, dryRun: true, plan: true }, 'gate=none draft=true dry-run plan'],
    [{ dryRun: false, plan: false }, ''],
    [{ agent: '', base: 'a..b', gate: 'yolo', timeout: '5' }, 'agent= base=a..b gate=yolo timeout=5'],
  ])('%j are read as the words "%s" are', (fields, words) => {
    expect(parseAssignFields(fields)).toEqual(parseAssignWords(words))
  })
})

describe('/agent', () => {
  test('has verbs, a Run id and text', () => {
    expect(parseComment('/agent ?')).toMatchObject({ verb: 'help' })
    expect(parseComment('/agent cancel')).toMatchObject({ verb: 'cancel', runId: null, text: '' })
    expect(parseComment('/agent Cancel R_8k2f0q7w3z too slow')).toMatchObject({
      runId: 'r_8k2f0q7w3z',
      text: 'too slow',
    })
    expect(parseComment('/agent say use tabs\nand spaces')).toMatchObject({ verb: 'say', text: 'use tabs\nand spaces' })
  })

  test('guesses what was meant', () => {
    expect(problems('/agent cancle')).toEqual([{ code: 'unknown_verb', verb: 'cancle', suggestion: 'cancel' }])
    // Nobody is led to a verb that only says that it does not work yet.
    expect(problems('/agent sya use tabs')).toEqual([{ code: 'unknown_verb', verb: 'sya', suggestion: 'say' }])
    expect(problems('/agent aprove')).toEqual([{ code: 'unknown_verb', verb: 'aprove', suggestion: null }])
    expect(problems('/agent make coffee')).toEqual([{ code: 'unknown_verb', verb: 'make', suggestion: null }])
    expect(problems('/agent cancel r_8k2f')).toEqual([{ code: 'bad_run_id', given: 'r_8k2f' }])
  })
})

describe('hostile comments', () => {
  test('any text of any shape is parsed without an exception', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '/assign-agent ',
        '/agent ',
        '\n',
        '\r\n',
        '`',
        '```',
        '~~~',
        '<!--',
        '-->',
        '"',
        "'",
        '=',
        '--',
        '>',
      ),
    )
    const body = fc.array(piece, { maxLength: 80 }).map((parts) => parts.join(''))
    const holds = fc.property(body, (text) => {
      const command = parseComment(text)
      expect(command?.extraCommands ?? 0).toBeLessThan(COMMAND_LINES_MAX)
      expect(command !== null || !/^\/agent(\r|\n|$)/.test(text)).toBe(true)
    })
    expect(fc.check(holds, { numRuns: 1_000 })).toMatchObject({ failed: false })
  })

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
  ]
  /** A comment as long as GitHub allows, of these parts again and again. */
  const filled = (parts: readonly string[]): string => {
    const unit = parts.join('') || ' '
    return unit.repeat(Math.ceil(COMMENT_CHARS_MAX / unit.length)).slice(0, COMMENT_CHARS_MAX)
  }

  // That the expressions are linear is held by test/regexps.test.ts, and the time is measured by `npm run bench`.
  test('row 39: of 64 KB of anything a bounded part is looked at, and what is told of it is short', () => {
    const pattern = fc.array(fc.oneof(fc.constantFrom(...units), fc.string({ unit: 'binary', maxLength: 20 })), {
      minLength: 1,
      maxLength: 6,
    })
    const holds = fc.property(pattern, fc.boolean(), (parts, commandFirst) => {
      const text = `${commandFirst ? '/assign-agent ' : ''}${filled(parts)}`
      expect(commentLines(text).length).toBeLessThanOrEqual(COMMENT_LINES_MAX + 1)
      const command = parseComment(text)
      expect(command?.extraCommands ?? 0).toBeLessThan(COMMAND_LINES_MAX)
      const kept = command?.kind === 'assign' ? command.instructions : command?.kind === 'agent' ? command.text : ''
      expect(kept.length).toBeLessThanOrEqual(INSTRUCTIONS_CHARS_MAX + COMMAND_LINE_CHARS_MAX)
    })
    expect(fc.check(holds, { numRuns: 60 })).toMatchObject({ failed: false })
  })
})
