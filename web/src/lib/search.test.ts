import { expect, test } from 'vitest'

import { parseIssuesSearch, parseRepositorySearch, parseRunSearch, parseRunsSearch, parseTreeSearch } from './search.ts'

test('known filters are kept, everything else is left out', () => {
  expect(
    parseRunsSearch({
      status: 'running,paused',
      repository: 'acme/shop',
      requestedBy: 'octocat',
      agent: 'stub',
      within: '24h',
      q: '#101',
      after: '0042',
      extra: 'x',
    }),
  ).toEqual({
    status: 'running,paused',
    repository: 'acme/shop',
    requestedBy: 'octocat',
    agent: 'stub',
    within: '24h',
    q: '#101',
    after: '0042',
  })
  expect(
    parseRunsSearch({ status: 'exploded', repository: '../etc', requestedBy: 'a b', within: '1y', q: ' ', after: '' }),
  ).toEqual({})
  expect(parseRunsSearch({ status: 'exploded,failed', after: 'x'.repeat(121) })).toEqual({ status: 'failed' })
})

test('the first tab of a Run is not named, and an unknown one is the first', () => {
  expect([{ tab: 'logs' }, { tab: 'timeline' }, { tab: 'deployments' }, {}].map(parseRunSearch)).toEqual([
    { tab: 'logs' },
    {},
    {},
    {},
  ])
})

test('a step, a file and an event have an address, each on its own tab', () => {
  const all = { step: 'agent', file: 'src/a.ts', event: '12' }
  expect(parseRunSearch(all)).toEqual({ step: 'agent' })
  expect(parseRunSearch({ tab: 'changes', ...all })).toEqual({ tab: 'changes', file: 'src/a.ts' })
  expect(parseRunSearch({ tab: 'events', ...all })).toEqual({ tab: 'events', event: '12' })
  expect(parseRunSearch({ tab: 'events', event: '0' })).toEqual({ tab: 'events' })
  expect(parseRunSearch({ step: '<script>' })).toEqual({})
})

test('filters of issues are kept as they are; a repository’s own page needs no name, and its first tab neither', () => {
  expect(parseIssuesSearch({ q: '#12', run: 'live', repository: 'acme/shop', page: '2' })).toEqual({
    q: '#12',
    run: 'live',
    repository: 'acme/shop',
  })
  expect(parseIssuesSearch({ q: ' ', run: 'exploded', repository: 'acme' })).toEqual({})
  expect(parseRepositorySearch({ tab: 'settings', repository: 'acme/other' })).toEqual({ tab: 'settings' })
  expect(parseRepositorySearch({ tab: 'issues', run: 'none' })).toEqual({ run: 'none' })
})

test('a page of trees hides what is done unless its address says otherwise, and knows every status and none', () => {
  expect(parseTreeSearch({ status: 'none', done: 'show' })).toEqual({ status: 'none', done: 'show' })
  expect(parseTreeSearch({ status: 'paused' })).toEqual({ status: 'paused' })
  expect(parseTreeSearch({ status: 'exploded', done: 'hide', q: 'x' })).toEqual({})
})
