/** The tabs of a Run: its log, however long, its ledger, and the keyboard that leads through them. */
import { readFile } from 'node:fs/promises'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, startBrowsing, violations, visit } from './browse.ts'
import * as story from './fixtures.ts'

const LOGS = `/runs/${story.RUN_ID}?tab=logs`
const LINES_MAX = 100_000
const PAUSE_MS_MAX = 50
/** Longer than the time between two readings of a log. */
const READ_AGAIN_MS = 2_000
/** As often as the log of a Run that has ended is read on. */
const READS_AFTER_END = 4

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

async function visitLog(lines: number, path: string = LOGS) {
  const tab = await visit(browser, dist, { acceptDownloads: true })
  tab.server.world.runs = [story.succeededRun({ seq: 17 })]
  tab.server.world.ledger = story.makeLedger()
  tab.server.world.log = story.makeLog(lines)
  await tab.open(path)
  return tab
}

test('a log is searched, filtered, and taken along as a file', async () => {
  await using tab = await visitLog(2_500)
  const { page } = tab
  await page.getByText('2,500 lines').waitFor()
  expect(await violations(page)).toEqual([])

  await page.keyboard.press('/')
  await page.keyboard.type('case 149')
  await page.getByText('2 of 2,500 lines').waitFor()
  expect(await page.locator('mark').allTextContents()).toEqual(['case 149', 'case 149'])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await violations(page)).toEqual([])
  await page.getByRole('main').getByRole('searchbox').fill('[31m')
  await page.getByText('No lines match.').waitFor()

  await page.getByRole('main').getByRole('searchbox').fill('')
  await page.getByLabel('Level').selectOption('error')
  await page.getByText('50 of 2,500 lines').waitFor()
  await page.getByLabel('Source').selectOption('executor')
  await page.getByText('17 of 2,500 lines').waitFor()
  await page.getByRole('log').getByText('ERROR').first().waitFor()
  const colours = await page.evaluate<string[]>(`[...document.querySelectorAll('[role=log] span')]
    .filter((span) => span.textContent === 'FAIL' || span.textContent.endsWith('case 99'))
    .map((span) => getComputedStyle(span).color)`)
  expect(new Set(colours).size).toBe(2)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ])
  const text = await readFile(await download.path(), 'utf8')
  expect(download.suggestedFilename()).toBe(`${story.RUN_ID}.log`)
  expect(text.split('\n')).toHaveLength(2_501)
  expect(text).not.toContain('\u001B')
  expect(tab.wrongs).toEqual([])
})

test('a line and a range have an address, and the address leads back to them', async () => {
  await using tab = await visitLog(2_500)
  const { page } = tab
  await page.getByRole('link', { name: 'Line 5', exact: true }).click()
  await expect.poll(() => new URL(page.url()).hash).toBe('#L5')
  await page.getByRole('link', { name: 'Line 8', exact: true }).click({ modifiers: ['Shift'] })
  await expect.poll(() => new URL(page.url()).hash).toBe('#L5-L8')
  await expect.poll(() => page.locator('[data-picked="true"]').count()).toBe(4)

  await tab.open('/runs')
  await tab.open(`${LOGS}#L1990-L1991`)
  await expect.poll(() => page.locator('[data-picked="true"]').allTextContents()).toHaveLength(2)
  expect(await page.getByRole('link', { name: 'Line 1990' }).isVisible()).toBe(true)
  expect(await page.evaluate<number>('document.querySelectorAll("[data-level]").length')).toBeLessThan(100)

  // The short address of a Run leads to the same place.
  await tab.open(`/r/${story.RUN_ID}?tab=logs#L7-L9`)
  await expect.poll(() => page.locator('[data-picked="true"]').count()).toBe(3)
  const { pathname, search, hash } = new URL(page.url())
  expect([pathname, search, hash]).toEqual([`/runs/${story.RUN_ID}`, '?tab=logs', '#L7-L9'])
})

