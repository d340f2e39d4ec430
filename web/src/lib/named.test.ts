import { expect, test } from 'vitest'

import { issueNumberIn, repositoryIn } from './named.ts'

test.each([
  'acme/shop',
  ' acme/shop ',
  'https://github.com/acme/shop',
  'https://github.com/acme/shop/',
  'https://github.com/acme/shop/issues/101?notification=1#top',
  'http://localhost:4311/acme/shop',
  'github.com/acme/shop',
  'https://github.com/acme/shop.git',
  'git@github.com:acme/shop.git',
])('%s names acme/shop', (text) => {
  expect(repositoryIn(text)).toBe('acme/shop')
})

test.each(['', 'shop', 'acme/', '/shop', 'acme/..', 'acme shop', 'https://github.com/', 'github.com/acme', 'a_b/shop'])(
  '%s names no repository',
  (text) => {
    expect(repositoryIn(text)).toBeNull()
  },
)

test('an issue is named by its number, with or without its sign', () => {
  expect(['101', ' #101 ', '0', '-1', '1.5', '', 'x', '#'].map(issueNumberIn)).toEqual([
    101,
    101,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
})
