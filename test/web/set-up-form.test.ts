/** The form of set-up: what does not fit is said at its field, in the form's own words. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startBrowsing, violations, visit } from './browse.ts'
import { setupStates } from './routes-of-setup.ts'

let browser: Browser
let dist: string
beforeAll(async () => ({ browser, dist } = await startBrowsing()))
afterAll(() => browser.close())

const world = setupStates.find(({ name }) => name === 'setup')!.world!
const login = (which: string) => `holds an entry that is not a GitHub login: \`${which}\`. Correct it.`

async function refuse(page: Page, path: string, errors: { path: string; message: string }[]) {
  const detail = errors.map((error) => `${error.path} ${error.message}`).join(' ')
  const json = {
    title: 'The content does not fit what is expected',
    code: 'unprocessable',
    status: 422,
    detail,
    errors,
  }
  await page.route(`**/api/setup/${path}`, (route) => route.fulfill({ status: 422, json }))
}

/** What a field is said to be by, for those who do not see it. */
async function saidAt(page: Page, label: string): Promise<[string | null, string | null]> {
  const field = page.getByLabel(label)
  const id = (await field.getAttribute('aria-describedby'))?.split(' ').find((one) => one.includes('validation'))
  const said = id === undefined ? null : await page.locator(`[id="${id}"]`).textContent()
  return [await field.getAttribute('aria-invalid'), said]
}

test('each value that does not fit is marked where it stands, also in the step before, and told once', async () => {
  await using tab = await visit(browser, dist)
  const { page } = tab
  Object.assign(tab.server.world, world)
  await tab.open('/setup')
  await page.getByText('Use an existing App').click()
  await refuse(page, 'existing', [
    { path: 'APP_ID', message: 'is missing.' },
    { path: 'PRIVATE_KEY', message: 'is missing.' },
    { path: 'ADMINS', message: login('a b') },
    { path: 'ADMINS', message: login('!!') },
  ])
  await page.getByRole('button', { name: 'Use this App' }).click()
  const alert = page.getByRole('alert').filter({ hasText: 'The App was not taken.' })
  await alert.getByText('Correct what is marked: App id, Private key (PEM), Administrators.').waitFor()
  // As wide as the form, or its words would stand below each other.
  const [told, form] = await Promise.all([alert.boundingBox(), page.locator('form').last().boundingBox()])
  expect(told!.width).toBe(form!.width)
  expect(await saidAt(page, 'App id')).toEqual(['true', 'App id is missing.'])
  expect(await saidAt(page, 'Private key (PEM)')).toEqual(['true', 'Private key (PEM) is missing.'])
  expect(await saidAt(page, 'Client id')).toEqual([null, null])
  const admins = `Administrators ${login('a b')} Administrators ${login('!!')}`
  expect(await saidAt(page, 'Administrators')).toEqual(['true', admins])
  expect(await page.getByText(/APP_ID|PRIVATE_KEY|ADMINS/).count()).toBe(0)
  expect(await violations(page)).toEqual([])
  expect(tab.wrongs).toEqual([])
})

test('what is refused on the way to GitHub is marked too; what has no field is told with the rest', async () => {
  await using tab = await visit(browser, dist)
  const { page } = tab
  Object.assign(tab.server.world, world)
  await tab.open('/setup')
  await refuse(page, 'manifest', [
    { path: 'E2B_API_KEY', message: 'is missing.' },
    { path: 'NOTICE', message: 'is too long.' },
  ])
  await page.getByRole('button', { name: 'Create on' }).click()
  await page.getByText('Correct what is marked: E2B API key. NOTICE is too long.').waitFor()
  expect(await saidAt(page, 'E2B API key')).toEqual(['true', 'E2B API key is missing.'])
})
