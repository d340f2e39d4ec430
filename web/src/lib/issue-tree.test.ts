import { expect, test } from 'vitest'

import type { IssueTree } from '#contracts/issues.ts'

import { linkOf, makeIssue, makeRun, makeTree, runningRun, succeededRun, treeNode } from '../../../test/web/fixtures.ts'
import {
  addressName,
  fitting,
  freshTree,
  hasOrder,
  issueName,
  keyAct,
  movedInTree,
  nodeNamed,
  repositoriesIn,
  rowsOf,
  withRunInIssue,
  withRunInTree,
} from './issue-tree.ts'

const issue = (number: number) => ({
  number,
  title: `Part ${number}`,
  url: `https://github.com/acme/shop/issues/${number}`,
})
const runOf = (number: number, over = {}) => makeRun({ issue: issue(number), ...over })
const tree = makeTree({ children: [treeNode(102, { children: [treeNode(104)] }), treeNode(103), treeNode(105)] })
const order = ({ children }: IssueTree) => children.map(({ number }) => number)

test('a Run is shown on its issue, however deep, and never on another one', () => {
  const told = withRunInTree(tree, runOf(104))
  expect(told.children[0]!.children[0]!.run?.status).toBe('queued')
  expect(told.children[1]).toBe(tree.children[1])
  expect(withRunInTree(tree, runOf(999))).toBe(tree)
  const elsewhere = { id: 9002, owner: 'acme', name: 'till', private: true }
  expect(withRunInTree(tree, runOf(104, { repository: elsewhere }))).toBe(tree)
})

test('a Run never goes back, and an older Run does not hide a newer one', () => {
  const done = withRunInTree(tree, succeededRun({ issue: issue(103), seq: 16 }))
  expect(withRunInTree(done, runningRun({ issue: issue(103), seq: 9 }))).toBe(done)
  const [old, young] = ['2026-11-20T12:00:00.000Z', '2026-11-21T12:00:00.000Z']
  const newest = withRunInTree(tree, runOf(103, { id: 'r_8k2f0q7w3y', createdAt: young }))
  expect(withRunInTree(newest, runOf(103, { id: 'r_8k2f0q7w3x', createdAt: old }))).toBe(newest)
  expect(freshTree(done, tree).children[1]!.run?.status).toBe('succeeded')
  expect(freshTree(undefined, tree)).toBe(tree)
})

test('rows come from top to bottom with their levels, without what is closed', () => {
  const rows = (closed: string[]) =>
    rowsOf(tree.children, new Set(closed)).map(({ node, level, at }) => [node.number, level, at])
  expect(rows([])).toEqual([
    [102, 1, 0],
    [104, 2, 0],
    [103, 1, 1],
    [105, 1, 2],
  ])
  expect(rows(['issue-9001-102'])).toHaveLength(3)
  expect(rowsOf(tree.children, new Set())[1]!.parentId).toBe('issue-9001-102')
})

test('what fits is shown with what is above it', () => {
  const wanted = (number: number) =>
    rowsOf(
      fitting(tree.children, (node) => node.number === number),
      new Set(),
    )
  expect(wanted(104).map(({ node }) => node.number)).toEqual([102, 104])
  expect(wanted(103).map(({ node }) => node.number)).toEqual([103])
  expect(wanted(999)).toEqual([])
})

test('keys walk over what is shown, open and close what is below, and go to the parent', () => {
  const none = new Set<string>()
  const shut = new Set(['issue-9001-102'])
  const act = (at: number, key: string, closed = none) => {
    const done = keyAct(rowsOf(tree.children, closed), at, closed, key)
    return done && typeof done === 'object' && 'focus' in done ? (done.focus?.node.number ?? null) : done
  }
  expect([act(0, 'ArrowDown'), act(1, 'ArrowUp'), act(0, 'ArrowUp'), act(3, 'ArrowDown')]).toEqual([
    104,
    102,
    null,
    null,
  ])
  expect([act(2, 'Home'), act(0, 'End'), act(0, 'Enter'), act(0, 'x')]).toEqual([102, 105, 'enter', null])
  expect([act(0, 'ArrowRight'), act(0, 'ArrowLeft')]).toEqual([104, { open: false }])
  expect([act(0, 'ArrowRight', shut), act(0, 'ArrowLeft', shut)]).toEqual([{ open: true }, null])
  expect([act(1, 'ArrowRight'), act(1, 'ArrowLeft')]).toEqual([null, 102])
})

test('an issue is moved among its siblings, and only there', () => {
  const [first, second, third] = tree.children as [
    IssueTree['children'][0],
    IssueTree['children'][0],
    IssueTree['children'][0],
  ]
  expect(order(movedInTree(tree, first, third, true))).toEqual([103, 105, 102])
  expect(order(movedInTree(tree, third, second, false))).toEqual([102, 105, 103])
  expect(movedInTree(tree, treeNode(104), second, true)).toBe(tree)
  const deep = makeTree({ children: [treeNode(101, { children: tree.children }), treeNode(9)] })
  expect(movedInTree(deep, first, second, true).children[0]!.children.map(({ number }) => number)).toEqual([
    103, 102, 105,
  ])
})

test('an issue of another repository is named with it', () => {
  const till = { id: 9002, owner: 'acme', name: 'till', private: true }
  const home = { owner: 'acme', name: 'shop' }
  expect(issueName(treeNode(7), home)).toBe('#7')
  expect(issueName(treeNode(7, { repository: till }), home)).toBe('till#7')
  expect(repositoriesIn([treeNode(1, { children: [treeNode(7, { repository: till })] }), treeNode(2)])).toEqual([
    'acme/shop',
    'acme/till',
  ])
})

test('an address names an issue by its number, and one of another repository in full', () => {
  const home = { owner: 'acme', name: 'shop' }
  const print = treeNode(7, { repository: { id: 9002, owner: 'acme', name: 'till', private: true } })
  const nodes = [treeNode(102, { children: [print] }), treeNode(7)]
  expect(nodes.map((node) => addressName(node, home))).toEqual(['102', '7'])
  expect(addressName(print, home)).toBe('acme/till#7')
  expect(nodeNamed(nodes, 'acme/till#7', home)).toBe(print)
  expect(nodeNamed(nodes, '7', home)).toBe(nodes[1])
  expect(nodeNamed(nodes, '8', home)).toBeNull()
})

test('an order is told of only where an issue has siblings; those at the top of a forest have none', () => {
  const alone = treeNode(102, { children: [treeNode(104)] })
  expect(hasOrder([alone])).toBe(false)
  expect(hasOrder([alone, treeNode(103)])).toBe(true)
  expect(hasOrder([alone, treeNode(103)], true)).toBe(false)
  expect(hasOrder([treeNode(90, { children: [alone, treeNode(103)] })], true)).toBe(true)
})

test('news of a Run reach the issue that is its own, and the one that its issue blocks', () => {
  const blocker = { ...linkOf(treeNode(100)), run: null }
  const page = makeIssue({ runs: [runOf(101)], blockedBy: [blocker] })
  expect(withRunInIssue(page, runOf(999, { id: 'r_8k2f0q7w3y' }))).toBe(page)
  const told = withRunInIssue(page, runOf(100, { id: 'r_8k2f0q7w3y' }))
  expect(told.blockedBy![0]!.run?.id).toBe('r_8k2f0q7w3y')
  expect(withRunInIssue(page, runningRun({ issue: issue(101) })).runs[0]!.status).toBe('running')
  expect(withRunInIssue(makeIssue({ blockedBy: null }), runOf(100)).blockedBy).toBeNull()
})
