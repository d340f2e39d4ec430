/** Somebody without access comments and comments: what that may cost of the limits that everybody shares. */
import { expect, test } from 'vitest'

import { createsContent } from '../github/budget.ts'
import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'

const MINUTE_MS = 60_000

/** What was asked of GitHub as the installation meanwhile: the calls, and the points that they cost. */
async function asked(w: ShopWithHandlers, deeds: () => Promise<unknown>) {
  w.local.clearRequests()
  await deeds()
  const calls = w.local.requests.filter((call) => call.token === 'installation')
  const points = calls.reduce((sum, { method }) => sum + (method === 'GET' ? 1 : 5), 0)
  const comments = calls.filter(({ method, template }) => createsContent({ method, route: template ?? '' })).length
  return { calls: calls.length, points, comments }
}

async function times(count: number, deed: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n++) await deed()
}

test('row 31: the fortieth comment of an outsider costs nothing, and there is room for the command of a person', async () => {
  await using w = await openShopWithHandlers({ private: false, limits: true })
  const order = () => w.say('/assign-agent', 'mallory')
  const kill = () => w.say('/agent kill', 'mallory')
  const flood = await asked(w, () => times(20, async () => void (await order(), await kill())))
  // The repository, the role, five 👎, and that there is nobody to be told in words.
  expect(flood).toEqual({ calls: 8, points: 28, comments: 0 })
  expect(w.reactions()).toEqual(['-1', '-1', '-1', '-1', '-1'])
  expect(await asked(w, order)).toEqual({ calls: 0, points: 0, comments: 0 })
  expect(w.budget.roomAt(w.repo.installationId, 1)).toBe(w.story.now)
  expect(await w.say('/assign-agent')).toMatchObject({ outcome: 'processed' })
  expect(w.runs()).toHaveLength(1)
})

test('forty kills of an outsider are one look whose the App is, and one line of the audit trail a day', async () => {
  await using w = await openShopWithHandlers({ private: false })
  w.local.clearRequests()
  await times(40, () => w.say('/agent kill', 'mallory'))
  expect(w.local.requests.filter(({ token, path }) => token === 'app' && path === '/app')).toHaveLength(1)
  expect(w.audit).toMatchObject([
    { actor: 'person:mallory', action: 'run.kill', reason: 'needs_write', issue: w.issue },
  ])
})

test('forty at once cost hardly more', async () => {
  await using w = await openShopWithHandlers({ private: false, limits: true })
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'mallory', body: '/agent retry' })
  const comment = await w.newest('issue_comment')
  const flood = await asked(w, async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => w.receive('issue_comment', comment)))
    expect(outcomes.map(({ reason }) => reason)).toEqual(Array.from({ length: 8 }, () => 'denied'))
    await times(32, () => w.receive('issue_comment', comment))
  })
  // Each of eight workers may have asked where, who and whether to tell them.
  expect(flood.points).toBeLessThanOrEqual(8 * 3 + 25)
})

test('what everybody may ask is answered five times a minute, and on for who may write', async () => {
  await using w = await openShopWithHandlers({ private: false })
  const help = () => w.say('/agent help', 'mallory')
  await times(5, help)
  expect(await help()).toEqual({ outcome: 'ignored', reason: 'asked too often in one minute' })
  expect(await asked(w, () => times(34, help))).toEqual({ calls: 0, points: 0, comments: 0 })
  await times(6, () => w.say('/agent status'))
  expect(await w.say('/agent status')).toMatchObject({ outcome: 'processed' })
  w.story.pass(MINUTE_MS)
  expect(await help()).toMatchObject({ outcome: 'processed' })
})

test('a question that GitHub made wait is the same one when it comes again', async () => {
  await using w = await openShopWithHandlers({ private: false })
  w.local.comment({ repository: 'acme/shop', number: w.issue, by: 'mallory', body: '/agent help' })
  const question = await w.newest('issue_comment')
  await times(5, () => w.receive('issue_comment', question))
  expect(await w.say('/agent help', 'mallory')).toMatchObject({ outcome: 'processed' })
})

test('who was just given access waits a minute at most; access is never remembered', async () => {
  await using w = await openShopWithHandlers({ private: false })
  const order = () => w.say('/assign-agent', 'mallory')
  expect(await order()).toMatchObject({ reason: 'denied' })
  w.local.setCollaborator({ repository: 'acme/shop', login: 'mallory', role: 'write' })
  w.story.pass(MINUTE_MS - 1)
  expect(await order()).toMatchObject({ reason: 'denied' })
  w.story.pass(1)
  await order()
  expect(w.runs()).toHaveLength(1)
  w.local.setCollaborator({ repository: 'acme/shop', login: 'mallory', role: 'read' })
  expect(await order()).toMatchObject({ reason: 'denied' })
})

test('a collaborator without write access is told once on each issue, also within the minute', async () => {
  await using w = await openShopWithHandlers()
  const other = w.local.openIssue({ repository: 'acme/shop', by: 'octocat', title: 'Other', body: '' }).number
  await times(3, () => w.say('/assign-agent', 'hubot'))
  await w.say('/assign-agent', 'hubot', other)
  const told = w.local.state.comments.filter(({ body }) => body.startsWith('You need write access'))
  expect(told.map(({ body }) => body.split('\n')[0])).toHaveLength(2)
  expect(await asked(w, () => w.say('/assign-agent', 'hubot', other))).toEqual({ calls: 1, points: 5, comments: 0 })
})

test('a 👎 that GitHub refused to take is not counted as given', async () => {
  await using w = await openShopWithHandlers({ private: false })
  w.local.faults.failNext({ method: 'POST', path: /\/reactions$/, status: 502, times: 5 })
  await times(5, () => expect(w.say('/assign-agent', 'mallory')).rejects.toThrow(/502/))
  await w.say('/assign-agent', 'mallory')
  expect(w.reactions()).toEqual(['-1'])
})
