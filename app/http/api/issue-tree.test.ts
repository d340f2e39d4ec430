/** The tree of issues over real HTTP: what is below and above an issue, as far as the reader may know of it. */
import { expect, test } from 'vitest'

import { vault } from '../../../test/stack/api/runs.ts'
import { treeIssue } from '../../../test/stack/api/sub-issues.ts'
import { eachInApiWorld } from '../../../test/stack/api/own-world.ts'
import { openIssue } from '../../../test/stack/api/world.ts'
import type { ApiWorld } from '../../../test/stack/api/world.ts'
import { BLOCKERS_SHOWN_MAX, TREE_ISSUES_MAX, TREE_LEVELS_MAX } from '../../contracts/issues.ts'
import type { IssueBody, IssueNode, IssueTree, RunIssuesBody } from '../../contracts/issues.ts'

let world: ApiWorld
let as: string

eachInApiWorld(async (fresh) => {
  world = fresh
  as = await world.signIn()
})

async function get<T>(path: string, who = as): Promise<T> {
  const { status, json } = await world.ask(path, { as: who })
  expect([path, status]).toEqual([path, 200])
  return json as unknown as T
}
const issueAt = (number: number) => `/api/repos/acme/shop/issues/${number}`
const treeAt = (number: number) => get<IssueTree>(`${issueAt(number)}/tree`)
const has = { hasSubIssues: true }

/** Numbers as they nest: `[1, [2, 3]]` is 2 and 3 below 1. */
type Numbers = (number | Numbers)[]
const numbersOf = (nodes: readonly IssueNode[]): Numbers =>
  nodes.flatMap(({ number, children }) => (children.length > 0 ? [number, numbersOf(children)] : [number]))

/** An issue, and so many below it, of which the first has one below itself. */
function epic() {
  world.tree.below.set('shop#1', [
    treeIssue('shop', 2, { ...has, title: 'Writer' }),
    treeIssue('shop', 3, { state: 'closed' }),
    treeIssue('shop', 4),
  ])
  world.tree.below.set('shop#2', [treeIssue('shop', 5, { state: 'closed' })])
}

test('a tree has titles, states, progress and the newest Run of each issue, and says who may change its order', async () => {
  epic()
  await world.cancel(await world.request({ number: 2 }))
  const newest = await world.request({ number: 2 })
  const tree = await treeAt(1)
  expect(numbersOf(tree.children)).toEqual([2, [5], 3, 4])
  const [writer, done, open] = tree.children
  expect(writer).toMatchObject({ title: 'Writer', state: 'open', progress: { done: 1, total: 1 } })
  expect(writer!.run?.id).toBe(newest.id)
  expect(done).toMatchObject({ state: 'closed', progress: null, run: null })
  expect(open!.repository).toEqual({ id: 101, owner: 'acme', name: 'shop', private: false })
  expect(tree).toMatchObject({ parent: null, truncated: false, move: { allowed: true, why: null } })
  world.levels.set('octocat@shop', 'read')
  world.pass(61_000)
  expect((await treeAt(1)).move).toEqual({
    allowed: false,
    why: 'You can read shop, but reordering its issues needs write access.',
  })
})

test('the issue page gets one level with the parent, and whether there are more', async () => {
  epic()
  world.issues.set('shop#2', { ...openIssue, title: 'Writer' })
  const { tree } = await get<IssueBody>(issueAt(1))
  expect(numbersOf(tree!.children)).toEqual([2, 3, 4])
  expect(tree).toMatchObject({ truncated: true, parent: null, children: [{ progress: null }, {}, {}] })
  const below = (await get<IssueBody>(issueAt(2))).tree
  expect(below).toMatchObject({ truncated: false, parent: { number: 1, title: 'Part 1', state: 'open' } })
  expect(numbersOf(below!.children)).toEqual([5])
})

test('an issue that GitHub says has nothing below it is not asked about; where it does not tell, the page goes on', async () => {
  world.issues.set('shop#7', { ...openIssue, hasSubIssues: false })
  expect((await get<IssueBody>(issueAt(7))).tree).toMatchObject({ children: [], truncated: false })
  expect(world.tree.reads).toEqual([])
  world.tree.untold.add('shop#1')
  expect((await get<IssueBody>(issueAt(1))).tree).toBeNull()
  expect(await world.ask(`${issueAt(1)}/tree`, { as })).toMatchObject({ status: 503 })
})

