/** A session that ends while its page is open, and the one that takes its place: the page stays and goes on. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import type { Visit } from './browse.ts'
import * as story from './fixtures.ts'

const RUN = `/runs/${story.RUN_ID}`
const SESSION_READ_AGAIN_MS = 61_000

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

/** Opens the page of a Run that works, and waits until its stream is there. */
async function watchRun(tab: Visit): Promise<void> {
  const { server } = tab
  server.world.runs = [story.runningRun({ seq: 9 })]
  server.world.ledger = story.makeLedger(9)
  await tab.open(RUN)
  await expect.poll(() => server.openStreams()).toBe(1)
}

/** Has the page read its session again, and says how many of these there are then. A reading on its way may answer late. */
async function readSession(page: Page, shown: Locator): Promise<number> {
  await page.clock.fastForward(SESSION_READ_AGAIN_MS)
  return shown.count()
}

test('an ended session asks to sign in again and comes back to the same address; the page stays', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await watchRun(tab)
  server.world.session = { ...story.session, user: null }
  server.signal('auth')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText('Your session ended. Sign in again to go on.').waitFor()
  expect(await violations(page)).toEqual([])
  expect(await page.getByText('Agent working').first().isVisible()).toBe(true)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(/\/login\/github\?returnTo=/)
  expect(new URL(page.url()).searchParams.get('returnTo')).toBe(RUN)
  await expect.poll(() => server.openStreams()).toBe(0)
})

test('who is found to be signed out is asked to sign in again; the page keeps what was typed into it', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.clock.install()
  await tab.open('/repos/acme/shop/issues/101')
  await page.getByText('Add instructions').click()
  const field = page.getByLabel('Instructions (optional)')
  await field.fill('Keep the public API.')
  server.world.session = { ...story.session, user: null }
  const dialog = page.getByRole('alertdialog')
  await expect.poll(() => readSession(page, dialog)).toBe(1)
  await dialog.getByText('Your session ended. Sign in again to go on.').waitFor()
  await dialog.getByRole('button', { name: 'Stay on this page' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await field.inputValue()).toBe('Keep the public API.')
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  const signIn = page.getByRole('banner').getByRole('link', { name: 'Sign in' })
  expect(await signIn.getAttribute('href')).toBe('/login/github?returnTo=%2Frepos%2Facme%2Fshop%2Fissues%2F101')

  // Signed in again in another tab: this page goes on, and asks again when that ends, too.
  server.world.session = story.session
  await expect.poll(() => readSession(page, signIn)).toBe(0)
  expect(await field.inputValue()).toBe('Keep the public API.')
  server.world.session = { ...story.session, user: null }
  await expect.poll(() => readSession(page, dialog)).toBe(1)
  await dialog.getByText('Your session ended. Sign in again to go on.').waitFor()
  expect(tab.wrongs).toEqual([])
})

test('after signing in again elsewhere the page is live again; under another name it begins anew', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.clock.install()
  await watchRun(tab)
  server.world.session = { ...story.session, user: null }
  server.signal('auth')
  const dialog = page.getByRole('alertdialog')
  await dialog.waitFor()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  // The dialog may stand before the server has heard that the stream is closed.
  await expect.poll(() => server.openStreams()).toBe(0)
  server.world.session = story.session
  await expect.poll(() => readSession(page, dialog)).toBe(0)
  await page.clock.runFor(1_000)
  await expect.poll(() => server.openStreams()).toBe(1)
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.clock.runFor(1_000)
  await page.locator('[data-status="succeeded"]').waitFor()

  const reloaded = page.waitForEvent('load')
  server.world.session = { ...story.session, user: { ...story.session.user!, login: 'hubot' } }
  await page.clock.fastForward(SESSION_READ_AGAIN_MS)
  await reloaded
  expect(tab.wrongs).toEqual([])
})

test('a session that another tab has replaced is not an end: the page stays live and asks nothing', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await watchRun(tab)
  // The stream was opened with the session before; who asks now has the new one.
  server.signal('auth')
  await expect.poll(() => server.world.streamRequests.length).toBe(2)
  await expect.poll(() => server.openStreams()).toBe(1)
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.locator('[data-status="succeeded"]').waitFor()
  expect(await page.getByRole('alertdialog').count()).toBe(0)
  expect(tab.wrongs).toEqual([])
})

test('a page that was told too early that its session ended goes on when it reads that there is one', async () => {
  await using tab = await visit(browser, dist)
  const { page, server } = tab
  await page.clock.install()
  await watchRun(tab)
  // The session has been read: a first reading that comes late would be newer than the end.
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  // Between the end of one session and the cookie of the next, the same person is nobody.
  server.world.failing.set(`/api${RUN}`, 'unauthenticated')
  server.world.failing.set('/api/session', 'unavailable')
  server.signal('reset')
  const dialog = page.getByRole('alertdialog')
  await dialog.waitFor()
  server.world.failing.clear()
  await expect.poll(() => readSession(page, dialog)).toBe(0)
  expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(0)
  await page.getByText('Could not load this run.').waitFor({ state: 'detached' })
  await expect.poll(() => server.openStreams()).toBe(1)
  server.push('run.succeeded', story.succeededRun({ seq: 17 }))
  await page.clock.runFor(1_000)
  await page.locator('[data-status="succeeded"]').waitFor()
})
