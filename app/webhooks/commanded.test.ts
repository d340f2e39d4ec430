/** Which webhooks have to find room in GitHub's limits before they are begun, told from GitHub's own payloads. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

test('commands wait for room; a kill does not, and what stops a Run only for what its asker said before', async () => {
  await using w = await openShopWithHandlers({ settings: { commandInIssueBody: true } })
  const on = { repository: 'acme/shop', number: w.issue, by: 'octocat' }
  const commandIn = async (name: string) => w.handlers.commandIn({ id: 'd', name, payload: await w.newest(name) })
  const said = async (body: string, by = 'octocat') => {
    w.local.comment({ ...on, by, body })
    return commandIn('issue_comment')
  }
  const { installationId } = w.repo
  const order = await said('/assign-agent')
  expect(order).toMatchObject({ installationId, stops: false })
  expect(await said('/agent cancel')).toEqual({ ...order, stops: true })
  expect(await said('/agent pause')).toEqual({ ...order, stops: true })
  expect(await said('/agent cancle')).toEqual(order)
  expect((await said('/assign-agent', 'hubot'))!.asker).not.toBe(order!.asker)
  expect(await said('/agent kill')).toBeNull()
  expect(await said('Thanks.')).toBeNull()
  w.local.addLabel({ ...on, label: 'agent' })
  expect(await commandIn('issues')).toEqual(order)
  w.local.removeLabel({ ...on, label: 'agent' })
  expect(await commandIn('issues')).toEqual({ ...order, stops: true })
  w.local.addLabel({ ...on, label: 'bug' })
  expect(await commandIn('issues')).toBeNull()
  w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'New', body: '/assign-agent\nPlease.' })
  expect(await commandIn('issues')).toMatchObject({ installationId, stops: false })
  w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'New', body: 'Please.\n/assign-agent' })
  expect(await commandIn('issues')).toBeNull()
})
