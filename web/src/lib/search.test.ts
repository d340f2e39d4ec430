import { expect, test } from 'vitest'

import { parseRunsSearch } from './search.ts'

test('known filters are kept, everything else is left out', () => {
  expect(parseRunsSearch({ status: 'running,paused', repository: 'acme/shop', after: '0042', extra: 'x' })).toEqual({
    status: 'running,paused',
    repository: 'acme/shop',
    after: '0042',
  })
  expect(parseRunsSearch({ status: 'exploded', repository: '../etc', after: '' })).toEqual({})
  expect(parseRunsSearch({ status: 'exploded,failed', after: 'x'.repeat(121) })).toEqual({ status: 'failed' })
})