test('a branch that GitHub does not tell of hides no other, and the answer says that it is not whole', async () => {
  epic()
  world.tree.untold.add('shop#2')
  const tree = await treeAt(1)
  expect(numbersOf(tree.children)).toEqual([2, 3, 4])
  expect(tree.truncated).toBe(true)
})

test('nothing tells of what lies in a repository that the reader may not read: not as a child, a parent or a number', async () => {
  world.tree.below.set('shop#1', [
    treeIssue('vault', 9, { ...has, title: 'Rotate the keys' }),
    treeIssue('elsewhere', 8),
    treeIssue('shop', 2),
  ])
  world.tree.below.set('vault#9', [treeIssue('shop', 3)])
  world.issues.set('shop#3', openIssue)
  await world.request({ repository: vault, number: 9 })
  const hidden = await world.ask(`${issueAt(1)}/tree`, { as })
  expect(numbersOf((hidden.json as unknown as IssueTree).children)).toEqual([2])
  expect(hidden.json).toMatchObject({ truncated: false })
  expect(hidden.text).not.toMatch(/vault|Rotate|elsewhere/)
  expect(world.tree.reads).toEqual(['shop#1'])
  expect(await treeAt(3)).toMatchObject({ parent: null, children: [] })
  expect((await get<IssueBody>(issueAt(3))).tree).toMatchObject({ parent: null })

  world.levels.set('octocat@vault', 'read')
  world.pass(61_000)
  const tree = await treeAt(1)
  expect(tree.children.map(({ repository, number }) => `${repository.name}#${number}`)).toEqual(['vault#9', 'shop#2'])
  expect(tree.children[0]!.run).toMatchObject({ issue: { number: 9 } })
  expect(numbersOf(tree.children)).toEqual([9, [3], 2])
  expect(await treeAt(3)).toMatchObject({ parent: { repository: { name: 'vault' }, number: 9 } })
})

test('a program reads of a tree what its token covers', async () => {
  world.tree.below.set('shop#1', [treeIssue('vault', 9), treeIssue('shop', 2)])
  const numbers = async (who: 'reader' | 'writer') => {
    const { json } = await world.ask(`${issueAt(1)}/tree`, { headers: world.bearer(who) })
    return numbersOf((json as unknown as IssueTree).children)
  }
  expect(await numbers('reader')).toEqual([2])
  expect(await numbers('writer')).toEqual([9, 2])
})

