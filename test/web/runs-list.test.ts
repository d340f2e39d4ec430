/** The list of Runs: what narrows it stands in its address, and several Runs are cancelled or tried again at once. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { focusedText, loaded, startBrowsing, visit } from './browse.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const running = story.runningRun()
const queued = story.makeRun({ id: 'r_8k2f0q7w3y' })
const failed = story.failedRun({ id: 'r_8k2f0q7w3w' })

test('search and menus go into the address and to the server, stay after a reload, and are cleared at once', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [running, queued, failed]
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname === '/api/runs') asked.push(search)
  })
  await tab.open('/runs?after=cursor')
  await page.keyboard.press('/')
  await page.keyboard.type('csv export')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/runs\?q=csv(\+|%20)export$/)
  // What is looked for is not counted.
  await page.getByRole('link', { name: 'Failed', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Asked by' }).click()
  await page.getByRole('menuitemradio', { name: 'octocat' }).click()
  await page.waitForURL(/requestedBy=octocat/)
  await page.getByRole('button', { name: 'Status' }).click()
  for (const name of ['Queued', 'Failed']) {
    await page.getByRole('menuitemcheckbox', { name }).click()
    await page.getByRole('menuitemcheckbox', { name, checked: true }).waitFor()
  }
  await page.waitForURL(/status=queued(,|%2C)failed/)
  await page.keyboard.press('Escape')
  await expect.poll(() => asked.at(-1)).toMatch(/status=queued%2Cfailed/)
  expect(asked.at(-1)).toMatch(/q=csv\+export/)
  expect(asked.at(-1)).not.toMatch(/after=/)
  await page.reload()
  await loaded(page)
  expect(await page.getByRole('main').getByRole('searchbox').inputValue()).toBe('csv export')
  await page.getByRole('button', { name: 'Status: Queued, Failed' }).waitFor()
  await page.getByRole('link', { name: 'Clear', exact: true }).click()
  await page.waitForURL(/\/runs$/)
  await page.getByRole('link', { name: 'All 3', exact: true }).waitFor()
  // One page holds 50, and says how many there are also where it holds all.
  await page.getByText('1–3 of 3').waitFor()
  expect(asked.at(-1)).toBe('?limit=50')
  expect(tab.wrongs).toEqual([])
})

test('from any page the top bar finds runs, and `/` goes there where the page has no search of its own', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [running]
  await tab.open('/agents')
  await page.keyboard.press('/')
  await page.keyboard.type('shop#101')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/runs\?q=shop%23101$/)
  expect(await page.getByRole('main').getByRole('searchbox').inputValue()).toBe('shop#101')
  expect(await page.getByRole('banner').getByRole('searchbox').inputValue()).toBe('')
  expect(tab.wrongs).toEqual([])
})

test('the repository is switched by menu and by command; other filters stay, and the list of issues too', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [running]
  server.world.answers = {
    '/api/runs/choices': { repositories: ['acme/shop', 'acme/vault'], agents: ['stub'], people: ['octocat'] },
    '/api/issues': { issues: [], repositories: ['acme/shop'], left: 0, unavailable: [], more: false },
  }
  const filters = () => Object.fromEntries(new URL(page.url()).searchParams)
  await tab.open('/runs?agent=stub&within=24h&after=cursor')
  // No Run of it was seen yet; the server knows that it may be chosen.
  await page.getByRole('button', { name: 'Repository: All repositories' }).click()
  await page.getByRole('menuitemradio', { name: 'acme/vault' }).click()
  await expect.poll(filters).toEqual({ agent: 'stub', within: '24h', repository: 'acme/vault' })

  await tab.open('/issues?q=login')
  await page.getByRole('button', { name: 'Repository: All repositories' }).click()
  await page.getByRole('menuitemradio', { name: 'acme/shop' }).click()
  await expect.poll(filters).toEqual({ q: 'login', repository: 'acme/shop' })
  await page.keyboard.press('Control+k')
  const options = page.getByRole('dialog', { name: 'Commands' }).getByRole('option')
  await options.first().waitFor()
  const titles = await options.allTextContents()
  expect(titles.slice(-3)).toEqual(['All repositories', 'Switch to acme/shop', 'Switch to acme/vault'])
  await page.keyboard.type('switch vault')
  await page.keyboard.press('Enter')
  await expect.poll(filters).toEqual({ q: 'login', repository: 'acme/vault' })
  expect(new URL(page.url()).pathname).toBe('/issues')
  expect(tab.wrongs).toEqual([])
})

test('the menu of a row offers what its run allows, and asks before it cancels', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [running, failed]
  await tab.open('/runs')
  const items = () => page.getByRole('menuitem').allInnerTexts()
  const open = (row: number) =>
    page
      .getByRole('button', { name: /^Actions for / })
      .nth(row)
      .click()
  await open(1)
  await expect.poll(items).toEqual(['Retry…', 'Copy ID', 'Copy link', 'Open issue on GitHub'])
  await page.getByRole('menuitem', { name: 'Retry…' }).click()
  await page.getByRole('alertdialog', { name: 'Start a new run?' }).waitFor()
  await page.keyboard.press('Escape')
  await open(0)
  await expect.poll(items).toEqual(['Cancel run…', 'Copy ID', 'Copy link', 'Open issue on GitHub'])
  await page.getByRole('menuitem', { name: 'Cancel run…' }).click()
  await page.getByRole('button', { name: 'Keep running' }).click()
  const opener = page.getByRole('button', { name: /^Actions for / }).first()
  await opener.and(page.locator(':focus')).waitFor()
  await open(0)
  await page.getByRole('menuitem', { name: 'Cancel run…' }).click()
  // The row leaves the list while somebody types why.
  await page.getByLabel('Reason (optional)').fill('Not now')
  server.push('run.succeeded', story.succeededRun({ id: running.id, seq: 17 }))
  server.world.runs = [failed]
  await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  expect(await page.getByLabel('Reason (optional)').inputValue()).toBe('Not now')
  await page.getByRole('button', { name: 'Cancel run', exact: true }).click()
  await expect.poll(() => server.world.posts.map(({ path }) => path)).toEqual([`/api/runs/${running.id}/cancel`])
  expect(tab.wrongs).toEqual([])
})

test('rows are selected by key; what refuses to be cancelled says why, and only that is asked for again', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [running, queued, failed]
  server.world.failing.set(`/api/runs/${queued.id}/cancel`, 'forbidden')
  await tab.open('/runs')
  for (const key of ['j', 'x', 'j', 'x', 'j', 'x']) await page.keyboard.press(key)
  await page.getByText('3 selected').waitFor()
  // The one that failed cannot be cancelled, so two are asked for.
  await page.getByRole('button', { name: 'Cancel…' }).click()
  await page.getByRole('button', { name: 'Cancel 2 runs' }).click()
  await page.getByText('This was not done for 1 of 2:').waitFor()
  await page.getByText('shop#101: You may not do this').waitFor()
  server.world.failing.clear()
  await page.getByRole('button', { name: 'Cancel run', exact: true }).click()
  await page.getByRole('alertdialog').waitFor({ state: 'detached' })
  expect(server.world.posts.map(({ path }) => path)).toEqual([
    `/api/runs/${running.id}/cancel`,
    `/api/runs/${queued.id}/cancel`,
    `/api/runs/${queued.id}/cancel`,
  ])
  expect(await page.getByText('selected').count()).toBe(0)
  await expect.poll(() => page.getByText('Cancelling…').count()).toBe(2)
  expect(tab.wrongs).toEqual([])
})

test('of several that are selected, those that ended badly get a new attempt', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [running, failed]
  await tab.open('/runs')
  await page.getByRole('checkbox').first().click()
  const retry = page.getByRole('button', { name: 'Retry…' })
  await retry.click()
  expect(await page.getByRole('alertdialog').count()).toBe(0)
  await page.getByText('None of them can be retried.').waitFor()
  await page.getByRole('checkbox').nth(1).click()
  await retry.click()
  await page.getByRole('button', { name: 'Start run', exact: true }).click()
  await page.getByRole('alertdialog').waitFor({ state: 'detached' })
  // The bar that the dialog was opened from is gone with the selection.
  await expect.poll(() => focusedText(page)).toBe('Runs')
  expect(server.world.posts).toMatchObject([{ path: `/api/runs/${failed.id}/retry`, body: {} }])
  expect(server.world.posts[0]!.headers['idempotency-key']).toBeTruthy()
})

test('a row says which run it is, and of one that has not started when it was asked for', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const createdAt = new Date(Date.now() - 192_000).toISOString()
  server.world.runs = [{ ...queued, createdAt }]
  await tab.open('/runs')
  const row = page.getByRole('rowheader')
  await expect.poll(() => row.locator('code').textContent()).toBe(queued.id)
  await row.getByText(/asked \d+ minutes ago/).waitFor()
  expect(await row.locator('time').getAttribute('datetime')).toBe(createdAt)
  expect(tab.wrongs).toEqual([])
})

test('what was asked about the only row of a filtered list outlives it, and the title has the focus after it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  const next = story.makeRun({ id: failed.id, attempt: 2, seq: 7 })
  server.world.runs = [failed]
  server.world.orders.set(`/api/runs/${failed.id}/retry`, () => story.makeRun({ id: failed.id, attempt: 3, seq: 9 }))
  await tab.open('/runs?status=failed')
  await expect.poll(() => server.openStreams()).toBe(1)
  await page.getByRole('button', { name: /^Actions for / }).click()
  await page.getByRole('menuitem', { name: 'Retry…' }).click()
  const dialog = page.getByRole('alertdialog', { name: 'Start a new run?' })
  await dialog.waitFor()
  // Somebody else was faster.
  server.push('run.retried', next)
  server.world.runs = []
  await page.getByText('No runs match.').waitFor()
  await dialog.getByRole('button', { name: 'Start run' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(server.world.posts.map(({ path }) => path)).toEqual([`/api/runs/${failed.id}/retry`])
  await expect.poll(() => focusedText(page)).toBe('Runs')
  expect(tab.wrongs).toEqual([])
})

test('a row that leaves the list with the focus in it leaves that to the title', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  server.world.runs = [failed]
  await tab.open('/runs?status=failed')
  await expect.poll(() => server.openStreams()).toBe(1)
  await page.keyboard.press('j')
  await expect.poll(() => focusedText(page)).toBe('Add CSV export to orders')
  server.push('run.retried', story.makeRun({ id: failed.id, attempt: 2, seq: 7 }))
  server.world.runs = []
  await page.getByText('No runs match.').waitFor()
  await expect.poll(() => focusedText(page)).toBe('Runs')
  expect(tab.wrongs).toEqual([])
})
