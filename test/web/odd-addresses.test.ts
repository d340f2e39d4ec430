/** Addresses that were cut, mistyped or made for another version: what they cannot mean is left out, and a page is shown. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, visit } from './browse.ts'
import { browseStates } from './browse-routes.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const worldOf = (name: string) => browseStates.find((state) => state.name === name)!.world!
const runs = [story.runningRun(), story.succeededRun()]
const ofIssues = worldOf('issues')
const ofRepository = worldOf('repository')

const marked = (page: Page) => page.getByRole('main').locator('nav [aria-current="page"]').allTextContents()

test.each([
  ['a Run', `/runs/${story.RUN_ID}?tab=bogus`, { runs }, 'Timeline', 'Acquire sandbox'],
  ['a repository', '/repos/acme/shop?tab=pulls', ofRepository, 'Issues', 'Fix flaky login test'],
])('a tab of %s that does not exist is its first one', async (_, path, world, first, shown) => {
  await using tab = await visit(browser, dist)
  Object.assign(tab.server.world, world)
  await tab.open(path)
  await expect.poll(() => marked(tab.page)).toEqual([expect.stringContaining(first)])
  await tab.page.getByRole('main').getByText(shown).first().waitFor()
  expect(tab.wrongs).toEqual([])
})

test.each([
  ['runs', '/runs?within=9y&agent=stub', { runs }, '/api/runs', { agent: 'stub', limit: '50' }],
  ['runs', '/runs?status=exploded', { runs }, '/api/runs', { limit: '50' }],
  ['issues', '/issues?repository=zzz&run=bogus', ofIssues, '/api/issues', {}],
])('filters of %s that mean nothing are not asked for: %s', async (_, path, world, api, asksFor) => {
  await using tab = await visit(browser, dist)
  Object.assign(tab.server.world, world)
  const asked: unknown[] = []
  tab.page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    if (pathname === api) asked.push(Object.fromEntries(searchParams))
  })
  await tab.open(path)
  await tab.page.getByRole('main').getByText('CSV export').first().waitFor()
  expect(asked).not.toEqual([])
  expect(asked).toEqual(asked.map(() => asksFor))
  // What narrows nothing is nothing to clear either.
  const clear = tab.page.getByRole('main').getByRole('link', { name: 'Clear', exact: true })
  expect(await clear.count()).toBe('agent' in asksFor ? 1 : 0)
  expect(tab.wrongs).toEqual([])
})
