/** trust.md row 38: a sign-in leads back into this site, whatever a link says. */
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { safeReturnTo } from './return-to.ts'

test.each([
  '/',
  '/runs',
  '/runs/r_8k2f0q7w3z?tab=logs#L120',
  '/repos/acme/shop/issues/1',
  '/runs?repository=acme%2Fshop',
])('row 38: %s is a place to return to', (path) => {
  expect(safeReturnTo(path)).toBe(path)
})

test.each([
  undefined,
  '',
  '//evil.example',
  '/\\evil.example',
  '\\evil.example',
  'https:evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/.//evil.example',
  '/a/..//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/runs\\@evil.example',
  'runs',
  '/api/auth/github',
  `/${'a'.repeat(3_000)}`,
])('row 38: %j leads home', (path) => {
  expect(safeReturnTo(path)).toBe('/')
})

test('row 38: whatever is asked for, a browser stays on this host', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('/', '\\', '.', ':', '@', '?', '#', 'a', '%', '\t', '\n', ' ', 'é', '%2f'),
  })
  fc.assert(
    fc.property(fc.oneof(nasty, fc.webUrl(), fc.string()), (value) => {
      const url = new URL(safeReturnTo(value), 'https://deckhand.example/login')
      expect(url.host).toBe('deckhand.example')
      expect(safeReturnTo(url.pathname + url.search + url.hash)).toBe(url.pathname + url.search + url.hash)
    }),
    { numRuns: 1_000 },
  )
})
