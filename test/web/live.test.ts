/** Pages that stay true while the connection does not: drops, a server that is away, a new version. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { loaded, setVisibility, startBrowsing, violations, visit } from './browse.ts'
import { API } from './fixture-server.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const STREAM = '/api/stream'
/** The backoff after ten seconds is at most 16 s. */
const RECONNECT = { timeout: 40_000 }
/** More than one turn of what reads while the stream is away. */
const POLLED_MS = 4_500
/** Longer than an interruption of which nothing is said. */
const INTERRUPTED_MS = 16_000
/** Once for the page, once for what seems to be missing. */
const ASKED_MAX = 2

let browser: Browser
let dist: string
const topicsOf = (url = '') => new URL(url, 'http://x').searchParams.get('topics')?.split(',') ?? []
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

/** Steps that the page shows, from the ledger. */
const seqs = (page: Page) =>
  page
    .getByRole('listitem')
    .filter({ has: page.locator('summary') })
    .count()

test('(f) 12 tabs live on one connection', async () => {
  await using first = await visit(browser, dist)
  const { server } = first
  const runs = Array.from({ length: 12 }, (_, n) =>
    story.runningRun({ id: `r_8k2f0q7w${String(n).padStart(2, '0')}`, seq: 9 }),
  )
  server.world.runs = runs
  const pages = [first.page]
  while (pages.length < runs.length) pages.push(await first.page.context().newPage())
  // Each shows a Run of its own; over HTTP/1.1 the seventh would hang if each had a connection of its own.
  for (const [n, page] of pages.entries()) {
    await page.goto(`${server.url}/runs/${runs[n]!.id}`)
    await page.getByText('Live', { exact: true }).first().waitFor()
  }
  await expect.poll(() => topicsOf(server.world.streamRequests.at(-1))).toHaveLength(runs.length)
  await expect.poll(() => server.openStreams()).toBe(1)
  for (const [n, run] of runs.entries()) {
    server.push('agent.progressed', { ...run, seq: 10, progress: { step: 5, of: 6, title: `Work of tab ${n}` } })
  }
  for (const [n, page] of pages.entries()) await page.getByText(`Step 5 of 6: Work of tab ${n}`).waitFor()
  expect(server.openStreams()).toBe(1)
  expect(first.wrongs).toEqual([])
  // The tabs that stay are still live when one is closed.
  await pages.pop()!.close()
  server.push('agent.progressed', { ...runs[3]!, seq: 11, progress: { step: 6, of: 6, title: 'Still there' } })
  await pages[3]!.getByText('Step 6 of 6: Still there').waitFor()
})

test('(g) 503 for 10 s from the whole server, then no lost event', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(`${RUN}?tab=events`)
  await page.getByText('Live', { exact: true }).first().waitFor()
  server.world.ledger = story.makeLedger(10)
  server.push('agent.progressed', story.runningRun({ seq: 10 }))
  await expect.poll(() => seqs(page)).toBe(10)

  server.world.failing.set(API, 'unavailable')
  const awayAt = Date.now()
  server.drop()
  await page.getByText('Reconnecting').waitFor()
  // What happens meanwhile is sent to nobody.
  for (let seq = 11; seq <= 14; seq++) {
    server.world.ledger = story.makeLedger(seq)
    server.push('agent.progressed', story.runningRun({ seq }))
  }
  await expect.poll(() => Date.now() - awayAt, { timeout: 60_000, interval: 250 }).toBeGreaterThan(10_000)
  expect(await seqs(page)).toBe(10)
  server.world.failing.delete(API)
  await expect.poll(() => seqs(page), RECONNECT).toBe(14)
  await page.getByText('Live', { exact: true }).first().waitFor(RECONNECT)
  // What could not be read meanwhile is no longer an error.
  await page.getByText('Could not load this run.').waitFor({ state: 'detached' })
  server.world.ledger = story.makeLedger()
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await expect.poll(() => seqs(page)).toBe(17)
  // It came back with its place, and had to ask for nothing that it had.
  const after = new URL(server.world.streamRequests.at(-1)!, 'http://x').searchParams.get('after')
  expect(after).toBe('1')
  expect(tab.wrongs).toEqual([])
})

