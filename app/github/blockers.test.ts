/** Which open issues block another one, against the local GitHub. */
import { expect, test } from 'vitest'

import { openWorld } from '../../test/stack/github-world.ts'

const shop = 'acme/shop'

test('the open ones of the same repository block it, in the order of their numbers', async () => {
  await using w = await openWorld()
  await w.local.createRepository({ owner: 'acme', name: 'till', files: { a: '' } })
  const opened = (repository = shop) => w.local.openIssue({ repository, by: 'octocat', title: 'Part', body: '' }).number
  const [first, second, closed] = [opened(), opened(), opened()]
  const block = (number: number, repository = shop) =>
    w.local.blockIssue({ repository: shop, number: w.issue, by: 'octocat', blockedBy: { repository, number } })
  expect(await w.github.openBlockers(w.repo, w.issue)).toEqual([])
  for (const number of [second, first, closed]) block(number)
  w.local.closeIssue({ repository: shop, number: closed, by: 'octocat' })
  // Its number means another issue here.
  block(opened('acme/till'), 'acme/till')
  expect(await w.github.openBlockers(w.repo, w.issue)).toEqual([first, second])
  expect(await w.github.openBlockers(w.repo, first)).toEqual([])
  // A page shows the closed ones, too.
  const all = await w.github.blockedBy(w.repo, w.issue)
  expect(all.map(({ number, state }) => [number, state])).toEqual([
    [first, 'open'],
    [second, 'open'],
    [closed, 'closed'],
  ])
  w.local.clearRequests()
  expect(await w.github.blockedBy(w.repo, w.issue)).toBe(all)
  expect(w.local.requests).toHaveLength(0)
  expect(w.local.responseViolations()).toEqual([])
})

test('where GitHub knows of no blocked issues, or does not let the App see them, none is known', async () => {
  await using w = await openWorld()
  const path = /\/dependencies\/blocked_by$/
  for (const status of [404, 403]) {
    w.local.faults.failNext({ path, status })
    expect(await w.github.openBlockers(w.repo, w.issue)).toEqual([])
  }
  w.local.faults.failNext({ path, status: 502, times: 10 })
  await expect(w.github.openBlockers(w.repo, w.issue)).rejects.toMatchObject({ kind: 'unavailable' })
})
