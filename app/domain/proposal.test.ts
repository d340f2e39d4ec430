import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Proposal, ProposalFile } from '../contracts/executor.ts'
import { checkProposal, worthLooksIn } from './proposal.ts'
import type { ProposalVerdict } from './proposal.ts'

const base = '4f1c2ab0'.padEnd(40, '0')
const put = (path: string, content = 'hello\n', mode = '100644'): ProposalFile => ({
  change: 'put',
  path,
  mode,
  contentBase64: Buffer.from(content, 'utf8').toString('base64'),
})
const remove = (path: string): ProposalFile => ({ change: 'delete', path })

function proposal(files: ProposalFile[], change: Partial<Proposal> = {}): Proposal {
  return {
    v: 1,
    runId: 'r_8k2f0q7w3z',
    attempt: 1,
    baseSha: base,
    summary: 'Adds a line.',
    risks: [],
    handoff: { goal: '', did: '', forNextAgent: '' },
    commits: [{ message: 'Add a line', files }],
    ...change,
  }
}
const check = (files: ProposalFile[], knownSecrets: string[] = []): ProposalVerdict =>
  checkProposal(proposal(files), { baseSha: base, knownSecrets })

test('an ordinary change passes without a note', () => {
  const files = [put('README.md'), put('src/a b/ünï.ts'), put('deep/er/file.txt'), remove('old.txt')]
  expect(check(files)).toEqual({ ok: true, attention: [] })
})

describe('paths that no change may have (rows 24 and 25)', () => {
  test.each([
    '../evil',
    'a/../../b',
    '/etc/passwd',
    'C:/windows',
    'a//b',
    'a/',
    './a',
    'a\\b',
    'a\u0000b',
    'a\nb',
    '.git/config',
    'sub/.git/hooks/pre-commit',
    '.GIT/config',
    '.git',
    '.git /config',
    '.git./config',
    '.git::$INDEX_ALLOCATION/config',
    'git~1/config',
    'GIT~2',
    '.g\u200cit/config',
    '.git\ufeff',
    '.git/config',
    'trailing /x',
    'dot./x',
    'x'.repeat(1_025),
    'a/'.repeat(65) + 'b',
  ])('%j', (path) => {
    expect(check([put(path)])).toMatchObject({ ok: false, reason: 'proposal_refused' })
    expect(check([remove(path)])).toMatchObject({ ok: false, reason: 'proposal_refused' })
  })

  test.each([
    ['120000', 'a symbolic link'],
    ['160000', 'a submodule'],
    ['040000', 'the mode 040000'],
    ['100664', 'the mode 100664'],
  ])('mode %s', (mode, words) => {
    const verdict = check([put('x', '../etc', mode)])
    expect(verdict).toMatchObject({ ok: false, reason: 'proposal_refused', detail: expect.stringContaining(words) })
  })

  test('the same path twice, or two that differ in case or Unicode only', () => {
    expect(check([put('a'), put('a')])).toMatchObject({ ok: false })
    expect(check([put('Readme.md'), put('README.md')])).toMatchObject({ ok: false })
    expect(check([put('caf\u00e9'), put('cafe\u0301')])).toMatchObject({ ok: false })
    expect(check([remove('Readme.md'), put('README.md')])).toMatchObject({ ok: true })
  })

  test('a file below a file, in one commit or over two', () => {
    expect(check([put('a'), put('a/b')])).toMatchObject({ ok: false })
    const two = (second: ProposalFile[]): Proposal['commits'] => [
      { message: 'one', files: [put('a')] },
      { message: 'two', files: second },
    ]
    const policy = { baseSha: base, knownSecrets: [] }
    expect(checkProposal(proposal([], { commits: two([put('A/b')]) }), policy)).toMatchObject({ ok: false })
    expect(checkProposal(proposal([], { commits: two([remove('a'), put('a/b')]) }), policy)).toMatchObject({ ok: true })
  })

  test('whatever the path, what passes stays inside the tree', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('..', '.', '.git', '/', 'a', ' ', '\\'),
    )
    const path = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
    const safe = fc.property(path, (text) => {
      const parts = text.split('/')
      const inside = parts.every((p) => p !== '' && p !== '.' && p !== '..' && p.trim().toLowerCase() !== '.git')
      expect(inside || !check([put(text)]).ok).toBe(true)
    })
    expect(fc.check(safe, { numRuns: 1_000 })).toMatchObject({ failed: false })
  })
})

