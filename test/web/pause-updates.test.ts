/** Whoever reads stops what moves by itself, on any page, and lets it go on from where everything stands then (WCAG 2.2.2). */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
/** More than any interval at which a page reads or counts by itself. */
const LONG_MS = 60_000

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

/** Whether a row shows it, some frames later: the clock of these pages is turned by hand. */
async function shows(page: Page, text: string): Promise<boolean> {
  await page.clock.runFor(1_000)
  return page.getByRole('row').getByText(text).isVisible()
}

test('a paused list keeps its rows, numbers and clocks as they are, and takes up everything when it goes on', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun(), story.makeRun({ id: 'r_8k2f0q7w3y' })]
  await page.clock.install()
  await tab.open('/runs')
  await page.getByRole('link', { name: 'Running 1', exact: true }).waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
  await page.getByRole('button', { name: 'Pause updates' }).click()
  await page.getByText('Updates are paused. Showing what was known at').waitFor()
  expect(await violations(page)).toEqual([])
  await page.mouse.move(0, 300)
  const rows = () => page.locator('tr[data-run]').allInnerTexts()
  const before = await rows()

  const other = await page.context().newPage()
  await other.goto(page.url())
  await expect.poll(() => shows(other, 'Running')).toBe(true)

  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  server.push('run.succeeded', story.succeededRun())
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3x', createdAt: new Date().toISOString() }))
  // Another page of this browser, on the same stream, shows the news, so it has come.
  await expect.poll(() => shows(other, 'Succeeded')).toBe(true)
  await page.clock.runFor(LONG_MS)
  expect(await rows()).toEqual(before)
  expect(await page.getByRole('link', { name: 'Running 1', exact: true }).count()).toBe(1)
  expect(await page.getByText('1 new run').count()).toBe(0)
  expect(asked.filter((path) => path.startsWith('/api/runs'))).toEqual([])

  await page.getByRole('main').getByRole('button', { name: 'Resume updates' }).click()
  await page.clock.runFor(1_000)
  await page.getByRole('main').getByText('1 new run').waitFor()
  await page.getByRole('row').getByText('Succeeded').waitFor()
  await page.getByRole('button', { name: 'Pause updates' }).waitFor()
  expect(tab.wrongs).toEqual([])
})

test('a paused log is not read on, and the page of a Run stands still', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  server.world.log = story.makeLog(20)
  await page.clock.install()
  await tab.open(`${RUN}?tab=logs`)
  await page.getByText('20 lines').waitFor()
  // From the menu of commands, too.
  await page.keyboard.press('Control+k')
  await page.getByRole('option', { name: 'Pause updates' }).waitFor()
  await page.keyboard.type('pause updates')
  await page.keyboard.press('Enter')
  await page.getByText('Updates are paused. Showing what was known at').waitFor()
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  server.world.log = story.makeLog(30)
  await page.clock.runFor(LONG_MS)
  expect(asked.filter((path) => path.endsWith('/logs'))).toEqual([])
  await page.getByRole('main').getByRole('button', { name: 'Resume updates' }).click()
  await page.getByText('30 lines').waitFor()
  expect(tab.wrongs).toEqual([])
})