/** Presses it at once after `just`, when what tries again by itself may take the button away; nothing is waited for. */
async function press(button: Locator, just: () => void): Promise<void> {
  await button.click({ trial: true })
  const handle = await button.elementHandle()
  just()
  await handle.dispatchEvent('click')
}

test('a long interruption says since when, and Reconnect tries at once', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  await page.clock.install()
  await tab.open(RUN)
  await page.getByText('Live', { exact: true }).first().waitFor()
  server.world.failing.set(API, 'unavailable')
  server.drop()
  await page.getByText('Reconnecting').waitFor()
  await page.clock.runFor(INTERRUPTED_MS)
  await page.getByText(/^Live updates are off. Showing what was saved at \d/).waitFor({ timeout: 60_000 })
  expect(await violations(page)).toEqual([])
  const reconnect = page.getByRole('button', { name: 'Reconnect' })
  await press(reconnect, () => server.world.failing.delete(API))
  await page.getByText('Live', { exact: true }).first().waitFor()
  await page.getByText(/^Live updates are off/).waitFor({ state: 'detached' })
})

test('while only the stream is away the page goes on by reading again, and says so', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  let asked = 0
  page.on('request', (request) => (asked += Number(new URL(request.url()).pathname === `/api${RUN}`)))
  await page.clock.install()
  await tab.open(`${RUN}?tab=events`)
  await page.getByText('Live', { exact: true }).first().waitFor()
  server.world.failing.set(STREAM, 'unavailable')
  server.drop()
  await page.getByText('Reconnecting').waitFor()
  // It is told to nobody; whoever reads it sees it.
  server.world.ledger = story.makeLedger(12)
  server.push('agent.progressed', story.runningRun({ seq: 12 }))
  await page.clock.runFor(INTERRUPTED_MS)
  await expect.poll(() => seqs(page), RECONNECT).toBe(12)
  await page.getByText('Live updates are off. Reading again every 3 s.').waitFor()
  expect(await page.getByText('Showing what was saved').count()).toBe(0)
  expect(await page.getByText('Could not load').count()).toBe(0)
  expect(await violations(page)).toEqual([])
  server.world.ledger = story.makeLedger(14)
  server.push('agent.progressed', story.runningRun({ seq: 14 }))
  await expect.poll(() => seqs(page), RECONNECT).toBe(14)

  const reconnect = page.getByRole('button', { name: 'Reconnect' })
  await press(reconnect, () => server.world.failing.delete(STREAM))
  await page.getByText('Live', { exact: true }).first().waitFor()
  await page.getByText(/^Live updates are off/).waitFor({ state: 'detached' })
  const before = asked
  await page.clock.runFor(POLLED_MS)
  // A reading that was on its way when the stream came back is made once more.
  expect(asked).toBeLessThanOrEqual(before + 1)
  expect(tab.wrongs).toEqual([])
})

test('a page that never got through says when it was read, in UTC for who chose that, and stays with it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.addInitScript("localStorage.setItem('deckhand.time', 'utc')")
  await page.clock.install()
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.failing.set(STREAM, 'unavailable')
  await tab.open(RUN)
  // From here on nothing can be read any more.
  server.world.failing.set(API, 'unavailable')
  await page.clock.runFor(INTERRUPTED_MS)
  const banner = page.getByText(/^Live updates are off\. Showing what was saved at \d\d:\d\d:\d\d UTC\.$/)
  await banner.waitFor({ timeout: 60_000 })
  const said = await banner.textContent()
  await page.clock.runFor(2_500)
  expect(await banner.textContent()).toBe(said)
  expect(tab.wrongs).toEqual([])
})