test('a live log follows its end until one scrolls back', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [story.runningRun({ seq: 11 })]
  server.world.ledger = story.makeLedger(11)
  server.world.log = story.makeLog(300)
  await tab.open(LOGS)
  await page.getByText('ok 298').waitFor()
  server.world.log = story.makeLog(400)
  await page.getByText('ok 398').waitFor()
  const log = page.getByRole('log')
  expect(await log.getAttribute('aria-live')).toBe('off')
  await log.focus()
  await page.keyboard.press('Home')
  await page.getByRole('button', { name: 'Follow', pressed: false }).waitFor()
  server.world.log = story.makeLog(500)
  await page.getByText('500 lines').waitFor()
  expect(await page.getByText('ok 498').count()).toBe(0)
  await page.keyboard.press('f')
  await page.getByText('ok 498').waitFor()
  const read = page.getByRole('button', { name: 'Read new lines' })
  await read.click()
  await page.getByRole('status').getByText('ok 498').waitFor({ state: 'attached' })
  await read.click()
  await page.getByRole('status').getByText('No new lines.').waitFor({ state: 'attached' })
  expect(tab.wrongs).toEqual([])
})

test('the log goes on with the next attempt, also when it was read to its end before', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  let asked = 0
  page.on('request', (request) => (asked += Number(new URL(request.url()).pathname.endsWith('/logs'))))
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  server.world.log = story.makeLog(10)
  await page.clock.install()
  await tab.open(LOGS)
  await page.getByText('10 lines').first().waitFor()
  await expect.poll(() => server.openStreams()).toBe(1)
  // What is read between the end and its being seen here counts.
  const before = asked
  server.push('run.failed', story.failedRun({ seq: 17 }))
  await page.locator('[data-status="failed"]').first().waitFor()
  await expect
    .poll(async () => {
      await page.clock.runFor(READ_AGAIN_MS)
      return asked - before
    })
    .toBeGreaterThanOrEqual(READS_AFTER_END)

  server.world.log = story.makeLog(25)
  server.push('run.retried', story.runningRun({ seq: 20, attempt: 2 }))
  await page.locator('[data-status="running"]').first().waitFor()
  await page.getByText('25 lines').first().waitFor()
  // And on, as with the attempt before it.
  server.world.log = story.makeLog(30)
  await page.clock.runFor(READ_AGAIN_MS)
  await page.getByText('30 lines').first().waitFor()
  expect(tab.wrongs).toEqual([])
})

test(`${LINES_MAX} lines scroll without a pause above ${PAUSE_MS_MAX} ms`, async () => {
  await using tab = await visitLog(LINES_MAX)
  const { page } = tab
  await page.getByText('100,000 lines').waitFor({ timeout: 40_000 })
  await page.getByText('Loading the log…').waitFor({ state: 'detached' })
  expect(await longestTaskMs(page, SCROLL)).toBeLessThanOrEqual(PAUSE_MS_MAX)
  // A pause would be seen.
  expect(await longestTaskMs(page, PAUSE)).toBeGreaterThan(PAUSE_MS_MAX)
})

/** Slowly and in leaps. */
const SCROLL = `(async () => {
  const log = document.querySelector('[role=log]')
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  log.scrollTop = 0
  for (let step = 0; step < 60; step++) { log.scrollTop += 120; await frame() }
  for (let step = 0; step < 60; step++) { log.scrollTop = (log.scrollHeight / 60) * step; await frame() }
})()`
const PAUSE = `let sum = 0; for (const until = Date.now() + ${PAUSE_MS_MAX * 20}; Date.now() < until; ) sum += Math.sqrt(sum + 1)`

interface TraceEvent {
  name: string
  pid: number
  tid: number
  args?: { name?: string }
  /** Time of the thread itself, in microseconds. */
  tdur?: number
}