describe('workflows are not for agents (row 26)', () => {
  test.each([
    '.github/workflows/ci.yml',
    '.GITHUB/Workflows/ci.yml',
    '.github/WORKFLOWS/nested/x',
    '.github/work\u200bflows/x.yml',
    '.ｇithub/workflows/x.yml',
    '.github/workﬂows/x.yml',
    '.github',
    '.github/workflows',
  ])('%j', (path) => {
    expect(check([put(path)])).toMatchObject({ ok: false, reason: 'protected_path' })
    expect(check([remove(path)])).toMatchObject({ ok: false, reason: 'protected_path' })
  })

  test('a rename is a put at its new place', () => {
    expect(check([remove('a.yml'), put('.github/workflows/a.yml')])).toMatchObject({ reason: 'protected_path' })
  })
})

test('files that a person should look at are named (row 27)', () => {
  const paths = [
    'package.json',
    'web/yarn.lock',
    'CODEOWNERS',
    '.github/CODEOWNERS',
    'AGENTS.md',
    '.gitattributes',
    '.gitmodules',
    '.vscode/tasks.json',
  ]
  const verdict = check([...paths.map((path) => put(path)), put('run.sh', '#!/bin/sh\n', '100755'), put('src/ok.ts')])
  const notes = verdict.ok ? verdict.attention : []
  expect(notes).toHaveLength(paths.length + 1)
  expect(notes).toContain('`package.json` decides what is installed or built.')
  expect(notes).toContain('`run.sh` is executable.')
})

test('each of them is told once, and whether the change leaves it there', () => {
  const commits = [
    { message: 'a', files: [put('Makefile'), put('run.sh', '#!/bin/sh\n', '100755'), put('src/ok.ts')] },
    { message: 'b', files: [put('Makefile', 'all:\n'), remove('run.sh'), remove('go.mod')] },
  ]
  expect(worthLooksIn({ ...proposal([]), commits })).toEqual([
    { path: 'Makefile', why: 'decides what is installed or built', stays: true },
    { path: 'run.sh', why: 'is executable', stays: false },
    { path: 'go.mod', why: 'decides what is installed or built', stays: false },
  ])
})

describe('size (row 29)', () => {
  const many = (n: number): ProposalFile[] => Array.from({ length: n }, (_, i) => put(`f${i}`))

  test('100 files pass, 101 do not', () => {
    expect(check(many(100))).toMatchObject({ ok: true })
    expect(check(many(101))).toMatchObject({ ok: false, reason: 'proposal_too_large' })
  })

  test('21 commits and more than 4 MiB do not pass; 4 MiB of what scanners stumble over do', () => {
    const policy = {
      baseSha: base,
      knownSecrets: Array.from({ length: 10 }, (_, i) => `${i}secret-of-the-app-${i}xyz`),
    }
    const commits = Array.from({ length: 21 }, (_, i) => ({ message: `c${i}`, files: [put('a')] }))
    expect(checkProposal(proposal([], { commits }), policy)).toMatchObject({ reason: 'proposal_too_large' })
    expect(check([put('big', 'x'.repeat(4_194_305 + 3))])).toMatchObject({ reason: 'proposal_too_large' })
    for (const unit of ['lorem ipsum dolor sit amet 12345\n', 'sk-', 'token=', 'redis://a:', 'ghs_1', 'x']) {
      const content = unit.repeat(Math.floor(4_194_300 / unit.length))
      expect(checkProposal(proposal([put('big', content)]), policy)).toMatchObject({ ok: true })
    }
  })

  test('a change on another base, an empty commit and broken Base64 are refused', () => {
    const policy = { baseSha: 'f'.repeat(40), knownSecrets: [] }
    expect(checkProposal(proposal([put('a')]), policy)).toMatchObject({ reason: 'base_moved' })
    expect(check([])).toMatchObject({ reason: 'proposal_refused' })
    expect(check([{ change: 'put', path: 'a', mode: '100644', contentBase64: '%%%' }])).toMatchObject({ ok: false })
  })
})

