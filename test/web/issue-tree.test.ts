/** The tree of issues on the issue page: walked with the keyboard, linked, live, and put into another order. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { IssueTree } from '#contracts/issues.ts'

import { focusedText, sidewaysPx, startBrowsing, violations, visit } from './browse.ts'
import { ofShop, overview } from './browse-routes.ts'
import * as story from './fixtures.ts'

const ISSUE = '/repos/acme/shop/issues/101'
const TREE = `/api${ISSUE}/tree`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const till = { id: 9002, owner: 'acme', name: 'till', private: true }
const about = (number: number, title: string) => ({
  number,
  title,
  url: `https://github.com/acme/shop/issues/${number}`,
})
const writer = story.treeNode(102, {
  title: 'CSV writer',
  progress: { done: 1, total: 2 },
  run: story.succeededRun({ id: 'r_8k2f0q7w3x', issue: about(102, 'CSV writer') }),
  children: [story.treeNode(105, { title: 'Quote commas', state: 'closed' }), story.treeNode(106, { title: 'Dates' })],
})
const whole = story.makeTree({
  parent: story.treeNode(90, { title: 'Orders export' }),
  children: [
    writer,
    story.treeNode(103, { title: 'Endpoint' }),
    story.treeNode(7, { title: 'Print', repository: till }),
  ],
})
/** As it comes with the issue: the first level, and that there is more. */
const firstLevel = (tree: IssueTree): IssueTree => ({
  ...tree,
  truncated: true,
  children: tree.children.map((node) => ({ ...node, progress: null, children: [] })),
})

async function openTree(tree: IssueTree = whole) {
  const tab = await visit(browser, dist)
  const { parent, ...below } = firstLevel(tree)
  // What a body names may be no more than what the contract has.
  const link = parent && story.linkOf(parent)
  tab.server.world.issue = story.makeIssue({ tree: { ...below, parent: link } })
  tab.server.world.answers[TREE] = { ...tree, parent: link }
  await tab.open(ISSUE)
  await row(tab.page, 'CSV writer').waitFor()
  return tab
}
const row = (page: Page, name: string) => page.getByRole('treeitem', { name })
const rows = (page: Page) => page.locator('[role="treeitem"]').evaluateAll(ISSUES_OF)
const ISSUES_OF = (found: { dataset: { issue?: string } }[]) => found.map(({ dataset }) => dataset.issue)
const focusedIssue = (page: Page) => page.evaluate<string>("document.activeElement?.dataset.issue ?? ''")

test('the tree is read with its levels, and walked, closed and opened with the keyboard alone', async () => {
  await using tab = await openTree()
  const { page } = tab
  await row(page, 'Dates').waitFor()
  expect(await rows(page)).toEqual(['#102', '#105', '#106', '#103', 'till#7'])
  expect(await page.getByRole('tree', { name: 'Sub-issues' }).count()).toBe(1)
  await page.getByText('1 of 2 done').waitFor()
  expect(await row(page, 'Quote commas').getByText('Closed').count()).toBe(1)

  await row(page, 'CSV writer').focus()
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => focusedIssue(page)).toBe('#105')
  await page.keyboard.press('ArrowLeft')
  await expect.poll(() => focusedIssue(page)).toBe('#102')
  await page.keyboard.press('ArrowLeft')
  await row(page, 'Dates').waitFor({ state: 'detached' })
  expect(await row(page, 'CSV writer').getAttribute('aria-expanded')).toBe('false')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('ArrowRight')
  await row(page, 'Dates').waitFor()
  await page.keyboard.press('End')
  await expect.poll(() => focusedIssue(page)).toBe('till#7')
  await page.keyboard.press('Home')
  await expect.poll(() => focusedIssue(page)).toBe('#102')
  // Tab goes on to what is in the row that has the focus, and out of the tree from there; arrows lead back to rows.
  await page.keyboard.press('Tab')
  await expect.poll(() => focusedText(page)).toBe('Succeeded')
  await page.keyboard.press('Tab')
  await expect.poll(() => focusedText(page)).toBe(' PR #207')
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => focusedIssue(page)).toBe('#105')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/repos\/acme\/shop\/issues\/101\?issue=102$/)
  expect(tab.wrongs).toEqual([])
})

