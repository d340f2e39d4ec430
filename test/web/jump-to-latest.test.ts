/** A Run that is longer than the window: one reads anywhere in it and gets back to what happens now. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const PARTS = 60

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const jumpOn = (page: Page) => page.getByRole('button', { name: 'Jump to latest' })

/** The agent's parts, one after the other; the last one is under way. */
function parts(count: number) {
  const from = story.makeLedger(8)
  const progress = Array.from({ length: count }, (_, index) =>
    story.ledgerEvent(from.length + index + 1, 'agent.progressed', story.at(7_000 + index * 100), 'executor', {
      step: index + 1,
      of: count,
      title: `Edit file ${index + 1}`,
      state: index === count - 1 ? 'started' : 'completed',
    }),
  )
  return [...from, ...progress]
}

test('the newest step of a long timeline is one key press away, and takes the focus', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.ledger = parts(PARTS)
  server.world.runs = [story.runningRun({ seq: server.world.ledger.length })]
  await tab.open(RUN)
  const newest = page.getByText(`Edit file ${PARTS}`, { exact: true })
  await jumpOn(page).waitFor()
  expect(await violations(page)).toEqual([])

  await jumpOn(page).focus()
  await page.keyboard.press('Enter')
  await jumpOn(page).waitFor({ state: 'detached' })
  const { y = 0 } = (await newest.boundingBox()) ?? {}
  expect(y).toBeGreaterThan(0)
  expect(y).toBeLessThan(page.viewportSize()!.height)
  expect(await focusedText(page)).toContain(`Edit file ${PARTS}`)

  await page.keyboard.press('Home')
  await jumpOn(page).waitFor()
  // What comes now is the newest.
  server.world.ledger = parts(PARTS + 20)
  server.push('agent.progressed', story.runningRun({ seq: server.world.ledger.length, updatedAt: story.at(11_000) }))
  await page.getByText('80 parts').waitFor()
  await jumpOn(page).click()
  await expect.poll(() => focusedText(page)).toContain('Edit file 80')
  // A step that is closed is its own newest line.
  await page.getByRole('button', { name: '80 parts' }).click()
  await jumpOn(page).waitFor({ state: 'detached' })
  expect(tab.wrongs).toEqual([])
})

test('the end of a log is one key press away, and a live one is followed from there', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  server.world.log = story.makeLog(300)
  await tab.open(`${RUN}?tab=logs`)
  await page.getByText('ok 298').waitFor()
  expect(await jumpOn(page).count()).toBe(0)
  await page.getByRole('log').focus()
  await page.keyboard.press('Home')
  await page.getByText('ok 0 writes').waitFor()
  await jumpOn(page).waitFor()
  expect(await violations(page)).toEqual([])
  await jumpOn(page).focus()
  await page.keyboard.press('Enter')
  await page.getByText('ok 298').waitFor()
  await page.getByRole('button', { name: 'Follow', pressed: true }).waitFor()
  await page.locator('[role=log]:focus').waitFor()
  expect(await jumpOn(page).count()).toBe(0)
  expect(tab.wrongs).toEqual([])
})

test('the end of a log that has ended is shown, and there is nothing to follow', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.world.ledger = story.makeLedger()
  server.world.log = story.makeLog(300)
  await tab.open(`${RUN}?tab=logs`)
  await page.getByText('ok 0 writes').waitFor()
  await jumpOn(page).click()
  await page.getByText('ok 298').waitFor()
  await jumpOn(page).waitFor({ state: 'detached' })
  expect(await page.getByRole('button', { name: 'Follow', pressed: false }).count()).toBe(1)
})

test('the tab says how many lines the log has before it is opened, and counts along', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  server.world.log = story.makeLog(1_204)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await tab.open(RUN)
  await page.getByRole('link', { name: 'Logs 1,204', exact: true }).waitFor()
  expect(asked.filter((path) => path.endsWith('/logs'))).toEqual([])
  await page.getByRole('link', { name: 'Logs 1,204', exact: true }).click()
  await page.getByText('1,204 lines').waitFor()
  server.world.log = story.makeLog(1_300)
  await page.getByRole('link', { name: 'Logs 1,300', exact: true }).waitFor()
  // The last lines came while nobody looked at the log; the end of the Run tells that there may be more.
  await page.getByRole('link', { name: 'Timeline', exact: true }).click()
  server.world.log = story.makeLog(1_310)
  server.world.ledger = story.makeLedger()
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.getByRole('link', { name: 'Logs 1,310', exact: true }).waitFor()
  expect(tab.wrongs).toEqual([])
})