describe('secrets (row 28)', () => {
  const secret = 'wh-Sec_ret/4f9a8b7c6d5e4f3a2b1c0d9e8f'
  const base64 = (offset: number): string => Buffer.from('ab'.slice(0, offset) + secret).toString('base64')
  const spellings: Record<string, string> = {
    plain: secret,
    'base64 at 0': base64(0),
    'base64 at 1': base64(1),
    'base64 at 2': base64(2),
    base64url: Buffer.from(secret).toString('base64url'),
    hex: Buffer.from(secret).toString('hex'),
    HEX: Buffer.from(secret).toString('hex').toUpperCase(),
    'URL-encoded': encodeURIComponent(secret),
    'percent for every byte': Buffer.from(secret).toString('hex').replaceAll(/../g, '%$&'),
    reversed: Array.from(secret).toReversed().join(''),
    'first 7 cut': secret.slice(7),
    'first 7 cut, base64': Buffer.from(secret.slice(7)).toString('base64'),
    split: `'${secret.slice(0, 15)}' + '${secret.slice(15)}'`,
    'split over lines': `${secret.slice(0, 15)}\n${secret.slice(15)}`,
  }
  const places: [string, (text: string) => Proposal][] = [
    ['a file', (text) => proposal([put('a.txt', `x ${text} y`)])],
    ['a message', (text) => proposal([put('a')], { commits: [{ message: `Add ${text}`, files: [put('a')] }] })],
    ['the summary', (text) => proposal([put('a')], { summary: text })],
    ['a risk', (text) => proposal([put('a')], { risks: [text] })],
  ]

  test.each(Object.entries(spellings))('a known one, %s, is found everywhere and never repeated', (_, text) => {
    for (const [, make] of places) {
      const verdict = checkProposal(make(text), { baseSha: base, knownSecrets: [secret] })
      expect(verdict).toMatchObject({ ok: false, reason: 'secret_in_output' })
      expect(JSON.stringify(verdict)).not.toContain(text.slice(8))
    }
  })

  test.each(['\u200b', '\u2060', '\u202e', '\u00ad', '\u034f'])(
    'a known one with %j in between is found in every text, because texts are published without what nobody sees',
    (unseen) => {
      const split = Array.from(secret).join(unseen)
      for (const [, make] of places.slice(1)) {
        const verdict = checkProposal(make(split), { baseSha: base, knownSecrets: [secret] })
        expect(verdict).toMatchObject({ ok: false, reason: 'secret_in_output' })
      }
    },
  )

  test('one in a path is found before the path is shown', () => {
    const verdict = check([put(`.git/${secret}`)], [secret])
    expect(verdict).toEqual({
      ok: false,
      reason: 'secret_in_output',
      detail: 'a secret of this installation in the name of a file of commit 1',
    })
  })

  // Put together here, so that no scanner takes this file for a leak.
  test.each([
    ['a GitHub token', `ghp_${'a1B2'.repeat(9)}`],
    ['a GitHub token', `github_pat_${'a1B2_'.repeat(10)}`],
    ['an AWS access key', `AKIA${'ABCD2345'.repeat(2)}`],
    ['a private key', ['-----BEGIN RSA', 'PRIVATE', 'KEY-----'].join(' ')],
    ['an Anthropic key', `sk-ant-api03-${'x9Y8'.repeat(6)}`],
    ['an OpenAI key', `sk-proj-${'x9Y8'.repeat(10)}`],
    ['an E2B key', `e2b_${'0123456789abcdef'.repeat(2)}0`],
    ['a Slack token', `xoxb-${'123456'.repeat(2)}-abcdef`],
    ['an assigned secret', `const api_key = "${['q8Zr2LmX0', 'vB7nK4tY6wP'].join('')}"`],
  ])('%s is recognised by its shape', (kind, text) => {
    expect(check([put('a', text)])).toMatchObject({ reason: 'secret_in_output', detail: expect.stringContaining(kind) })
  })

  test.each([
    'integrity: sha512-9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d==',
    'the token = your-token-goes-here-please',
    'password: ${{ secrets.DATABASE_PASSWORD }}',
    'class="sk-circle sk-circle-fade-animation-container-dot-number"',
    'const tokenizer = createTokenizerFromVocabulary(options)',
    'mongodb://localhost:27017/test',
  ])('ordinary text is not: %s', (text) => {
    expect(check([put('a', text)])).toEqual({ ok: true, attention: [] })
  })
})