test('nothing but the worker itself can be started by its address', async () => {
  await using tab = await visit(browser, dist)
  tab.server.world.runs = [story.runningRun({ seq: 9 })]
  await tab.open(RUN)
  await expect.poll(() => tab.server.openStreams()).toBe(1)
  const started = await tab.page.evaluate<string[]>(`[() => new SharedWorker('/assets/other.js'),
    () => new Worker('/assets/other.js'), () => trustedTypes.createPolicy('other', { createScriptURL: (url) => url }),
    () => trustedTypes.createPolicy('app-worker', { createScriptURL: (url) => url })]
    .map((start) => { try { start(); return 'started' } catch (error) { return error.name } })`)
  expect(started).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError'])
  await expect.poll(() => tab.wrongs.length).toBeGreaterThan(0)
})

test('without a worker a visible tab has a stream of its own, and a hidden tab holds none', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.addInitScript('delete window.SharedWorker')
  server.world.runs = [story.runningRun({ seq: 9 })]
  await tab.open(RUN)
  await expect.poll(() => server.openStreams()).toBe(1)
  await setVisibility(page, 'hidden')
  await expect.poll(() => server.openStreams()).toBe(0)
  server.world.runs = [story.runningRun({ seq: 12, progress: { step: 5, of: 6, title: 'Went on meanwhile' } })]
  await setVisibility(page, 'visible')
  await page.getByText('Step 5 of 6: Went on meanwhile').waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
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

test('a reading that was on its way before does not stand for one that is asked for now', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  await tab.open(RUN)
  await page.locator('[data-status="running"]').waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
  let isOld = true
  let held = 0
  const gate = Promise.withResolvers<void>()
  await page.route(`**/api${RUN}`, async (route) => {
    const isHeld = isOld
    const answer = await route.fetch()
    if (isHeld) {
      held += 1
      await gate.promise
    }
    // The page may have given it up.
    await route.fulfill({ response: answer }).catch(() => undefined)
  })
  server.signal('reset')
  await expect.poll(() => held).toBeGreaterThan(0)
  isOld = false
  server.world.runs = [story.succeededRun({ seq: 17 })]
  server.signal('reset')
  await page.locator('[data-status="succeeded"]').waitFor()
  gate.resolve()
})

test('a ledger that ends before what its run has come to is asked for once, not on and on', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(5)
  let asked = 0
  page.on('request', (request) => (asked += Number(new URL(request.url()).pathname.endsWith('/events'))))
  await tab.open(`${RUN}?tab=events`)
  await expect.poll(() => seqs(page)).toBe(5)
  await page.getByText('Live', { exact: true }).first().waitFor()
  // Whatever goes through the page's hands now comes after anything that it would have asked on its own.
  for (const key of ['1', '7', '1', '7']) await page.keyboard.press(key)
  await expect.poll(() => seqs(page)).toBe(5)
  expect(asked).toBeLessThanOrEqual(ASKED_MAX)
  // What comes next brings it on.
  server.world.ledger = story.makeLedger(10)
  server.push('agent.progressed', story.runningRun({ seq: 10 }))
  await expect.poll(() => seqs(page)).toBe(10)
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
  await expect.poll(() => server.openStreams()).toBe(1)
  server.push('run.requested', story.makeRun({ id: 'r_8k2f0q7w3y', createdAt: new Date().toISOString() }))
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.getByRole('main').getByText('1 new run').waitFor()
  await page.getByRole('status').getByText('1 new run').waitFor({ state: 'attached' })
  expect(await page.locator('tbody tr').count()).toBe(1)
  await page.locator('tbody').getByText('Succeeded').waitFor()
  expect(await violations(page)).toEqual([])
  await page.getByRole('button', { name: 'Show' }).click()
  expect(await page.locator('tbody tr').count()).toBe(2)
  // The button that had the focus is gone; what it was pressed for has it.
  await page.locator('tr[data-run="r_8k2f0q7w3y"] th a').and(page.locator(':focus')).waitFor()
  await page.getByRole('link', { name: 'Failed 0', exact: true }).click()
  await page.waitForURL('**/runs?status=failed')
  await page.goBack()
  await loaded(page)
  expect(new URL(page.url()).search).toBe('')
})
