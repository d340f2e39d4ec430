/** An issue that is chosen in a tree is shown beside it: by mouse, by keyboard and by its address, live, and closed again. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, sidewaysPx, startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'
import { activity, writerIssue } from './tree-states.ts'

const TREE = '/repos/acme/shop/tree'
const ISSUE = '/api/repos/acme/shop/issues/102'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const till = { id: 9002, owner: 'acme', name: 'till', private: true }
const about = { number: 102, title: 'CSV writer', url: 'https://github.com/acme/shop/issues/102' }
const writer = story.treeNode(102, { title: 'CSV writer', run: story.runningRun({ issue: about }) })
const root = story.treeNode(90, {
  title: 'Orders export',
  children: [
    writer,
    story.treeNode(103, { title: 'Endpoint' }),
    story.treeNode(7, { title: 'Print', repository: till }),
  ],
})

async function openTree(search = '') {
  const tab = await visit(browser, dist)
  const { answers } = tab.server.world
  answers['/api/repos/acme/shop/tree'] = story.makeTree({ children: [root] })
  answers[ISSUE] = writerIssue
  answers[`${ISSUE}/activity`] = { ...activity, pullRequest: null }
  answers['/api/repos/acme/till/issues/7'] = story.makeIssue({ number: 7, title: 'Print', repository: till })
  await tab.open(`${TREE}${search}`)
  const { page } = tab
  const panel = page.getByRole('region', { name: /^CSV writer/ })
  return { ...tab, panel, row: (name: string) => page.getByRole('treeitem', { name }) }
}

test('Enter shows an issue and leads into it; Escape and the button close it and lead back to its row', async () => {
  await using tab = await openTree()
  const { page, panel, row } = tab
  await row('CSV writer').focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(/tree\?issue=102$/)
  await panel.getByText('Please keep the order of the columns.').waitFor()
  await expect.poll(() => focusedText(page)).toBe('CSV writer #102')
  expect(await row('CSV writer').getAttribute('aria-selected')).toBe('true')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  expect(new URL(page.url()).search).toBe('')
  expect(await page.evaluate('document.activeElement.dataset.issue')).toBe('#102')

  await page.getByRole('link', { name: 'CSV writer' }).click()
  await panel.waitFor()
  await page.getByRole('button', { name: 'Close the issue' }).click()
  await panel.waitFor({ state: 'detached' })
  expect(await page.evaluate('document.activeElement.dataset.issue')).toBe('#102')
  expect(tab.wrongs).toEqual([])
})

test('its address names it, also in another repository; the way back of the browser goes from one to the other', async () => {
  await using tab = await openTree('?issue=102')
  const { page, panel, row } = tab
  await panel.waitFor()
  // Who comes by an address begins at the top.
  expect(await page.evaluate('document.activeElement === document.body')).toBe(true)
  await row('Print').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: /^Print/ }).waitFor()
  expect(new URL(page.url()).searchParams.get('issue')).toBe('acme/till#7')
  await page.goBack()
  await panel.waitFor()
  // Filters leave it where it is, also where they hide its row.
  await page.getByRole('combobox', { name: 'Status' }).selectOption('none')
  await row('CSV writer').waitFor({ state: 'detached' })
  await panel.waitFor()
  await page.getByRole('button', { name: 'Close the issue' }).click()
  // To the row that had the focus last, where its own is hidden.
  await expect.poll(() => focusedText(page)).toContain('Print')
  await tab.open(`${TREE}?issue=999`)
  expect(await page.getByRole('button', { name: 'Close the issue' }).count()).toBe(0)
  expect(tab.wrongs).toEqual([])
})

test('it follows the run: its end brings the pull request with its state and what was checked of it', async () => {
  await using tab = await openTree('?issue=102')
  const { panel, server } = tab
  await panel.getByText('Running').waitFor()
  await panel.getByText('No gates are set up, so none will run.').waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
  server.world.answers[`${ISSUE}/activity`] = activity
  server.push('run.succeeded', story.succeededRun({ issue: about }))
  await panel.getByText('Succeeded').waitFor()
  await panel.getByRole('link', { name: 'Pull request #207' }).waitFor()
  await panel.getByText('Merged').waitFor()
  const checks = panel.getByRole('list', { name: 'Checks of the pull request' }).getByRole('listitem')
  await expect.poll(() => checks.allTextContents()).toEqual(['testPassed', 'lintFailed', 'e2eIn progress'])
  const href = (name: string) => panel.getByRole('link', { name, exact: true }).getAttribute('href')
  expect(await href('Open the issue’s page')).toBe('/repos/acme/shop/issues/102')
  expect(await href('Open the run')).toBe(`/runs/${story.RUN_ID}`)
  expect(await href('View on GitHub')).toBe('https://github.com/acme/shop/issues/102')
  expect(await panel.getByText('No gates were run.').count()).toBe(1)
})

test('what people wrote is text and nothing else, and what is long is cut where it leads on', async () => {
  await using tab = await openTree()
  const { page, panel, server } = tab
  const [first] = activity.comments
  const long = { ...first!, id: 9, body: `${'x'.repeat(700)} the end` }
  server.world.answers[`${ISSUE}/activity`] = { ...activity, comments: [first, long] }
  server.world.answers[ISSUE] = { ...writerIssue, body: `${'y'.repeat(1_600)} the end` }
  await page.setViewportSize({ width: 320, height: 720 })
  await page.getByRole('link', { name: 'CSV writer' }).click()
  await panel.getByText('<img src=x onerror="document.title = 1">').waitFor()
  expect(await panel.locator('img').count()).toBe(0)
  expect(await panel.getByText('the end').count()).toBe(0)
  await panel.getByRole('link', { name: 'Read all on its page' }).waitFor()
  await panel.getByRole('link', { name: 'Read all on GitHub' }).waitFor()
  expect(await sidewaysPx(page)).toBe(0)
  // Below the tree, and where it is read from its beginning.
  await expect.poll(() => focusedText(page)).toBe('CSV writer #102')
  const [tree, below] = await Promise.all([page.getByRole('tree').boundingBox(), panel.boundingBox()])
  expect(below!.y).toBeGreaterThan(tree!.y + tree!.height)
  expect(tab.wrongs).toEqual([])
})

test('what could not be read is said where it stands, and read again when somebody asks', async () => {
  await using tab = await openTree()
  const { page, panel, server } = tab
  server.world.failing.set(`${ISSUE}/activity`, 'unprocessable')
  await page.getByRole('link', { name: 'CSV writer' }).click()
  await panel.getByRole('alert').getByText('Could not load the comments.').waitFor()
  await panel.getByText('Our bookkeeper wants the orders').waitFor()
  server.world.failing.clear()
  await panel.getByRole('button', { name: 'Try again' }).click()
  await panel.getByText('The bookkeeper wants commas.').waitFor()
  expect(await panel.getByRole('alert').count()).toBe(0)
})
