/** A step, an event and lines of the log each have an address that can be copied, and that leads back to them. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const CLIPBOARD = `Object.defineProperty(navigator, 'clipboard', {
  configurable: true,
  value: { writeText: async (text) => { window.written = text } },
})`

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

test.each([
  ['a step', RUN, 'Copy link to step Agent working', `${RUN}?step=agent`, '[data-step="agent"][data-wanted="true"]'],
  [
    'an event',
    `${RUN}?tab=events&event=3`,
    'Copy link to event 3',
    `${RUN}?tab=events&event=3`,
    'li[data-wanted="true"]',
  ],
  ['lines of the log', `${RUN}?tab=logs#L3-L5`, 'Copy link to L3-L5', `${RUN}?tab=logs#L3-L5`, '[data-picked="true"]'],
])('the address of %s is copied, whole, and leads to it', async (_, from, button, address, there) => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.addInitScript(CLIPBOARD)
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.world.ledger = story.makeLedger()
  server.world.log = story.makeLog(20)
  await tab.open(from)
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('status').getByText('Copied').waitFor({ state: 'attached' })
  expect(await page.evaluate('window.written')).toBe(server.url + address)
  expect(await violations(page)).toEqual([])
  await tab.open('/runs')
  await tab.open(address)
  await page.locator(there).first().waitFor()
  expect(tab.wrongs).toEqual([])
})
