/** Finding an issue and verifying access with the keyboard: what is looked for stands in the address, results are said. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, loaded, startBrowsing, visit } from './browse.ts'
import { browseStates } from './browse-routes.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const worldOf = (name: string) => browseStates.find((state) => state.name === name)!.world!

test('g i leads to the issues, / to their search; what is asked for is in the address and asked of the server', async () => {
  await using tab = await visit(browser, dist)
  Object.assign(tab.server.world, worldOf('issues'))
  const asked: string[] = []
  tab.page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname === '/api/issues') asked.push(search)
  })
  await tab.open('/runs')
  for (const key of ['g', 'i']) await tab.page.keyboard.press(key)
  await tab.page.getByText('Fix flaky login test').waitFor()
  await tab.page.keyboard.press('/')
  await tab.page.keyboard.type('login test')
  await tab.page.keyboard.press('Enter')
  await tab.page.waitForURL(/\/issues\?q=login(\+|%20)test$/)
  await expect.poll(() => asked.at(-1)).toMatch(/^\?q=login(\+|%20)test$/)
  await tab.page.getByRole('combobox', { name: 'Agent' }).selectOption('live')
  await tab.page.waitForURL(/run=live/)
  await expect.poll(() => asked.at(-1)).toMatch(/^\?q=login(\+|%20)test&run=live$/)
  await tab.page.reload()
  await loaded(tab.page)
  expect(await tab.page.getByRole('main').getByRole('searchbox').inputValue()).toBe('login test')
  expect(tab.wrongs).toEqual([])
})

test('j goes from issue to issue and Enter opens one', async () => {
  await using tab = await visit(browser, dist)
  Object.assign(tab.server.world, worldOf('issues'))
  await tab.open('/issues')
  for (const key of ['j', 'j', 'k', 'Enter']) await tab.page.keyboard.press(key)
  await tab.page.waitForURL(/\/repos\/acme\/shop\/issues\/101$/)
  await expect.poll(() => tab.page.locator('h1').textContent()).toContain('Add CSV export to orders')
})

test('verifying access says its result politely and keeps the focus on the button', async () => {
  await using tab = await visit(browser, dist)
  Object.assign(tab.server.world, worldOf('repository-settings'))
  await tab.open('/repos/acme/shop?tab=settings')
  const button = tab.page.getByRole('button', { name: 'Verify access' })
  await button.focus()
  await tab.page.keyboard.press('Enter')
  await tab.page.locator('[role="status"]').getByText('1 permission is missing.').waitFor()
  expect(await tab.page.getByRole('row', { name: 'checks write none Missing' }).count()).toBe(1)
  expect(await focusedText(tab.page)).toBe('Verify access')
})

test.each([
  ['an agent', 'agent', '/agents/stub'],
  ['a repository', 'repository-runs', '/repos/acme/shop?tab=runs'],
])('the runs of %s stay where they are: new ones wait, and an error takes none away', async (_, name, path) => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  Object.assign(server.world, worldOf(name))
  await tab.open(path)
  const rows = page.locator('tr[data-run]')
  await expect.poll(() => server.openStreams()).toBe(1)
  expect(await rows.count()).toBe(2)
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3y', createdAt: new Date().toISOString() }))
  await page.getByRole('main').getByText('1 new run').waitFor()
  expect(await rows.count()).toBe(2)
  await page.getByRole('button', { name: 'Show' }).click()
  expect(await rows.count()).toBe(3)
  await page.locator('tr[data-run="r_8k2f0q7w3y"] th a').and(page.locator(':focus')).waitFor()

  server.world.failing.set('/api/runs', 'unprocessable')
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3t', createdAt: new Date().toISOString() }))
  await page.getByText('Could not load runs.').waitFor()
  expect(await rows.count()).toBe(3)
  expect(tab.wrongs).toEqual([])
})
