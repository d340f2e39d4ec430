import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { codeCell, codeFence, codeSpan, cut, inertLine, quoted, visible } from './inert.ts'

/** What GitHub would link, notify or hide. */
const live =
  /(^|[^A-Za-z0-9_])@[A-Za-z0-9]|#\d|\bgh-\d|\/(?:issues|pull|discussions)\/\d|<[A-Za-z/!?]|!\[|(?![\n\t])\p{Cc}|\p{Cf}/iu

describe('row 30', () => {
  test.each([
    ['fixes #1, closes acme/shop#2 and GH-3', 'fixes #\u202f1, closes acme/shop#\u202f2 and GH-\u202f3'],
    ['ask @acme/team or @octocat', 'ask @\u202facme/team or @\u202foctocat'],
    ['mail me@example.com', 'mail me@example.com'],
    ['fixes https://github.com/acme/shop/issues/1', 'fixes https://github.com/acme/shop/issues/\u202f1'],
    ['a\r\nb\tc', 'a b c'],
    ['\u001b[31mred\u001b[0m \u001b]0;title\u0007x', 'red x'],
    ['\u202egnp.exe\u202c z\u200bero \ufeffwidth', 'gnp.exe zero width'],
    ['a <!-- hidden --> b', 'a ‹!-- hidden --> b'],
    ['![pixel](https://evil.example/x.png)', '!\u202f[pixel](https://evil.example/x.png)'],
    ['!!![pixel](https://evil.example/x.png)', '!!!\u202f[pixel](https://evil.example/x.png)'],
    ['<img src=x onerror=alert(1)>', '‹img src=x onerror=alert(1)>'],
    ['1 < 2', '1 < 2'],
    ['&commat;acme @&#x6f;ctocat', '&\u202fcommat;acme @&\u202f#x6f;ctocat'],
    ['fixes &num;1, gh\\-2 and GH&#45;3', 'fixes &\u202fnum;1, gh\\-\u202f2 and GH&\u202f#\u202f45;3'],
    ['/issues\\/1 /pull&sol;2', '/issues\\/\u202f1 /pull&\u202fsol;2'],
    ['a &amp; b &lt;c&gt; &quot;d&quot;&nbsp;R&D; x', 'a &amp; b &lt;c&gt; &quot;d&quot;&nbsp;R&\u202fD; x'],
    ['Fix it [skip ci] [CI skip]', 'Fix it [\u202fskip ci] [\u202fCI skip]'],
    ['[no ci], [skip actions] and [actions skip]', '[\u202fno ci], [\u202fskip actions] and [\u202factions skip]'],
    ['Edit AKIAIOSFODNN7EXAMPLE.txt', 'Edit [secret].txt'],
    [`npm\u200b_${'x'.repeat(36)} leaked`, '[secret] leaked'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nand more', '[secret] and more'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE', '[secret]'],
  ])('%j becomes inert', (text, expected) => {
    expect(inertLine(text, 200)).toBe(expected)
  })

  test('titles are cut to whole characters', () => {
    expect(inertLine('x'.repeat(300), 256)).toHaveLength(256)
    expect(inertLine('😀'.repeat(300), 256)).toBe(`${'😀'.repeat(255)}…`)
    expect(cut('abc', 3)).toBe('abc')
    expect(inertLine('a'.repeat(1_000_000), 256)).toHaveLength(256)
  })

  test('nothing comes out alive, whatever goes in', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('@', '#', '1', 'a', '<', '!', '[', '`', '\u200b', '\u202e', 'gh-', '/issues/', ' ', '\n'),
    )
    const text = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''))
    const inert = fc.property(text, (given) => {
      expect(inertLine(given, 100)).not.toMatch(live)
      expect(quoted(given, 200)).not.toMatch(live)
      expect(quoted(given, 200)).toMatch(/^(>[^\n]*\n?)+$/)
    })
    expect(fc.check(inert, { numRuns: 1_000 })).toMatchObject({ failed: false })
  })
})

test('no content leaves a code span or a fence', () => {
  const text = fc.array(
    fc.oneof(fc.constantFrom('`', '``', '```', '\n', '|', '\\', ' '), fc.string({ maxLength: 5 })),
    {
      maxLength: 20,
    },
  )
  const held = fc.property(text, (parts) => {
    const given = parts.join('')
    const [, ticks, inside] = /^(`+)([^]*)\1$/.exec(codeSpan(given))!
    expect(inside!.match(/`+/g) ?? []).not.toContain(ticks)
    expect(inside).not.toContain('\n')
    expect(codeCell(given)).not.toMatch(/[|\\\n]/)
    const fence = codeFence(given, 100).split('\n')
    expect(fence.slice(1, -1).some((line) => line.trim().startsWith(fence.at(-1)!))).toBe(false)
  })
  expect(fc.check(held, { numRuns: 1_000 })).toMatchObject({ failed: false })
  expect(codeSpan('a`b')).toBe('``a`b``')
  expect(codeSpan('`x`')).toBe('`` `x` ``')
  expect(codeSpan('')).toBe('`  `')
})

test('visible text keeps lines and letters', () => {
  expect(visible('é ü 日本\n\tx\u2028y')).toBe('é ü 日本\n\tx\ny')
})
