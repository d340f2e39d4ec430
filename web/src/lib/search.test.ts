import { expect, test } from 'vitest'

import { parseRunSearch, parseRunsSearch } from './search.ts'

test('known filters are kept, everything else is left out', () => {
  expect(
    parseRunsSearch({
      status: 'running,paused',
      repository: 'acme/shop',
      requestedBy: 'octocat',
      after: '0042',
      extra: 'x',
    }),
  ).toEqual({
    status: 'running,paused',
    repository: 'acme/shop',
    requestedBy: 'octocat',
    after: '0042',
  })
  expect(parseRunsSearch({ status: 'exploded', repository: '../etc', requestedBy: 'a b', after: '' })).toEqual({})
  expect(parseRunsSearch({ status: 'exploded,failed', after: 'x'.repeat(121) })).toEqual({ status: 'failed' })
})

test('the first tab of a Run is not named, and an unknown one is the first', () => {
  expect([{ tab: 'logs' }, { tab: 'timeline' }, { tab: 'gates' }, {}].map(parseRunSearch)).toEqual([
    { tab: 'logs' },
    {},
    {},
    {},
  ])
})