test('every issue leads to its page, its run and its pull request; the parent stands above', async () => {
  await using tab = await openTree()
  const { page } = tab
  const href = (name: string) => page.getByRole('link', { name, exact: true }).first().getAttribute('href')
  expect(await href('Print')).toBe('/repos/acme/till/issues/7')
  expect(await href('#90 Orders export')).toBe('/repos/acme/shop/issues/90')
  expect(await href('Succeeded')).toBe('/runs/r_8k2f0q7w3x')
  expect(await href('PR #207')).toBe('https://github.com/acme/shop/pull/207')
  await page.getByRole('link', { name: 'Succeeded', exact: true }).click()
  await page.waitForURL(/\/runs\/r_8k2f0q7w3x$/)
  expect(tab.wrongs).toEqual([])
})

test('badges follow the runs: one that begins appears, and goes on to its end', async () => {
  await using tab = await openTree()
  const { page, server } = tab
  await expect.poll(() => server.openStreams()).toBe(1)
  await row(page, 'Dates').waitFor()
  const endpoint = about(103, 'Endpoint')
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3y', issue: endpoint }))
  await row(page, 'Endpoint').getByText('Queued').waitFor()
  server.push('run.started', story.runningRun({ id: 'r_8k2f0q7w3y', issue: endpoint }))
  await row(page, 'Endpoint').getByText('Running').waitFor()
  const dates = { id: 'r_8k2f0q7w3v', issue: about(106, 'Dates') }
  server.push('run.failed', story.failedRun(dates))
  await row(page, 'Dates').getByText('Failed').waitFor()
  // What was told meanwhile is not lost to a stream that has to begin anew.
  server.world.runs = [story.succeededRun({ id: 'r_8k2f0q7w3y', issue: endpoint })]
  server.signal('reset')
  await row(page, 'Endpoint').getByText('Succeeded').waitFor()
  expect(tab.wrongs).toEqual([])
})

