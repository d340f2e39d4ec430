/** Pages that stay true while the connection does not: drops, a server that is away, an ended session, a new version. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { loaded, setVisibility, startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const STREAM = `/api/runs/${story.RUN_ID}/stream`
const RECONNECT = { timeout: 20_000 }

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

test('a stream that drops into a 503 comes back from where it stopped, and nothing is lost', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await page.getByText('Live', { exact: true }).first().waitFor()
  server.push(
    'workflow.step.started',
    story.runningRun({ seq: 10, progress: { step: 4, of: 6, title: 'Still working' } }),
  )
  await page.getByText('Step 4 of 6: Still working').waitFor()
  server.world.failing.set(STREAM, 'unavailable')
  server.drop()
  await page.getByText('Reconnecting').waitFor()
  // What happens meanwhile is not sent to anyone.
  server.world.ledger = story.makeLedger(14)
  server.world.failing.delete(STREAM)
  await expect.poll(() => server.openStreams(), RECONNECT).toBe(1)
  server.push(
    'workflow.step.completed',
    story.runningRun({ seq: 14, progress: { step: 5, of: 6, title: 'Opening the pull request' } }),
  )
  await page.getByText('Step 5 of 6: Opening the pull request').waitFor()
  await page.locator('[data-step="publish"][data-state="active"]').waitFor()
  await page.getByText('Live', { exact: true }).first().waitFor()
  const after = server.world.streamRequests.map((url) => new URL(url, 'http://x').searchParams.get('after'))
  expect(after[0]).toBe('9')
  expect(new Set(after.slice(1))).toEqual(new Set(['10']))
})

test('when the place is too old the page reads everything again', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await expect.poll(() => server.openStreams()).toBe(1)
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.world.ledger = story.makeLedger()
  server.signal('reset')
  await page.locator('[data-status="succeeded"]').waitFor()
  await page.locator('[data-step="publish"][data-state="done"]').waitFor()
})

test('an ended session asks to sign in again and comes back to the same address; the page stays', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await expect.poll(() => server.openStreams()).toBe(1)
  server.signal('auth')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText('Your session ended. Sign in again to go on.').waitFor()
  expect(await violations(page)).toEqual([])
  expect(await page.getByText('Agent working').first().isVisible()).toBe(true)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/login\/github\?returnTo=/)
  expect(new URL(page.url()).searchParams.get('returnTo')).toBe(RUN)
  expect(server.openStreams()).toBe(0)
})

test('a hidden tab holds no connection', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  await tab.open(RUN)
  await expect.poll(() => server.openStreams()).toBe(1)
  await setVisibility(page, 'hidden')
  await expect.poll(() => server.openStreams()).toBe(0)
  await setVisibility(page, 'visible')
  await expect.poll(() => server.openStreams()).toBe(1)
})

test('without the network the page says so', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  await tab.open(RUN)
  await page.getByText('Live', { exact: true }).first().waitFor()
  await page.context().setOffline(true)
  await page.getByText('You are offline.').waitFor()
  expect(await violations(page)).toEqual([])
  await page.context().setOffline(false)
  await page.getByText('You are offline.').waitFor({ state: 'detached' })
})

test('new Runs wait behind a button, and the filter stands in the address', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun()]
  await tab.open('/runs')
  server.world.runs = [
    story.makeRun({ id: 'r_8k2f0q7w3y', createdAt: new Date().toISOString() }),
    story.succeededRun({ seq: 17 }),
  ]
  await page.getByText('1 new run').waitFor()
  expect(await page.locator('tbody tr').count()).toBe(1)
  await page.locator('tbody').getByText('Succeeded').waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Show' }).click()
  expect(await page.locator('tbody tr').count()).toBe(2)
  await page.getByRole('link', { name: 'Failed', exact: true }).click()
  await page.waitForURL('**/runs?status=failed')
  await page.goBack()
  await loaded(page)
  expect(new URL(page.url()).search).toBe('')
})
