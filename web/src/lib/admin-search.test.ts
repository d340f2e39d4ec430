import { expect, test } from 'vitest'

import { parseAdminSearch, partOf } from './admin-search.ts'

test('an address names a part and its filters; what could be none is left out', () => {
  expect([undefined, 'webhooks', 'overview', 'nowhere'].map(partOf)).toEqual(['overview', 'webhooks', null, null])
  expect(parseAdminSearch({ state: 'refused', after: 'abc', actor: 'app', repository: 'acme/shop' })).toEqual({
    state: 'refused',
    after: 'abc',
    actor: 'app',
    repository: 'acme/shop',
  })
  const nonsense = { state: 'lost', outcome: 'maybe', actor: '', target: 'x'.repeat(201), repository: 'a/b/c', more: 1 }
  expect(parseAdminSearch(nonsense)).toEqual({})
})