test('a tree is bounded in issues, levels and questions, and says that it was cut off', async () => {
  const many = (from: number, count: number, over = {}) =>
    Array.from({ length: count }, (_, at) => treeIssue('shop', from + at, over))
  world.tree.below.set('shop#1', many(100, 3, has))
  for (const number of [100, 101, 102]) world.tree.below.set(`shop#${number}`, many(number * 100, 100))
  const wide = await treeAt(1)
  expect(wide.truncated).toBe(true)
  expect(wide.children.flatMap((node) => [node, ...node.children])).toHaveLength(TREE_ISSUES_MAX)

  for (let number = 20; number < 32; number++) world.tree.below.set(`shop#${number}`, many(number + 1, 1, has))
  const deep = await treeAt(20)
  expect(deep.truncated).toBe(true)
  expect(JSON.stringify(numbersOf(deep.children)).match(/\[/g)).toHaveLength(TREE_LEVELS_MAX)

  world.tree.reads.length = 0
  world.tree.below.set('shop#40', many(400, 60, has))
  expect((await treeAt(40)).truncated).toBe(true)
  expect(world.tree.reads).toHaveLength(30)
})

test('a circle, which GitHub does not have, ends all the same', async () => {
  world.tree.below.set('shop#1', [treeIssue('shop', 2, has)])
  world.tree.below.set('shop#2', [treeIssue('shop', 1, has), treeIssue('shop', 3)])
  expect(numbersOf((await treeAt(1)).children)).toEqual([2, [3]])
})

test('the issues of a Run are the tree below its issue, as it is now', async () => {
  epic()
  const run = await world.request({ number: 1 })
  world.issues.set('shop#1', { ...openIssue, title: 'Orders export', state: 'closed' })
  const { issues, parent, truncated } = await get<RunIssuesBody>(`/api/runs/${run.id}/issues`)
  expect([numbersOf(issues), parent, truncated]).toEqual([[1, [2, [5], 3, 4]], null, false])
  expect(issues[0]).toMatchObject({ title: 'Orders export', state: 'closed', progress: { done: 1, total: 3 } })
  expect(issues[0]!.run?.id).toBe(run.id)
  const below = await world.request({ number: 2 })
  world.issues.set('shop#2', openIssue)
  expect((await get<RunIssuesBody>(`/api/runs/${below.id}/issues`)).parent).toMatchObject({ number: 1 })

  // Who only wants to know what is above asks for nothing below.
  world.tree.reads.length = 0
  const above = await get<RunIssuesBody>(`/api/runs/${below.id}/issues?levels=0`)
  expect(above).toMatchObject({ parent: { number: 1 }, issues: [{ number: 2, children: [] }], truncated: true })
  expect(world.tree.reads).toEqual([])
  expect(await world.ask(`/api/runs/${below.id}/issues?levels=${TREE_LEVELS_MAX + 1}`, { as })).toMatchObject({
    status: 400,
  })
  expect(await world.ask(`/api/runs/${below.id}/issues?levels=${TREE_LEVELS_MAX}`, { as })).toMatchObject({
    status: 200,
  })

  world.issues.delete('shop#2')
  expect(await get<RunIssuesBody>(`/api/runs/${below.id}/issues`)).toMatchObject({ issues: [] })
  const hidden = await world.request({ repository: vault, number: 10 })
  expect(await world.ask(`/api/runs/${hidden.id}/issues`, { as })).toMatchObject({ status: 404 })
  world.githubIsAway = true
  expect(await world.ask(`/api/runs/${run.id}/issues`, { as })).toMatchObject({ status: 503 })
})

test('the tree of a repository has the open issues that stand at the top of one, with all below', async () => {
  epic()
  for (const number of [2, 6, 7]) world.issues.set(`shop#${number}`, { ...openIssue, title: `Issue ${number}` })
  world.tree.below.set('shop#7', [treeIssue('vault', 9), treeIssue('shop', 8)])
  world.issues.set('shop#11', { ...openIssue, state: 'closed' })
  world.tree.below.set('shop#11', [treeIssue('shop', 12)])
  const forest = await get<IssueTree>('/api/repos/acme/shop/tree')
  expect(numbersOf(forest.children)).toEqual([1, [2, [5], 3, 4], 7, [8]])
  expect(forest.children[0]).toMatchObject({ title: 'Add CSV export', state: 'open', progress: { done: 1, total: 3 } })
  expect(forest).toMatchObject({ parent: null, truncated: false, move: { allowed: true } })
  world.tree.untold.add('shop#7')
  const some = await get<IssueTree>('/api/repos/acme/shop/tree')
  expect([numbersOf(some.children), some.truncated]).toEqual([[1, [2, [5], 3, 4], 7], true])
  expect(await world.ask('/api/repos/acme/vault/tree', { as })).toMatchObject({ status: 404 })
})

test('a tree of a repository that is hidden, or that is not there, is not found', async () => {
  expect(await world.ask('/api/repos/acme/vault/issues/9/tree', { as })).toMatchObject({ status: 404 })
  expect(await world.ask('/api/repos/acme/nothing/issues/9/tree', { as })).toMatchObject({ status: 404 })
  expect(await world.ask(`${issueAt(1)}/tree`)).toMatchObject({ status: 401 })
})

test('the issue page names the issues that block it, open ones first, each with its newest Run', async () => {
  expect((await get<IssueBody>(issueAt(1))).blockedBy).toEqual([])
  world.blockers.set('shop#1', [5, 6, 7])
  world.issues.set('shop#5', { ...openIssue, state: 'closed' })
  const run = await world.request({ number: 7 })
  const { blockedBy } = await get<IssueBody>(issueAt(1))
  expect(blockedBy!.map(({ number, state, run: newest }) => [number, state, newest?.id ?? null])).toEqual([
    [6, 'open', null],
    [7, 'open', run.id],
    [5, 'closed', null],
  ])
  world.blockers.set(
    'shop#1',
    Array.from({ length: BLOCKERS_SHOWN_MAX + 1 }, (_, n) => 20 + n),
  )
  expect((await get<IssueBody>(issueAt(1))).blockedBy).toHaveLength(BLOCKERS_SHOWN_MAX)
})