test('an issue is moved with a button, and with Alt and an arrow; it keeps the focus and its new place is said', async () => {
  await using tab = await openTree()
  const { page, server } = tab
  await row(page, 'Dates').waitFor()
  server.world.orders.set('/api/repos/acme/shop/issues/103/reorder', () => ({}))
  server.world.orders.set('/api/repos/acme/till/issues/7/reorder', () => ({}))
  await page.getByRole('button', { name: 'Move #103 up' }).click()
  await expect.poll(() => rows(page)).toEqual(['#103', '#102', '#105', '#106', 'till#7'])
  await expect.poll(() => focusedIssue(page)).toBe('#103')
  await page.locator('[role="status"]').getByText('#103 is now 1 of 3.').waitFor({ state: 'attached' })
  await page.keyboard.press('Alt+ArrowDown')
  await expect.poll(() => rows(page)).toEqual(['#102', '#105', '#106', '#103', 'till#7'])
  await expect.poll(() => focusedIssue(page)).toBe('#103')
  await page.keyboard.press('Alt+ArrowDown')
  await expect.poll(() => rows(page)).toEqual(['#102', '#105', '#106', 'till#7', '#103'])
  // What happens elsewhere later does not call the focus back.
  await row(page, 'Print').focus()
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3y', issue: about(106, 'Dates') }))
  await row(page, 'Dates').getByText('Queued').waitFor()
  expect(await focusedIssue(page)).toBe('till#7')
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(() => focusedIssue(page)).toBe('till#7')
  await expect.poll(() => rows(page)).toEqual(['till#7', '#102', '#105', '#106', '#103'])
  expect(server.world.posts.map(({ body }) => body)).toEqual([
    { before: 102 },
    { after: 102 },
    { after: 'acme/till#7' },
    { before: 'acme/shop#102' },
  ])
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('a move that is refused says why and changes nothing; the tree is read again', async () => {
  await using tab = await openTree()
  const { page, server } = tab
  await row(page, 'Dates').waitFor()
  let read = 0
  page.on('request', (request) => (read += Number(new URL(request.url()).pathname === TREE)))
  server.world.failing.set('/api/repos/acme/shop/issues/102/reorder', 'unprocessable')
  await page.getByRole('button', { name: 'Move #102 down' }).click()
  await page.getByRole('alert').getByText('The issue was not moved.').waitFor()
  await expect.poll(() => read).toBe(1)
  expect(await rows(page)).toEqual(['#102', '#105', '#106', '#103', 'till#7'])
  expect(await violations(page)).toEqual([])
})

test('who may only read has no buttons and is told why; on a narrow page nothing is cut off', async () => {
  const why = 'You can read shop, but reordering its issues needs write access.'
  await using tab = await openTree({ ...whole, move: { allowed: false, why } })
  const { page } = tab
  await page.getByText(why).waitFor()
  expect(await page.getByRole('button', { name: /^Move/ }).count()).toBe(0)
  await page.setViewportSize({ width: 320, height: 800 })
  expect(await sidewaysPx(page)).toBe(0)
})

test('the page of all trees hides what is done and filters by status, in its address; only what has siblings is moved', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const root = story.treeNode(90, { title: 'Orders export', progress: { done: 0, total: 3 }, children: whole.children })
  server.world.answers['/api/repos/acme/shop/tree'] = story.makeTree({ children: [root, story.treeNode(80)] })
  server.world.answers['/api/repos/acme/shop'] = overview
  server.world.answers['/api/issues'] = ofShop
  await tab.open('/repos/acme/shop')
  await page.getByRole('link', { name: 'Issue tree' }).click()
  await row(page, 'Dates').waitFor()
  expect(await rows(page)).toEqual(['#90', '#102', '#106', '#103', 'till#7', '#80'])
  expect(await page.getByRole('button', { name: 'Move #80 up' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Move #103 up' }).count()).toBe(1)
  await page.getByRole('checkbox', { name: 'Hide done' }).uncheck()
  await page.waitForURL(/done=show/)
  await expect.poll(() => rows(page)).toEqual(['#90', '#102', '#105', '#106', '#103', 'till#7', '#80'])
  await page.getByRole('combobox', { name: 'Status' }).selectOption('succeeded')
  await page.waitForURL(/status=succeeded/)
  // With what is above it, or nobody would know where it belongs.
  await expect.poll(() => rows(page)).toEqual(['#90', '#102'])
  await page.getByRole('combobox', { name: 'Status' }).selectOption('paused')
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect.poll(() => rows(page)).toHaveLength(7)
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3y', issue: about(103, 'Endpoint') }))
  await row(page, 'Endpoint').getByText('Queued').waitFor()
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('what could not be read whole is said, and an issue without sub-issues says and loads nothing', async () => {
  await using tab = await openTree()
  const { page, server } = tab
  server.world.failing.set(TREE, 'unprocessable')
  await tab.open(ISSUE)
  await page.getByRole('alert').getByText('Could not load all sub-issues.').waitFor()
  await expect.poll(() => rows(page)).toEqual(['#102', '#103', 'till#7'])
  server.world.failing.clear()
  server.world.answers[TREE] = { ...whole, parent: null, truncated: true }
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('There are more sub-issues than are shown here.').waitFor()

  server.world.issue = story.makeIssue({ tree: null })
  await tab.open(ISSUE)
  await page.getByText('Sub-issues are not available: GitHub gave no answer.').waitFor()
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  server.world.issue = story.makeIssue()
  await tab.open(ISSUE)
  expect(await page.getByText('Sub-issues').count()).toBe(0)
  expect(asked.filter((path) => path === TREE || path.includes('IssueHierarchyTree'))).toEqual([])
})

test('what stands below the words about the trees keeps its distance, also where there is no tree yet', async () => {
  await using tab = await openTree()
  const { page, server } = tab
  const gap = async (below: Locator) => {
    const [lead, next] = await Promise.all([page.locator('h1 + p').boundingBox(), below.boundingBox()])
    return next!.y - (lead!.y + lead!.height)
  }
  server.world.answers['/api/repos/acme/shop/tree'] = story.makeTree({ children: [story.treeNode(90)] })
  await tab.open('/repos/acme/shop/tree')
  const filled = await gap(page.getByRole('search', { name: 'Filters' }))
  expect(filled).toBeGreaterThan(0)
  server.world.answers['/api/repos/acme/shop/tree'] = story.makeTree()
  await tab.open('/repos/acme/shop/tree')
  const empty = page
    .locator('div')
    .filter({ has: page.getByRole('heading', { name: 'No open issue has sub-issues.' }) })
  expect(await gap(empty.last())).toBe(filled)
})
