/**
 * Bots are ignored, unless they are on the list (surfaces.md 1.4). GitHub has no role for the bot of an App, so that those
 * on the list count as if they had write access, and never more.
 */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

const BOT = 'renovate[bot]'
const OURS = 'deckhand[bot]'
const allowed = { settings: { allowedBots: [BOT, OURS] } }

/** A shop that two bots can act in: somebody's, and our own App's. */
async function openShopWithBots(options: Parameters<typeof openShopWithHandlers>[0] = {}) {
  const w = await openShopWithHandlers(options)
  w.local.createUser({ login: BOT, type: 'Bot' })
  return w
}
const label = (number: number, by: string) => ({ repository: 'acme/shop', number, by, label: 'agent' })

test('row 31: a bot that is not on the list is ignored', async () => {
  await using w = await openShopWithBots({ settings: { allowedBots: ['dependabot[bot]'] } })
  expect(await w.say('/assign-agent', BOT)).toEqual({ outcome: 'ignored', reason: 'a bot' })
  w.local.addLabel(label(w.issue, BOT))
  expect(await w.last('issues')).toEqual({ outcome: 'ignored', reason: 'a bot' })
  expect(w.runs()).toEqual([])
})

test('a bot on the list starts a Run by a comment, and steers it', async () => {
  await using w = await openShopWithBots(allowed)
  await w.say('/assign-agent stub\nBump the tools', BOT)
  expect(w.runs()).toMatchObject([{ requestedBy: { login: BOT }, instructions: 'Bump the tools' }])
  await w.say('/agent cancel', BOT)
  expect(w.runs()).toMatchObject([{ status: 'cancelled', endedBy: BOT }])
})

test('a bot on the list starts a Run by the label, and taking it off cancels that', async () => {
  await using w = await openShopWithBots(allowed)
  w.local.addLabel(label(w.issue, BOT))
  await w.last('issues')
  expect(w.runs()).toMatchObject([{ requestedBy: { login: BOT }, trigger: { via: 'label' } }])
  w.local.removeLabel(label(w.issue, BOT))
  await w.last('issues')
  expect(w.runs()).toMatchObject([{ status: 'cancelled' }])
})

test('row 31: a bot on the list may do what write access allows, and nothing for which an admin is needed', async () => {
  await using w = await openShopWithBots(allowed)
  expect(await w.say('/assign-agent gate=none', BOT)).toMatchObject({ outcome: 'processed' })
  expect(w.runs()).toEqual([])
  await w.say('/assign-agent', BOT)
  expect(await w.say('/agent kill', BOT)).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(w.runs()).toMatchObject([{ status: 'queued', stop: null }])
})

test('row 31: an account that took the name of a bot on the list over, or is none, is refused', async () => {
  await using w = await openShopWithBots({ settings: { allowedBots: [BOT, 'hubot[bot]'] } })
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: BOT, body: '/assign-agent' })
  const payload = structuredClone(await w.newest('issue_comment')) as Record<'sender' | 'comment', object>
  for (const who of [
    { ...payload.sender, id: 5 },
    { ...payload.sender, id: 6, login: 'hubot[bot]' },
  ]) {
    const taken = { ...payload, sender: who, comment: { ...payload.comment, user: who } }
    expect(await w.receive('issue_comment', taken)).toEqual({ outcome: 'processed', reason: 'denied' })
  }
  expect(w.runs()).toEqual([])
})

test('our own App is never heard, also where it is on the list: it would answer itself', async () => {
  await using w = await openShopWithBots(allowed)
  expect(await w.say('/assign-agent', OURS)).toEqual({ outcome: 'ignored', reason: 'our own App' })
  w.local.addLabel(label(w.issue, OURS))
  expect(await w.last('issues')).toEqual({ outcome: 'ignored', reason: 'our own App' })
  // What says that it was written through our App is ours without a question, whoever it is said to be of.
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: BOT, body: '/assign-agent' })
  const payload = structuredClone(await w.newest('issue_comment')) as { comment: Record<string, unknown> }
  payload.comment['performed_via_github_app'] = { id: w.local.app.id }
  expect(await w.receive('issue_comment', payload)).toEqual({ outcome: 'ignored', reason: 'a bot' })
  expect(w.runs()).toEqual([])
})

test('a bot on the list counts only for what it says itself', async () => {
  await using w = await openShopWithBots(allowed)
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'mallory', body: '/assign-agent' })
  const payload = structuredClone(await w.newest('issue_comment'))
  payload['sender'] = { id: 5, login: BOT, type: 'Bot' }
  expect(await w.receive('issue_comment', payload)).toEqual({ outcome: 'ignored', reason: 'a bot' })
})
