/** `draft=` (surfaces.md 1.3): the pull request is a draft where somebody wants it so. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

test('it is remembered with the Run, and its status comment does not call a draft ready', async () => {
  await using w = await openShopWithHandlers()
  await w.say('/assign-agent draft=true')
  const [run] = w.runs()
  expect(run).toMatchObject({ draft: true })
  const opened = { number: 90, url: `${w.local.url}/acme/shop/pull/90`, adopted: false }
  const outcome = { type: 'pull_request.opened', data: opened } as const
  await w.engine.submit(run!.id, { type: 'outcome', outcome, at: w.story.now })
  await w.settle()
  expect(w.replies().at(-1)).toMatch(/^🟢 \*\*stub\*\* finished: #90 is open\. /)
})

test.each<[string, boolean, string]>([
  ['/assign-agent', true, 'open'],
  ['/assign-agent draft=true', false, 'ready for review'],
])('what GitHub made of it counts: after %s, with draft: %s, it is %s', async (says, draft, told) => {
  await using w = await openShopWithHandlers()
  await w.say(says)
  const opened = { number: 90, url: `${w.local.url}/acme/shop/pull/90`, adopted: false, draft }
  const outcome = { type: 'pull_request.opened', data: opened } as const
  await w.engine.submit(w.runs()[0]!.id, { type: 'outcome', outcome, at: w.story.now })
  await w.settle()
  expect(w.runs()).toMatchObject([{ pullRequest: { number: 90, draft } }])
  expect(w.replies().at(-1)).toContain(`finished: #90 is ${told}. `)
})

test('without it, or with draft=false, the pull request is opened for review', async () => {
  await using w = await openShopWithHandlers()
  const second = w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Another', body: '' }).number
  await w.say('/assign-agent')
  await w.say('/assign-agent draft=false', 'octocat', second)
  expect(w.runs().map((run) => 'draft' in run)).toEqual([false, false])
})
