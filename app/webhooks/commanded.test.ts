/** Which webhooks are commands: they wait for room in GitHub's limits, and who gave one hears when it fails for good. */
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

test('our own failure is told for a command in a new issue too, where those count, and to a bot on the list', async () => {
  const bot = 'renovate[bot]'
  await using w = await openShopWithHandlers({ settings: { commandInIssueBody: true, allowedBots: [bot] } })
  w.local.createUser({ login: bot, type: 'Bot' })
  w.local.createUser({ login: 'other[bot]', type: 'Bot' })
  const failed = async (id: string, name: string) => w.handlers.apologise({ id, name, payload: await w.newest(name) })
  w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'New', body: '/assign-agent\nPlease.' })
  await failed('72d3162e-cc78-11e3', 'issues')
  w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'New', body: 'Please.' })
  await failed('55555555-cc78-11e3', 'issues')
  for (const [id, by] of [['99999999-cc78-11e3', bot] as const, ['88888888-cc78-11e3', 'other[bot]'] as const]) {
    w.local.comment({ repository: 'acme/shop', number: w.issue, by, body: '/assign-agent' })
    await failed(id, 'issue_comment')
  }
  expect(w.replies().map((body) => body.split('\n')[0])).toEqual([
    'Something broke on my side and no run was started. Reference: 72d3162e.',
    'Something broke on my side and no run was started. Reference: 99999999.',
  ])
})
