/** Moving an issue among its siblings over real HTTP: where it comes to stand, who may, and what is refused in words. */
import { expect, test } from 'vitest'

import { treeIssue } from '../../../test/stack/api/sub-issues.ts'
import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import type { IssueOrderBody } from '../../contracts/issues.ts'

let world: ApiWorld

eachInApiWorld((fresh) => {
  world = fresh
  world.tree.below.set(
    'shop#1',
    [2, 3, 4].map((number) => treeIssue('shop', number)),
  )
})

type Who = Parameters<ApiWorld['bearer']>[0]
const reorder = (number: number, body: unknown, who: Who = 'writer', name = 'shop', headers = {}) =>
  world.ask(`/api/repos/acme/${name}/issues/${number}/reorder`, {
    method: 'POST',
    body,
    headers: { ...world.bearer(who), ...headers },
  })
const order = (key = 'shop#1') => world.tree.below.get(key)!.map(({ number }) => number)
const trail = async () =>
  (await world.audit.listAudit())
    .filter(({ action }) => action === 'issue.reorder')
    .map(({ actor, target, outcome, reason }) => [actor, target, outcome, reason])

test('an issue is moved after or before a sibling, the new order is the answer, and the move is on record', async () => {
  const { status, json } = await reorder(2, { after: 3 })
  const { parent, children } = json as unknown as IssueOrderBody
  expect([status, parent.number, children.map(({ number }) => number)]).toEqual([200, 1, [3, 2, 4]])
  expect(order()).toEqual([3, 2, 4])
  expect(await reorder(4, { before: 3 })).toMatchObject({ status: 200, json: { children: [{ number: 4 }, {}, {}] } })
  expect(order()).toEqual([4, 3, 2])
  expect(await trail()).toEqual([
    ['token:writer', 'issue:acme/shop#4', 'allowed', 'moved'],
    ['token:writer', 'issue:acme/shop#2', 'allowed', 'moved'],
  ])
})

test('the same key moves once and gets the first answer again', async () => {
  const again = () => reorder(2, { after: 4 }, 'writer', 'shop', { 'idempotency-key': 'k-1' })
  const first = await again()
  await reorder(2, { before: 3 })
  expect((await again()).text).toBe(first.text)
  expect(order()).toEqual([2, 3, 4])
})

test('what cannot be moved there is refused with a sentence that says why', async () => {
  const refused = async (number: number, body: object) => (await reorder(number, body)).json.detail
  const which = 'Say after or before, one of them: the number of the issue to stand next to.'
  expect(await refused(2, {})).toBe(which)
  expect(await refused(2, { after: 3, before: 4 })).toBe(which)
  expect(await refused(9, { after: 3 })).toBe(
    '#9 is not a sub-issue of an issue that you can read, so it has no place among others.',
  )
  expect(await refused(2, { after: 9 })).toBe('#9 is not a sub-issue of the same issue as #2.')
  expect(await refused(2, { before: 2 })).toBe('An issue cannot stand next to itself. Name another one.')
  world.tree.refusesMoves = true
  expect(await refused(2, { after: 3 })).toContain('GitHub did not move it')
  for (const body of [{ after: 0 }, { after: 'three' }, { after: 3, to: 1 }]) {
    expect(await reorder(2, body)).toMatchObject({ status: 422, json: { code: 'unprocessable' } })
  }
  expect([order(), await trail()]).toEqual([[2, 3, 4], []])
  world.githubIsAway = true
  expect(await reorder(2, { after: 3 })).toMatchObject({ status: 503 })
})

test('who may only read is told so and is on record; who may not read learns nothing', async () => {
  expect(await reorder(2, { after: 3 }, 'reader')).toMatchObject({
    status: 403,
    json: { detail: 'You can read shop, but reordering its issues needs write access.' },
  })
  expect(await trail()).toEqual([['token:reader', 'issue:acme/shop#2', 'refused', 'needs_write']])
  expect(await reorder(1, { after: 7 }, 'reader', 'vault')).toMatchObject({ status: 404 })
  expect(await reorder(1, { after: 7 }, 'reader', 'nothing')).toMatchObject({ status: 404 })
  expect(
    await world.ask('/api/repos/acme/shop/issues/2/reorder', { method: 'POST', body: { after: 3 } }),
  ).toMatchObject({ status: 401 })
  expect(order()).toEqual([2, 3, 4])
})

test('the order is that of the issue above: it has to be readable and writable too, and siblings elsewhere are named in full', async () => {
  world.tree.below.clear()
  world.tree.below.set('vault#5', [treeIssue('shop', 2), treeIssue('vault', 9), treeIssue('shop', 3)])
  const as = await world.signIn()
  const move = (body: object) => world.ask('/api/repos/acme/shop/issues/2/reorder', { method: 'POST', as, body })
  const hidden = await move({ after: 3 })
  expect([hidden.status, hidden.text.includes('vault')]).toEqual([422, false])
  world.levels.set('octocat@vault', 'read')
  world.pass(61_000)
  expect(await move({ after: 3 })).toMatchObject({
    status: 403,
    json: { detail: 'You can read vault, but reordering its issues needs write access.' },
  })
  world.levels.set('octocat@vault', 'write')
  world.pass(61_000)
  expect((await move({ after: 9 })).json.detail).toBe('#9 is not a sub-issue of the same issue as #2.')
  expect(await move({ after: 'acme/vault#9' })).toMatchObject({ status: 200 })
  expect(order('vault#5')).toEqual([9, 2, 3])
})

test('what is hidden is not in the new order, and nothing is moved next to it', async () => {
  world.tree.below.set('shop#1', [treeIssue('shop', 2), treeIssue('vault', 9), treeIssue('shop', 3)])
  const as = await world.signIn()
  const move = (body: object) => world.ask('/api/repos/acme/shop/issues/2/reorder', { method: 'POST', as, body })
  expect((await move({ after: 'acme/vault#9' })).json.detail).toBe(
    'acme/vault#9 is not a sub-issue of the same issue as #2.',
  )
  const { json, text } = await move({ after: 3 })
  expect((json as unknown as IssueOrderBody).children.map(({ number }) => number)).toEqual([3, 2])
  expect(text).not.toContain('vault')
  expect(order()).toEqual([9, 3, 2])
})
