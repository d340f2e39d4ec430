/** What a person chooses on the settings page holds at once and at the next visit: theme, times, single keys. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { loaded, startBrowsing, visit } from './browse.ts'
import * as story from './fixtures.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const colorMode = 'document.documentElement.dataset.colorMode'
const background = 'getComputedStyle(document.body).backgroundColor'

test('the chosen theme is in the page that the server sends, before any script runs', async () => {
  await using tab = await visit(browser, dist, { colorScheme: 'light' })
  await tab.open('/settings')
  const light = await tab.page.evaluate(background)
  await tab.page.getByRole('radio', { name: 'Dark' }).check()
  expect(await tab.page.evaluate(colorMode)).toBe('dark')
  expect(await tab.page.evaluate(background)).not.toBe(light)

  const html = await (await tab.page.request.get(`${tab.server.url}/runs`)).text()
  expect(html).toContain('data-color-mode="dark"')
  await tab.page.reload()
  await loaded(tab.page)
  expect(await tab.page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true)

  await tab.page.getByRole('radio', { name: 'Automatic' }).check()
  expect(await tab.page.evaluate(background)).toBe(light)
  expect(tab.wrongs).toEqual([])
})

test('a cookie that names no theme changes nothing in the page', async () => {
  await using tab = await visit(browser, dist)
  await tab.page.context().addCookies([{ name: 'deckhand-theme', value: '"><b>', url: tab.server.url }])
  const html = await (await tab.page.request.get(`${tab.server.url}/runs`)).text()
  expect(html).toContain('data-color-mode="auto"')
  expect(html).not.toContain('<b>')
})

test('times in UTC are in UTC everywhere, with the local time on focus', async () => {
  await using tab = await visit(browser, dist, { timezoneId: 'Asia/Tokyo' })
  tab.server.world.runs = [story.succeededRun()]
  await tab.open('/settings')
  await tab.page.getByRole('radio', { name: 'UTC' }).check()
  await tab.page.getByRole('link', { name: 'Runs', exact: true }).click()
  const started = tab.page.locator('tr[data-run] td time').first()
  await started.waitFor()
  expect(await started.textContent()).toMatch(/^\w{3} \d{1,2}, \d{4}, \d\d:\d\d UTC$/)
  await started.focus()
  await tab.page.getByRole('tooltip').getByText('GMT+9').waitFor()
})

test('single keys can be switched off, and g s leads here while they are on', async () => {
  await using tab = await visit(browser, dist)
  await tab.open('/runs')
  await tab.page.keyboard.press('g')
  await tab.page.keyboard.press('s')
  await tab.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
  await tab.page.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck()
  await tab.page.getByRole('heading', { name: 'Settings', level: 1 }).click()
  await tab.page.keyboard.press('?')
  await tab.page.keyboard.press('Control+k')
  await tab.page.getByRole('dialog', { name: 'Commands' }).waitFor()
  expect(await tab.page.getByRole('dialog').count()).toBe(1)
})

test('colours of one’s own are loaded when they are chosen, and are there at the next visit', async () => {
  await using tab = await visit(browser, dist, { colorScheme: 'light' })
  const { page } = tab
  const themes = () => page.evaluate<string>('Object.values({ ...document.documentElement.dataset }).join(" ")')
  const loadedThemes: string[] = []
  page.on('request', (request) =>
    loadedThemes.push(...(/(?:light|dark)-[a-z-]+(?=-[\w-]{8}\.css)/.exec(request.url()) ?? [])),
  )
  await tab.open('/settings')
  expect(loadedThemes).toEqual([])
  await page.getByRole('radio', { name: 'High contrast' }).click()
  await expect.poll(themes).toContain('light_high_contrast dark_high_contrast')
  await page.reload()
  await expect.poll(themes).toContain('light_high_contrast dark_high_contrast')
  expect(await page.getByRole('radio', { name: 'High contrast' }).isChecked()).toBe(true)
  expect(new Set(loadedThemes)).toEqual(new Set(['light-high-contrast', 'dark-high-contrast']))
  await page.getByRole('radio', { name: 'Standard' }).click()
  await expect.poll(themes).toMatch(/light dark/)
  expect(tab.wrongs).toEqual([])
})

test('who chose nothing gets more contrast when the system asks for it', async () => {
  await using tab = await visit(browser, dist, { contrast: 'more' })
  await tab.open('/settings')
  const theme = () => tab.page.locator('html').getAttribute('data-light-theme')
  await expect.poll(theme).toBe('light_high_contrast')
  await tab.page.emulateMedia({ contrast: 'no-preference' })
  await expect.poll(theme).toBe('light')
})
