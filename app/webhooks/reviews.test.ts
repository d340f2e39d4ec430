/** `/agent` in a review of a pull request of ours, and on its lines (surfaces.md 1.2): a comment like any other. */
import { expect, test } from 'vitest'

import { openShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import type { ShopWithHandlers } from '../../test/support/shop-with-handlers.ts'
import { asPerson } from '../../test/stack/github/testing.ts'

/** A Run whose pull request is open; its number. */
async function published(w: ShopWithHandlers): Promise<number> {
  await w.say('/assign-agent')
  const { id } = w.runs()[0]!
  const number = await pull(w, `Closes #${w.issue}\n\n<!-- deckhand:v1 created_by_run_id=${id} issue=${w.issue} -->`)
  const opened = { number, url: `${w.local.url}/acme/shop/pull/${number}`, adopted: false }
  const outcome = { type: 'pull_request.opened', data: opened } as const
  await w.engine.submit(id, { type: 'outcome', outcome, at: w.story.now })
  await w.settle()
  return number
}

async function pull(w: ShopWithHandlers, body: string): Promise<number> {
  await w.local.push({ repository: 'acme/shop', by: 'octocat', branch: 'mine', files: { 'a.txt': 'a' } })
  const at = { owner: 'acme', repo: 'shop', head: 'mine', base: 'main', title: 'Mine', body }
  const { data } = await asPerson(w.local, 'octocat').rest.pulls.create(at)
  return data.number
}

const reactionsTo = (w: ShopWithHandlers, { id }: { id: number }): string[] =>
  w.local.state.reactions.filter((r) => r.subject === 'review' && r.subjectId === id).map((r) => r.content)
const replies = (w: ShopWithHandlers, number: number): string[] =>
  w.local.state.comments.filter((c) => c.issueNumber === number).map((c) => c.body.split('\n\n<!--')[0]!)

test('in a review and on a line it means the Run that opened the pull request', async () => {
  await using w = await openShopWithHandlers()
  const number = await published(w)
  const on = { repository: 'acme/shop', number, by: 'octocat' }
  const { review, lines } = w.local.review({ ...on, body: 'Nearly.\n\n/agent retry', lines: ['/agent status', 'Why?'] })
  expect(await w.last('pull_request_review')).toEqual({ outcome: 'processed', reason: 'explained' })
  expect(await w.last('pull_request_review_comment')).toEqual({ outcome: 'ignored', reason: 'no command' })
  expect(reactionsTo(w, review)).toEqual(['confused'])
  const { id } = w.runs()[0]!
  expect(replies(w, number)).toEqual([`Run ${id} already succeeded, so there is nothing to retry.`])

  const second = w.local.review({ ...on, lines: ['/agent status'] })
  expect(await w.last('pull_request_review')).toEqual({ outcome: 'ignored', reason: 'no command' })
  await w.last('pull_request_review_comment')
  expect(reactionsTo(w, second.lines[0]!)).toEqual(['eyes'])
  expect(replies(w, number).at(-1)).toMatch(new RegExp(`^🟢 Run \\[${id}\\]`))
  expect([...reactionsTo(w, second.review), ...reactionsTo(w, lines[1]!)]).toEqual([])
})

test('what holds for comments holds there: who may, whose it is, once, and nothing to assign', async () => {
  await using w = await openShopWithHandlers()
  const number = await published(w)
  const on = { repository: 'acme/shop', number, by: 'octocat' }
  const denied = w.local.review({ ...on, by: 'hubot', body: '/agent retry' })
  expect(await w.last('pull_request_review')).toEqual({ outcome: 'processed', reason: 'denied' })
  expect(reactionsTo(w, denied.review)).toEqual(['-1'])
  expect(w.audit).toMatchObject([{ actor: 'person:hubot', action: 'run.retry', reason: 'needs_write' }])

  w.local.review({ ...on, body: '/agent help' })
  await w.last('pull_request_review')
  const before = replies(w, number)
  await w.last('pull_request_review')
  expect(replies(w, number)).toEqual(before)

  const payload = (await w.newest('pull_request_review')) as { sender: object; review: object }
  const bot = { id: 5, login: 'renovate[bot]', type: 'Bot' }
  const byBot = { ...payload, sender: bot, review: { ...payload.review, user: bot } }
  expect(await w.receive('pull_request_review', byBot)).toEqual({ outcome: 'ignored', reason: 'a bot' })

  w.local.review({ ...on, body: '/assign-agent' })
  await w.last('pull_request_review')
  expect(replies(w, number).at(-1)).toBe(
    'This is a pull request, so there is nothing to assign. Assign an agent on an issue.',
  )
  expect(w.runs()).toHaveLength(1)
})

test('on a pull request that is not ours it has nothing to do', async () => {
  await using w = await openShopWithHandlers()
  const number = await pull(w, 'By hand.')
  w.local.review({ repository: 'acme/shop', number, by: 'octocat', body: '/agent cancel' })
  await w.last('pull_request_review')
  expect(replies(w, number)).toEqual([
    'This pull request is not one of mine, so `/agent` has nothing to do here. Use it on the issue.',
  ])
})

test('a review that is gone by now gets no reaction, and the answer comes all the same', async () => {
  await using w = await openShopWithHandlers()
  const number = await published(w)
  w.local.review({ repository: 'acme/shop', number, by: 'octocat', body: '/agent status' })
  const payload = (await w.newest('pull_request_review')) as { review: object }
  const gone = { ...payload, review: { ...payload.review, node_id: 'PRR_gone' } }
  expect(await w.receive('pull_request_review', gone)).toEqual({ outcome: 'processed', reason: 'status' })
  expect(replies(w, number)).toHaveLength(1)
})

test('our own failure is told there too', async () => {
  await using w = await openShopWithHandlers()
  const number = await published(w)
  const { review } = w.local.review({ repository: 'acme/shop', number, by: 'octocat', body: '/agent status' })
  const payload = await w.newest('pull_request_review')
  await w.handlers.apologise({ id: '72d3162e-cc78-11e3', name: 'pull_request_review', payload })
  expect(reactionsTo(w, review)).toEqual(['confused'])
  expect(replies(w, number)).toEqual(['Something broke on my side and no run was started. Reference: 72d3162e.'])
})