/** The longest task of the page's main thread while a script runs in it, by the time that the thread itself worked. */
async function longestTaskMs(page: Page, script: string): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel'] })
  await page.evaluate(script)
  // An answer leaves before its task has ended, so the trace would lack the last one; the next answer comes after it.
  await page.evaluate('0')
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const named = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const mainThreads = new Set(named.map(threadOf))
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && mainThreads.has(threadOf(event)))
  expect(tasks.length).toBeGreaterThan(0)
  // The browser keeps a spare renderer, which idles; the page's is the one that works.
  const perThread = Object.values(Object.groupBy(tasks, threadOf)).map((own = []) => own.map(({ tdur = 0 }) => tdur))
  const [own] = perThread.toSorted((a, b) => sum(b) - sum(a))
  return Math.max(...own!) / 1_000
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

test('the keyboard leads through the tabs, to the sheet and to the command menu', async () => {
  await using tab = await visitLog(20, `/runs/${story.RUN_ID}`)
  const { page } = tab
  await page.keyboard.press('2')
  await page.getByText('20 lines').waitFor()
  await page.keyboard.press('7')
  await page.getByText('run.requested').waitFor()
  expect(new URL(page.url()).searchParams.get('tab')).toBe('events')
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('1')
  await page.getByRole('heading', { name: 'Timeline' }).waitFor()

  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await sheet.getByText('Show logs').waitFor()
  expect(await violations(page)).toEqual([])
  await sheet.getByLabel('Single-key shortcuts').uncheck()
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'detached' })
  await page.keyboard.press('2')

  // Single keys are off; the menu still opens, and leads to the logs by its words.
  await page.keyboard.press('Control+k')
  const menu = page.getByRole('dialog', { name: 'Commands' })
  await menu.getByRole('option', { name: 'Go to runs' }).waitFor()
  expect(new URL(page.url()).searchParams.get('tab')).toBeNull()
  expect(await violations(page)).toEqual([])
  await page.keyboard.type('events')
  await page.keyboard.press('Enter')
  await page.waitForURL('**?tab=events')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('go runs')
  await page.keyboard.press('Enter')
  await expect.poll(() => focusedText(page)).toBe('Runs')
  expect(tab.wrongs).toEqual([])
})

test('j and k lead along the list, g r leads back to it, c asks before it cancels', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [
    story.runningRun({ issue: { number: 7, title: 'Sort orders', url: 'https://github.com/acme/shop/issues/7' } }),
    story.succeededRun({ id: 'r_8k2f0q7w3x' }),
  ]
  server.world.ledger = story.makeLedger(9)
  await tab.open('/runs')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await expect.poll(() => focusedText(page)).toBe('Add CSV export to orders')
  await page.keyboard.press('k')
  await expect.poll(() => focusedText(page)).toBe('Sort orders')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Sort orders', level: 1 }).waitFor()
  await page.keyboard.press('j')
  await page.waitForURL('**/runs/r_8k2f0q7w3x')
  await page.getByRole('heading', { name: 'Add CSV export to orders', level: 1 }).waitFor()
  await page.keyboard.press('k')
  await page.getByRole('heading', { name: 'Sort orders', level: 1 }).waitFor()
  // The tab goes along; what belongs to one Run alone does not.
  await page.keyboard.press('7')
  await page.getByText('executor.bound').click()
  await page.getByRole('link', { name: 'Link to event 3' }).click()
  await page.waitForURL(/\?tab=events&event=3$/)
  await page.keyboard.press('j')
  await page.waitForURL(/\/runs\/r_8k2f0q7w3x\?tab=events$/)
  await page.getByRole('heading', { name: 'Add CSV export to orders', level: 1 }).waitFor()
  await page.keyboard.press('k')
  await page.getByRole('heading', { name: 'Sort orders', level: 1 }).waitFor()
  await page.keyboard.press('c')
  await page.getByRole('alertdialog', { name: 'Cancel this run?' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await expect.poll(() => focusedText(page)).toBe('Runs')
  expect(server.world.posts).toEqual([])
})
