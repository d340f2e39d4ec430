/** Bots are ignored, unless they are on the list; then they are held to their permission like anybody (surfaces.md 1.4). */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

const BOT = 'renovate[bot]'
const OURS = 'deckhand[bot]'
const allowed = { settings: { allowedBots: [BOT, OURS] } }

/** A shop that two bots can act in: one that may write, and our own App's. */
async function openShopWithBots(options: Parameters<typeof openShopWithHandlers>[0] = {}) {
  const w = await openShopWithHandlers(options)
  w.local.createUser({ login: BOT, type: 'Bot' })
  for (const login of [BOT, OURS]) w.local.setCollaborator({ repository: 'acme/shop', login, role: 'write' })
  return w
}
const label = (number: number, by: string) => ({ repository: 'acme/shop', number, by, label: 'agent' })

test('a bot that is not on the list is ignored, whatever it may write', async () => {
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

test('a bot on the list that may not write is refused like anybody', async () => {
  await using w = await openShopWithBots(allowed)
  w.local.setCollaborator({ repository: 'acme/shop', login: BOT, role: 'triage' })
  expect(await w.say('/assign-agent', BOT)).toEqual({ outcome: 'processed', reason: 'denied' })
  w.local.addLabel(label(w.issue, BOT))
  expect(await w.last('issues')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(w.reactions()).toEqual(['-1'])
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
