/** What people do on GitHub is on record, whichever way they do it; so is who may not, once. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

const done = (w: ShopWithHandlers) => w.story.acts().map(({ actor, action, via }) => `${actor} ${action} by ${via}`)
const refused = (w: ShopWithHandlers) =>
  w.audit.map(({ actor, action, target, via }) => `${actor} ${action} ${target} by ${via}`)
const label = async (w: ShopWithHandlers, by: string) => {
  w.local.addLabel({ repository: 'acme/shop', number: w.issue, by, label: 'agent' })
  return w.last('issues')
}
const unlabel = async (w: ShopWithHandlers, by: string) => {
  w.local.removeLabel({ repository: 'acme/shop', number: w.issue, by, label: 'agent' })
  return w.last('issues')
}

test('by comment: assign, say, pause, cancel, retry and kill', async () => {
  await using w = await openShopWithHandlers()
  await w.say('/assign-agent')
  w.story.follow(w.runs()[0]!.id)
  await w.story.dispatched()
  await w.story.bind()
  await w.say('/agent say use tabs\nand spaces')
  await w.last('issue_comment')
  expect(w.story.run.messages).toMatchObject([{ by: 'octocat', text: 'use tabs\nand spaces', state: 'queued' }])
  await w.say('/agent pause')
  await w.say('/agent cancel it is wrong')
  await w.story.report({ type: 'executor.finished', data: { outcome: 'cancelled', reason: null, detail: null } })
  await w.say('/agent retry')
  await w.say('/agent kill', 'monalisa')
  expect(done(w)).toEqual([
    'person:octocat run.assign by comment',
    'person:octocat run.prompt by comment',
    'person:octocat run.pause by comment',
    'person:octocat run.cancel by comment',
    'person:octocat run.retry by comment',
    'person:monalisa run.kill by comment',
  ])
  expect(w.story.acts()[3]).toMatchObject({ why: 'it is wrong', target: `run:${w.story.run.id}`, issue: w.issue })
  expect(w.audit).toEqual([])
})

test('by label: putting it on assigns, taking it off cancels', async () => {
  await using w = await openShopWithHandlers()
  await label(w, 'octocat')
  await unlabel(w, 'octocat')
  expect(done(w)).toEqual(['person:octocat run.assign by label', 'person:octocat run.cancel by label'])
})

test('the same webhook once more is no second act', async () => {
  await using w = await openShopWithHandlers()
  await w.say('/assign-agent')
  await w.last('issue_comment')
  await w.say('/agent cancel')
  await w.last('issue_comment')
  expect(done(w)).toEqual(['person:octocat run.assign by comment', 'person:octocat run.cancel by comment'])
  expect(w.audit).toEqual([])
})

test('who may not is on record once a day for each act, however often and wherever they try', async () => {
  await using w = await openShopWithHandlers()
  const second = w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Another', body: '' }).number
  await label(w, 'octocat')
  const run = `run:${w.runs()[0]!.id}`
  for (const number of [w.issue, w.issue, second]) {
    await w.say('/assign-agent', 'mallory', number)
    await w.say('/agent retry', 'mallory', number)
    await w.say('/agent say listen to me', 'mallory', number)
  }
  await w.say('/agent cancel', 'mallory')
  await unlabel(w, 'hubot')
  await w.say('/agent approve', 'mallory')
  const issue = `issue:acme/shop#${w.issue}`
  expect(refused(w)).toEqual([
    `person:mallory run.assign ${issue} by comment`,
    `person:mallory run.retry ${issue} by comment`,
    `person:mallory run.prompt ${issue} by comment`,
    `person:mallory run.cancel ${run} by comment`,
    `person:hubot run.cancel ${run} by label`,
  ])
  expect(w.audit[0]).toMatchObject({ outcome: 'refused', reason: 'needs_write', repository: 'acme/shop' })
  w.story.pass(24 * 3_600_000)
  await w.say('/assign-agent', 'mallory')
  expect(w.runs()[0]!.messages).toEqual([])
  expect(refused(w).slice(5)).toEqual([`person:mallory run.assign ${issue} by comment`])
})
