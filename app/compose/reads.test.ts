/** What the pages of Runs read of GitHub is asked for once in a while, however many look. */
import { expect, test } from 'vitest'

import { openWorld } from '../../test/stack/github-world.ts'
import { readsOf } from './reads.ts'

test('the head of a branch and an issue are asked for once, also where they are not there, and anew for what starts a Run', async () => {
  await using w = await openWorld()
  const reads = readsOf(w.github)
  const shop = (await w.github.repository('acme', 'shop'))!
  const twice = async <T>(ask: () => Promise<T>): Promise<T> => {
    w.local.clearRequests()
    await ask()
    const answer = await ask()
    expect(w.local.requests).toHaveLength(1)
    return answer
  }
  expect(await twice(() => reads.head(shop, 'main'))).toBe(await w.github.baseCommit(w.repo, 'main'))
  expect(await twice(() => reads.head(shop, 'gone'))).toBeNull()
  expect(await twice(() => reads.issue(shop, 404))).toBeNull()
  expect(await twice(() => reads.issue(shop, w.issue))).toMatchObject({ title: 'Broken', state: 'open' })

  w.local.closeIssue({ repository: 'acme/shop', number: w.issue, by: 'octocat' })
  expect(await reads.issue(shop, w.issue, 'now')).toMatchObject({ state: 'closed' })
  expect(await reads.issue(shop, w.issue)).toMatchObject({ state: 'closed' })
})
