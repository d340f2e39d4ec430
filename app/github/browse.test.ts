/** What pages read of GitHub, against the local GitHub: only issues, asked once while fresh, and only where installed. */
import { expect, test } from 'vitest'

import { openWorld, portOf } from '../../test/stack/github-world.ts'
import { neededPermissions } from '../domain/app-permissions.ts'

test('open issues come newest first, without pull requests and closed ones, and are asked for once', async () => {
  await using w = await openWorld()
  const second = w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Slow', body: '' }).number
  const closed = w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Done', body: '' }).number
  w.local.closeIssue({ repository: 'acme/shop', number: closed, by: 'octocat' })
  const found = await w.github.openIssues(w.repo)
  expect(found.map(({ number, title }) => [number, title])).toEqual([
    [second, 'Slow'],
    [w.issue, 'Broken'],
  ])
  w.local.addSubIssue({ repository: 'acme/shop', number: w.issue, by: 'octocat', child: { number: second } })
  const family = (await portOf(w.local).openIssues(w.repo)).map((i) => [i.number, i.hasSubIssues, i.isSubIssue])
  expect(family).toEqual([
    [second, false, true],
    [w.issue, true, false],
  ])
  const before = w.local.requests.length
  expect(await w.github.openIssues(w.repo)).toEqual(found)
  expect(w.local.requests.length).toBe(before)
})

test('the repositories of every installation are listed, those of a suspended one are not', async () => {
  await using w = await openWorld()
  expect(await w.github.installedRepositories()).toEqual({ repositories: [w.repo], more: false })
  w.local.suspend({ account: 'acme' })
  expect(await portOf(w.local).installedRepositories()).toEqual({ repositories: [], more: false })
})

test('what the App was granted is asked afresh each time', async () => {
  await using w = await openWorld()
  expect(await w.github.grantedPermissions('acme', 'shop')).toMatchObject({
    permissions: neededPermissions,
    suspended: false,
  })
  w.local.suspend({ account: 'acme' })
  expect(await w.github.grantedPermissions('acme', 'shop')).toMatchObject({ suspended: true })
  expect(await w.github.grantedPermissions('acme', 'other')).toBeNull()
})
