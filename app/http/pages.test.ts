/** What a link to the dashboard unfurls to for somebody who is not signed in: the address in words, and nothing private. */
import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { withTitle } from './pages.ts'

const html = readFileSync('web/index.html', 'utf8')
const titleOf = (path: string): string | undefined =>
  /<meta property="og:title" content="([^"]*)" \/>/.exec(withTitle(html, path))?.[1]

test.each([
  ['/runs/r_8k2f0q7w3z', 'Run r_8k2f0q7w3z · Deckhand'],
  ['/r/r_8k2f0q7w3z', 'Run r_8k2f0q7w3z · Deckhand'],
  ['/repos/acme/shop', 'acme/shop · Deckhand'],
  ['/repos/acme/shop/issues/101', 'acme/shop#101 · Deckhand'],
  ['/runs', 'Deckhand'],
  ['/', 'Deckhand'],
])('%s is called %s', (path, title) => {
  expect(titleOf(path)).toBe(title)
  expect(withTitle(html, path)).toContain(`<title>${title}</title>`)
})

test.each([
  '/repos/acme/"><script>alert(1)</script>',
  '/repos/acme/%22%3E%3Cscript%3E',
  '/runs/r_<b>',
  `/repos/${'a'.repeat(101)}/shop`,
])('an address like %s gives the page no text', (path) => {
  expect(titleOf(path)).toBe('Deckhand')
})
