import { expect, test } from 'vitest'

import {
  isNarrowed,
  only,
  parametersOf,
  parseIssuesSearch,
  parseNodeSearch,
  parseRepositorySearch,
  parseRunSearch,
  parseRunsSearch,
  parseTreeSearch,
} from './search.ts'

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

test('what an address says and is left out is given as undefined, so that laid over the address it is gone', () => {
  const address = { tab: 'bogus', extra: 'x', status: 'failed' }
  expect(only(parseRunSearch)(address)).toStrictEqual({ tab: undefined, extra: undefined, status: undefined })
  const runs = only(parseRunsSearch)(address)
  expect({ ...address, ...runs }).toStrictEqual({ tab: undefined, extra: undefined, status: 'failed' })
  expect(only(parseRunsSearch)({})).toStrictEqual({})
})

test('an address narrows its list by what is left of it', () => {
  const left = (search: Record<string, unknown>) => isNarrowed(only(parseRunsSearch)(search))
  expect([{}, { within: '9y' }, { within: '24h' }, { within: '9y', q: 'csv' }].map(left)).toEqual([
    false,
    false,
    true,
    true,
  ])
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

test('the issue that is shown beside a tree is named by its number, or in full', () => {
  expect(parseTreeSearch({ done: 'show', issue: '102' })).toEqual({ done: 'show', issue: '102' })
  expect(parseNodeSearch({ issue: 'acme/till#7', done: 'show' })).toEqual({ issue: 'acme/till#7' })
  for (const issue of ['0', '#7', 'till#7', 'acme/till', '<script>', 7]) expect(parseNodeSearch({ issue })).toEqual({})
})

test('what an address says is text, also where it looks like a number or a word of a program', () => {
  expect(parametersOf('?q=101&after=1e3&repository=true')).toEqual({ q: '101', after: '1e3', repository: 'true' })
  expect(parseRunsSearch(parametersOf('?q=101'))).toEqual({ q: '101' })
  expect(parametersOf('')).toEqual({})
})
